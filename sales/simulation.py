"""Made-up customers at real counters: baskets that the bars' own people sell through `sales.services.sell`."""

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from django.conf import settings
from django.db.models import F

from bars.models import Bar, Member
from bars.permissions import Permission
from bars.transactions import StillRunning
from realtime.errors import Problem
from sales.basket import Basket
from sales.evenings import some_drinks
from sales.models import Sale
from sales.services.selling import PriceChanged, sell
from stock.models import Product
from stock.services.shelf import OutOfStock, UnknownProduct

TRIES = 5  # baskets a customer thinks of before leaving
PAYMENTS = ((Sale.Payment.CASH, Sale.Payment.MOBILE_MONEY, Sale.Payment.CARD), (68, 28, 4))

Shelf = dict[UUID, int]  # the price of each product that something is left of


class CantSimulate(Problem):
    code, title = "cant_simulate", "There is nobody to sell, or nothing."


def check_is_no_production() -> None:
    """Raises CantSimulate on an installation with a secret of its own: made-up sales would spoil real books."""
    if settings.SECRET_KEY != settings.DEMO_SECRET_KEY and not settings.DEBUG:
        raise CantSimulate("This is no demo, it has a SECRET_KEY of its own: --even-here sells all the same")


def find_bars(slugs: Sequence[str]) -> list[Bar]:
    """The active bars with these slugs, or all where none is named. Raises CantSimulate naming the known ones."""
    bars = {bar.slug: bar for bar in Bar.objects.filter(is_active=True).order_by("slug")}
    if not bars:
        raise CantSimulate("There is no bar yet: add the demo with manage.py seed_demo")
    if unknown := [slug for slug in slugs if slug not in bars]:
        raise CantSimulate(f"There is no bar {', '.join(unknown)}; there are {', '.join(bars)}")
    return [bars[slug] for slug in dict.fromkeys(slugs)] or list(bars.values())


class Crowd:
    """Customers of some bars. The seed makes their wishes repeatable; what they get depends on the stock."""

    def __init__(self, bars: Sequence[Bar], *, seed: int) -> None:
        self.sold = self.refused = 0
        self._chance = random.Random(seed)
        self._sellers = _sellers(bars)
        if not self._sellers:
            raise CantSimulate(f"Nobody may sell in {', '.join(bar.slug for bar in bars)}")
        self._shelves: dict[UUID, Shelf] = {}
        self.look_again()

    def look_again(self) -> None:
        """See what is on the shelves now, and at what price: supplies may have come."""
        self._shelves = _shelves(list(self._sellers))

    @property
    def is_dry(self) -> bool:
        """Whether nothing was left of anything when it was last seen."""
        return not any(self._shelves.values())

    def buy(self, at: datetime) -> bool:
        """One customer at one of the counters; False where they leave without a drink.

        A basket that is refused, mostly because something is short, is counted, and the customer
        chooses another.
        """
        for _ in range(TRIES):
            bars = [bar for bar, shelf in self._shelves.items() if shelf]
            if bars and self._order(self._chance.choice(bars), at):
                self.sold += 1
                return True
        return False

    def _order(self, bar_id: UUID, at: datetime) -> bool:
        shelf = self._shelves[bar_id]
        try:
            sell(self._chance.choice(self._sellers[bar_id]), self._basket(shelf), at=at)
        except OutOfStock as short:
            for shortage in short.data["shortages"]:
                if shortage["available"] == 0:
                    del shelf[UUID(shortage["product"])]
        except (PriceChanged, UnknownProduct):
            self.look_again()
        except StillRunning:
            pass  # somebody holds the shelf; the next customer is luckier
        else:
            return True
        self.refused += 1
        return False

    def _basket(self, shelf: Shelf) -> Basket:
        products = list(shelf)
        thirst = list(accumulate(1 + product.int % 9 for product in products))  # the same drinks are always favourites
        quantities = {products[place]: count for place, count in some_drinks(self._chance, thirst).items()}
        (payment,) = self._chance.choices(*PAYMENTS)
        return Basket(uuid.uuid4(), payment, quantities, prices={pk: shelf[pk] for pk in quantities})


def _sellers(bars: Sequence[Bar]) -> dict[UUID, list[Member]]:
    """Who may sell, by bar; bars where nobody may are left out."""
    members = Member.objects.active().filter(bar__in=bars).select_related("bar", "user").order_by("user__username")
    sellers: dict[UUID, list[Member]] = defaultdict(list)
    for member in members:
        if member.can(Permission.SELL):
            sellers[member.bar_id].append(member)
    return dict(sellers)


def _shelves(bar_ids: Sequence[UUID]) -> dict[UUID, Shelf]:
    """What each bar has something left of."""
    shelves: dict[UUID, Shelf] = {bar: {} for bar in bar_ids}
    left = Product.objects.on_sale().filter(bar_id__in=bar_ids, stock__gt=F("reserved"))
    for bar, product, price in left.order_by("bar_id", "id").values_list("bar_id", "id", "price"):
        shelves[bar][product] = price
    return shelves
