"""Puts the demo of sales/demo.py into an empty database: people, bars, shelves, and two weeks of evenings."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction

from bars.copying import Tell, new_ids, silent
from bars.models import Bar, Member, User
from bars.permissions import Permission, permissions_of
from realtime.errors import Problem
from sales.basket import Basket
from sales.demo import BARS, OPERATOR, OWNER, PASSWORD, PEOPLE, DemoBar, Drink
from sales.evenings import Evenings, Poured
from sales.history import PastSale, record_history
from sales.models import Sale
from stock.models import CatalogueProduct
from stock.opening import NewProduct

DAYS = 14  # of business, before tonight
DEMO = UUID("0d1e5e1f-90a5-5f0d-8b64-1d3b1f6a2c11")  # the name space of the demo's keys
LOTS = {"Bières": 12, "Sucreries": 24, "Eaux": 6}  # bottles in a crate
PAYMENTS = ((Sale.Payment.CASH, Sale.Payment.MOBILE_MONEY, Sale.Payment.CARD), (68, 28, 4))


class NotEmpty(Problem):
    code, title = "not_empty", "The demo belongs into a database of its own."


@dataclass(frozen=True)
class Seeded:
    """What a run has added."""

    bars: int
    people: int
    products: int
    sales: int


class Shelf:
    """The drinks of a bar with the ids that their products get."""

    def __init__(self, bar: Bar, demo: DemoBar) -> None:
        self.bar = bar
        named = [(category, drink) for category, drinks in demo.menu.items() for drink in drinks]
        self.drinks: list[Drink] = [drink for _, drink in named]
        self.categories = [category for category, _ in named]
        self.ids = new_ids(len(named))

    def products(self) -> Iterator[NewProduct]:
        for pk, category, drink in zip(self.ids, self.categories, self.drinks, strict=True):
            yield NewProduct(
                id=pk,
                bar_id=self.bar.pk,
                category=category,
                name=drink.name,
                price=drink.price,
                cost=Decimal(drink.cost),
                alert_threshold=drink.alert,
                stock=drink.stock,
            )

    def basket(self, poured: Poured, key: UUID, payment: Sale.Payment) -> Basket:
        return Basket(
            key=key,
            payment=payment,
            quantities={self.ids[drink]: count for drink, count in poured.drinks.items()},
            prices={self.ids[drink]: self.drinks[drink].price for drink in poured.drinks},
        )


@transaction.atomic(durable=True)
def seed_demo(*, now: datetime, beside_others: bool = False, tell: Tell = silent) -> Seeded | None:
    """Add the demo as it looks at `now`; None where it is already there, and nothing is added.

    Raises NotEmpty in a database with people who aren't the demo's, unless `beside_others`; and
    always where one of them has a name that the demo needs.
    """
    if Bar.objects.filter(slug__in=[demo.slug for demo in BARS]).exists():
        return None
    _check_people(beside_others)
    people = _add_people()
    products: list[NewProduct] = []
    sales: list[PastSale] = []
    for demo in BARS:
        shelf = Shelf(_add_bar(demo, people), demo)
        products += shelf.products()
        sales += _evenings(shelf, demo, people, now)
    record_history(products=products, sales=sales, by=people[OWNER].pk, tell=tell)
    _fill_catalogue()
    return Seeded(len(BARS), len(people), len(products), len(sales))


def _fill_catalogue() -> None:
    """What the demo's bars pour, for a new bar to pick; articles that are offered already stay as they are."""
    drinks = {drink.name: shelf for demo in BARS for shelf, some in demo.menu.items() for drink in some}
    CatalogueProduct.objects.bulk_create(
        (CatalogueProduct(name=name, category=shelf, lot_size=LOTS.get(shelf, 1)) for name, shelf in drinks.items()),
        ignore_conflicts=True,
    )


def _check_people(beside_others: bool) -> None:
    names = {name for name, _, _ in PEOPLE}
    present = set(User.objects.values_list("username", flat=True))
    if taken := sorted(present & names):
        raise NotEmpty(f"There are already users called {', '.join(taken)}: the demo can't be put beside them")
    if present and not beside_others:
        raise NotEmpty(f"This database has {len(present)} users that are not the demo's: --force adds it beside them")


def _add_people() -> dict[str, User]:
    password = make_password(PASSWORD)  # slow on purpose, so once for all
    people = User.objects.bulk_create(
        User(
            id=pk,
            username=name,
            first_name=first,
            last_name=last,
            password=password,
            is_staff=name == OPERATOR,
            is_superuser=name == OPERATOR,
        )
        for pk, (name, first, last) in zip(new_ids(len(PEOPLE)), PEOPLE, strict=True)
    )
    return {person.username: person for person in people}


def _add_bar(demo: DemoBar, people: dict[str, User]) -> Bar:
    """The bar with its team."""
    bar = Bar.objects.create(
        slug=demo.slug, name=demo.name, time_zone=demo.time_zone, address=demo.address, phone=demo.phone
    )
    Member.objects.bulk_create(Member(bar=bar, user=people[name], role=role) for name, role in demo.team.items())
    return bar


def _evenings(shelf: Shelf, demo: DemoBar, people: dict[str, User], now: datetime) -> Iterator[PastSale]:
    """The bar's past sales up to now; the same for the same moment. Who runs the place doesn't serve."""
    bar = shelf.bar
    chance = random.Random(demo.slug)
    may = {people[name].pk: permissions_of(role, bar.mode) for name, role in demo.team.items()}
    sellers = [
        pk for pk, granted in may.items() if Permission.SELL in granted and Permission.MANAGE_USERS not in granted
    ]
    evenings = Evenings(
        chance, thirst=[drink.thirst for drink in shelf.drinks], sellers=len(sellers), evening=demo.evening
    )
    for number, poured in enumerate(evenings.until(now, bar.zone, days=DAYS, closing_hour=bar.closing_hour)):
        (payment,) = chance.choices(*PAYMENTS)
        basket = shelf.basket(poured, uuid5(DEMO, f"{demo.slug}/{number}"), payment)
        yield PastSale(bar, sellers[poured.seller], basket, poured.at)
