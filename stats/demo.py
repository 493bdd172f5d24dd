"""What the demo's bars are in the middle of: no page of it is empty. Written by the services, like all trade."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid5

from bars.models import Bar, Member
from sales.basket import Basket
from sales.demo import BARS
from sales.models import Expense, Return, Sale
from sales.seeding import DEMO
from sales.services.consignments import Deposit, consign
from sales.services.deciding import validate
from sales.services.expenses import Spending, spend
from sales.services.returns import Request, ask_return
from sales.services.selling import sell
from sales.services.tabs import open_tab
from stats.models import Match, Side, Tournament
from stats.tournaments.services.drawing import draw_tournament
from stats.tournaments.services.entering import Entrant, Plan, enter, open_tournament
from stats.tournaments.services.playing import Points, Score, confirm, score, start
from stock.models import Product, Supply
from stock.services.suppliers import add_supplier
from stock.services.supplies import Delivery, receive

TABS = ("Table 4", "Maître Koné")
CLIENTS = ("Aminata", "Jean-Luc")
SUPPLIER, BOUGHT = "Brasserie du Golfe", "Glace"
COMING, CUP = "Fléchettes du dimanche", "Coupe de baby-foot"
PLAYERS = ("Serge", "Adjoua", "Ibrahim", "Clarisse", "Didier", "Mariam", "Franck", "Estelle")
RESULTS = ((5, 3), (2, 5))  # of the matches that are over; the next is under way


@dataclass(frozen=True)
class Evening:
    """One bar tonight: who acts, and what stands on its shelf. Keys are the same in every run."""

    owner: Member
    manager: Member
    waiter: Member
    products: list[Product]
    now: datetime
    numbers: count

    def key(self) -> UUID:
        return uuid5(DEMO, f"{self.owner.bar.slug}/tonight/{next(self.numbers)}")

    def sale(
        self, seller: Member, *wanted: int, payment: Sale.Payment = Sale.Payment.CASH, tab: UUID | None = None
    ) -> Sale:
        """One of each product at these places of the shelf."""
        basket = Basket(self.key(), payment, {self.products[place].pk: 1 for place in wanted}, tab=tab)
        return sell(seller, basket, at=self.now).sale


def add_tonight(now: datetime) -> None:
    """Call once, after the demo's past is written."""
    for bar in Bar.objects.filter(slug__in=[demo.slug for demo in BARS]).order_by("slug"):
        evening = _evening_of(bar, now)
        _leave_tabs_open(evening)
        _leave_sales_waiting(evening)
        _keep_bottles(evening)
        _take_goods_in(evening)
        _play(evening)


def _evening_of(bar: Bar, now: datetime) -> Evening:
    team = Member.objects.active().filter(bar=bar).select_related("bar", "user").order_by("pk")
    first = {role: next(one for one in team if one.role == role) for role in ("owner", "manager", "waiter")}
    shelf = list(Product.objects.filter(bar=bar, stock__gte=20).order_by("pk")[:8])
    return Evening(first["owner"], first["manager"], first["waiter"], shelf, now, count())


def _leave_tabs_open(evening: Evening) -> None:
    for name, rounds in zip(TABS, (((0, 1), (0,)), ((2,),)), strict=True):
        tab = open_tab(evening.manager, key=evening.key(), name=name, at=evening.now).tab
        for wanted in rounds:
            evening.sale(evening.manager, *wanted, payment=Sale.Payment.TAB, tab=tab.pk)


def _leave_sales_waiting(evening: Evening) -> None:
    """A waiter's sales wait for the manager, and so does a bottle that a client has brought back."""
    evening.sale(evening.waiter, 0, 3)
    evening.sale(evening.waiter, 1, payment=Sale.Payment.MOBILE_MONEY)
    flat = evening.sale(evening.waiter, 4)
    validate(evening.manager, flat.pk)
    ask_return(evening.waiter, Request(evening.key(), flat.lines.get().pk, 1, Return.Reason.DEFECTIVE))


def _keep_bottles(evening: Evening) -> None:
    for client, days, place in zip(CLIENTS, (7, 2), (5, 6), strict=True):
        line = evening.sale(evening.manager, place).lines.get()
        until = evening.now + timedelta(days=days)
        consign(evening.manager, Deposit(evening.key(), line.pk, 1, client, until=until), at=evening.now)


def _take_goods_in(evening: Evening) -> None:
    brewery = add_supplier(evening.manager, name=SUPPLIER)
    for product in evening.products[:2]:
        delivery = Delivery(
            evening.key(), product.pk, 2, 12, int(product.cost * 12), Supply.Payment.CASH, supplier=brewery.pk
        )
        receive(evening.manager, delivery, at=evening.now)
    spending = Spending(evening.key(), Expense.Category.OTHER, 2_500, Expense.Payment.CASH, BOUGHT)
    spend(evening.owner, spending, at=evening.now)


def _play(evening: Evening) -> None:
    """A cup in its second round, and one that is open for entries."""
    coming = Plan(evening.key(), COMING, "darts", Tournament.Format.ROUND_ROBIN)
    later = open_tournament(evening.manager, coming).tournament
    for name in PLAYERS[:3]:
        enter(evening.manager, later.pk, Entrant(name=name))
    cup = open_tournament(
        evening.manager, Plan(evening.key(), CUP, "baby-foot", Tournament.Format.ELIMINATION)
    ).tournament
    for name in PLAYERS:
        enter(evening.manager, cup.pk, Entrant(name=name))
    draw_tournament(evening.manager, cup.pk, seed=evening.owner.bar.slug)
    *over, live = cup.matches.filter(round=1, state=Match.State.SCHEDULED).order_by("place")[: len(RESULTS) + 1]
    for match, (home, away) in zip(over, RESULTS, strict=True):
        start(evening.waiter, match.pk)
        confirm(evening.waiter, match.pk, Score(home, away))
    start(evening.waiter, live.pk)
    score(evening.waiter, live.pk, Points(evening.key(), Side.HOME, 3))
