"""Every figure against the same figure computed naively, over random evenings in bars around the world."""

import random
import time
import uuid
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bars.business_day import business_date
from bars.models import Bar, User
from sales.basket import Basket
from sales.models import Consignment, Line, Return, Sale, Tab
from sales.services.selling import sell
from stats import queries
from stats.models import BarActivity, SalesMinute
from stock.models import Product
from stock.services.shelf import OutOfStock
from tests import factories
from tests.settling import run, settle

BARS = [
    {"name": "Chez Yao", "time_zone": "Africa/Abidjan", "currency": "XOF", "closing_hour": 6},
    {"name": "Lagos by Night", "time_zone": "Africa/Lagos", "currency": "XOF", "closing_hour": 6},
    {"name": "The Crown", "time_zone": "America/New_York", "currency": "USD", "closing_hour": 4},
    {"name": "Golden Gai", "time_zone": "Asia/Tokyo", "currency": "JPY", "closing_hour": 0},
    {"name": "Everest", "time_zone": "Asia/Kathmandu", "currency": "NPR", "closing_hour": 23},
]
CLOSED = {"name": "Fermé", "time_zone": "Africa/Abidjan", "currency": "XOF", "is_active": False}
CHANGES = {
    Sale.Status.PENDING: [Sale.Status.VALIDATED, Sale.Status.REJECTED, Sale.Status.EXPIRED],
    Sale.Status.VALIDATED: [Sale.Status.CANCELLED],
    Sale.Status.EXPIRED: [Sale.Status.VALIDATED],
}


def now():
    """The moment the database takes for now: that of the transaction's start."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def change_status(sale, status):
    by = None if status == "expired" else sale.created_by_id
    Sale.objects.filter(pk=sale.pk).update(status=status, decided_by=by, reason="so it is")
    sale.status = status


def take_back(sale, by):
    """One bottle of a sale, refunded now."""
    line = sale.lines.order_by("id").first()
    return Return.objects.create(
        bar_id=sale.bar_id, key=uuid.uuid4(), sale=sale, line=line, quantity=1, reason="defective", status="approved",
        refunds=True, restocks=False, created_by=by, decided_by=by,
    )  # fmt: skip


class Evening:
    """Two days and a half of random sales in one bar."""

    def __init__(self, chance, fields):
        self.chance = chance
        self.bar = factories.bar(**fields)
        staff = {
            role: factories.member(self.bar, f"{role} of {self.bar.name}"[:30], role) for role in ("waiter", "owner")
        }
        self.sellers = list(staff.values())
        self.products = [
            factories.product(self.bar, f"Bière {number}", price=chance.randint(1, 3000), stock=chance.randint(0, 40))
            for number in range(12)
        ]

    def live(self, sales):
        for _ in range(sales):
            basket = {product.pk: self.chance.randint(1, 4) for product in self.chance.sample(self.products, 2)}
            at = now() - timedelta(seconds=self.chance.randint(0, 60 * 3600))
            try:
                sale = factories.sale(self.chance.choice(self.sellers), basket, at=at)
            except OutOfStock:
                continue
            while self.chance.random() < 0.4 and sale.status in CHANGES:
                change_status(sale, self.chance.choice(CHANGES[sale.status]))
            if sale.status == "validated" and self.chance.random() < 0.3:
                take_back(sale, self.sellers[1].user)


@pytest.fixture(params=range(3))
def evenings(request, db):
    chance = random.Random(request.param)
    bars = [Evening(chance, fields) for fields in BARS]
    for evening in bars:
        evening.live(25)
    closed = Evening(chance, CLOSED | {"is_active": True})
    closed.live(10)
    Bar.objects.filter(pk=closed.bar.pk).update(is_active=False)
    settle()
    return bars


def day_of(sale):
    return business_date(sale.occurred_at, sale.bar.zone, sale.bar.closing_hour)


def naive_tonight(bar):
    sales = sorted(
        bar.sales.select_related("bar", "sold_by"), key=lambda sale: (sale.occurred_at, sale.pk), reverse=True
    )
    today = business_date(now(), bar.zone, bar.closing_hour)
    sold = [sale for sale in sales if sale.status == "validated" and day_of(sale) == today]
    pending = [sale for sale in sales if sale.status == "pending"]
    refunds = sum(
        one.refund for one in bar.returns.all() if business_date(one.decided_at, bar.zone, bar.closing_hour) == today
    )
    low = [product for product in bar.products.on_sale() if product.stock - product.reserved <= product.alert_threshold]
    return {
        "business_date": today.isoformat(),
        "currency": bar.currency,
        "revenue": sum(sale.total for sale in sold) - refunds,
        "sales": len(sold),
        "refunds": refunds,
        "pending": {"count": len(pending), "total": sum(sale.total for sale in pending)},
        "needs_review": {"count": 0, "total": 0},
        "open_tabs": {"count": 0, "total": 0},
        "last_sales": [naive_row(sale) for sale in sales[:8]],
        "low_stock": [
            {
                "product": str(product.pk),
                "name": product.name,
                "available": product.stock - product.reserved,
                "threshold": product.alert_threshold,
            }
            for product in sorted(low, key=lambda product: (product.stock - product.reserved, product.name, product.pk))
        ][:8],
        "hours": naive_hours(bar, today),
        "top_products": naive_top(bar, sold, today),
        "sellers": naive_sellers(bar, sold, today),
    }


def refunds_on(bar, day):
    """What was given back on a date."""
    given = bar.returns.select_related("line__product", "sale__sold_by")
    return [one for one in given if business_date(one.decided_at, bar.zone, bar.closing_hour) == day]


def naive_hours(bar, today):
    """Revenue by the hour on the bar's clock, of today and of a week ago."""
    revenue = Counter()
    for sale in bar.sales.validated():
        revenue[day_of(sale), sale.occurred_at.astimezone(bar.zone).hour] += sale.total
    for one in refunds_on(bar, today):
        revenue[today, one.decided_at.astimezone(bar.zone).hour] -= one.refund
    hours = [(bar.closing_hour + number) % 24 for number in range(24)]
    return [[hour, revenue[today, hour], revenue[today - timedelta(days=7), hour]] for hour in hours]


def naive_top(bar, sold, today):
    units, revenue = Counter(), Counter()
    for sale in sold:
        for line in sale.lines.select_related("product"):
            units[line.product] += line.quantity
            revenue[line.product] += line.quantity * line.unit_price
    for one in refunds_on(bar, today):
        units[one.line.product] -= one.quantity
        revenue[one.line.product] -= one.refund
    top = sorted(
        (product for product in units if units[product] > 0), key=lambda it: (-revenue[it], -units[it], it.name)
    )
    return [{"product": str(it.pk), "name": it.name, "quantity": units[it], "revenue": revenue[it]} for it in top[:5]]


def naive_sellers(bar, sold, today):
    sales, revenue = Counter(), Counter()
    for sale in sold:
        sales[sale.sold_by] += 1
        revenue[sale.sold_by] += sale.total
    for one in refunds_on(bar, today):
        revenue[one.sale.sold_by] -= one.refund
    team = sorted(revenue, key=lambda who: (-revenue[who], who.first_name))
    return [
        {"seller": str(who.pk), "name": who.first_name, "sales": sales[who], "revenue": revenue[who]} for who in team
    ]


def naive_row(sale):
    lines = sorted(sale.lines.all(), key=lambda line: line.name)
    return {
        "id": str(sale.pk),
        "total": sale.total,
        "status": sale.status,
        "seller": sale.sold_by.first_name,
        "lines": ", ".join(f"{line.quantity} × {line.name}" for line in lines),
    }


def test_tonight_is_what_counting_gives(evenings):
    ids = [str(evening.bar.pk) for evening in evenings]

    figures = queries.tonight_of_bars(ids)

    assert list(sorted(figures)) == sorted(ids)
    for evening in evenings:
        told = figures[str(evening.bar.pk)]
        moments = [sale.pop("at") for sale in told["last_sales"]]
        assert told == naive_tonight(evening.bar)
        assert moments == sorted(moments, reverse=True)
    assert any(figures[pk]["revenue"] for pk in ids)


@pytest.mark.parametrize("bars", [1, 3])
def test_tonight_costs_one_statement_for_all_bars(bars, django_assert_num_queries, db):
    ids = [str(factories.bar(**fields).pk) for fields in BARS[:bars]]

    with django_assert_num_queries(1):
        assert len(queries.tonight_of_bars(ids)) == bars


def test_the_platform_is_what_counting_gives(evenings):
    left = (
        Line.objects.filter(sale__status="validated", returns=None, quantity=2)
        .select_related("sale")
        .order_by("id")[:5]
    )
    for line, status in zip(left, ["active", "active", "forfeited", "expired", "active"], strict=True):
        kept = Consignment.objects.create(
            bar_id=line.bar_id, key=uuid.uuid4(), sale=line.sale, line=line, client="Ama", quantity=1,
            expires_at=timezone.now() + timedelta(days=7), created_by_id=line.sale.created_by_id,
        )  # fmt: skip
        if status != "active":
            Consignment.objects.filter(pk=kept.pk).update(status=status, decided_by=line.sale.created_by_id)
    User.objects.filter(username__startswith="waiter of The").update(is_active=False)
    today = [
        sale
        for bar in Bar.objects.filter(is_active=True)
        for sale in bar.sales.validated().select_related("bar")
        if day_of(sale) == business_date(now(), bar.zone, bar.closing_hour)
    ]
    revenue = Counter()
    for sale in today:
        revenue[sale.currency] += sale.total
    for one in Return.objects.filter(bar__is_active=True).select_related("bar"):
        bar = one.bar
        if business_date(one.decided_at, bar.zone, bar.closing_hour) == business_date(
            now(), bar.zone, bar.closing_hour
        ):
            revenue[bar.currency] -= one.refund

    figures = queries.platform()

    assert [one for one in figures.pop("today_revenue") if one["amount"]] == [
        {"currency": currency, "amount": amount} for currency, amount in sorted(revenue.items())
    ]
    assert figures == {
        "total_users": User.objects.filter(is_active=True).count(),
        "active_consignments": 3,
        "today_sales": len(today),
    }


def test_the_roll_up_is_what_counting_gives(evenings):
    counted = defaultdict(lambda: (0, 0, 0))
    for sale in Sale.objects.validated().select_related("bar"):
        minute = sale.bar_id, day_of(sale), sale.occurred_at.replace(second=0, microsecond=0)
        sales, revenue, refunds = counted[minute]
        counted[minute] = (sales + 1, revenue + sale.total, refunds)
    for one in Return.objects.filter(refund__gt=0).select_related("bar"):
        day = business_date(one.decided_at, one.bar.zone, one.bar.closing_hour)
        minute = one.bar_id, day, one.decided_at.replace(second=0, microsecond=0)
        sales, revenue, refunds = counted[minute]
        counted[minute] = (sales, revenue - one.refund, refunds + one.refund)

    rows = SalesMinute.objects.values_list("bar_id", "business_date", "minute", "sales", "revenue", "refunds")

    assert {row[:3]: row[3:] for row in rows if row[3:] != (0, 0, 0)} == counted
    assert any(refunds for _, _, refunds in counted.values())


def figures_of(bar):
    settle()
    told = queries.tonight(bar)
    return told["revenue"], told["sales"], told["pending"]


def test_a_pending_sale_is_no_revenue_until_it_is_validated(bar, awa, beer):
    sale = factories.sale(awa, {beer.pk: 2})
    waiting = figures_of(bar)
    change_status(sale, Sale.Status.VALIDATED)

    assert waiting == (0, 0, {"count": 1, "total": 2000})
    assert figures_of(bar) == (2000, 1, {"count": 0, "total": 0})


@pytest.mark.parametrize("way", [["rejected"], ["expired"], ["validated", "cancelled"]])
def test_a_sale_that_came_to_nothing_is_no_revenue(way, bar, awa, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    sale = factories.sale(awa, {beer.pk: 2})
    for status in way:
        change_status(sale, status)

    assert figures_of(bar) == (1000, 1, {"count": 0, "total": 0})


def test_i26_a_refund_is_taken_off_the_day_on_which_it_is_given(bar, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 3}, at=timezone.now() - timedelta(days=1))
    factories.sale(koffi, {beer.pk: 2})
    before = figures_of(bar)
    returned = take_back(sale, koffi.user)
    after, told = figures_of(bar), queries.tonight(bar)
    Return.objects.filter(pk=returned.pk).update(status="approved")

    assert (before[:2], after[:2], told["refunds"]) == ((2000, 1), (1000, 1), 1000)
    assert sorted(SalesMinute.objects.values_list("sales", "revenue", "refunds")) in (
        [(1, 1000, 1000), (1, 3000, 0)],
        [(0, -1000, 1000), (1, 2000, 0), (1, 3000, 0)],  # the minute has turned meanwhile
    )


@pytest.mark.parametrize("way", ["pending", "rejected", "approved", "restocked"])
def test_i26_a_return_is_refunded_once_it_is_approved(way, bar, koffi, awa, beer):
    sale = factories.sale(koffi, {beer.pk: 2})
    returned = Return.objects.create(
        bar=bar, key=uuid.uuid4(), sale=sale, line=sale.lines.get(), quantity=1, reason="wrong_item",
        refunds=True, restocks=True, created_by=awa.user,
    )  # fmt: skip
    for status in {"pending": [], "restocked": ["approved", "restocked"]}.get(way, [way]):
        settle()
        by = {"restocked_by": koffi.user} if status == "restocked" else {"decided_by": koffi.user}
        Return.objects.filter(pk=returned.pk).update(status=status, **by)

    assert figures_of(bar)[0] == (1000 if way in ("approved", "restocked") else 2000)


def test_tonight_tells_of_open_tabs_and_of_what_is_to_be_reviewed(bar, koffi, yao, beer):
    tab, _ = (
        Tab.objects.create(bar=bar, key=uuid.uuid4(), name=name, opened_by=koffi.user) for name in ("Table 4", "Ama")
    )
    on_tab = Basket(key=uuid.uuid4(), payment=Sale.Payment.TAB, quantities={beer.pk: 3}, tab=tab.pk)
    take_back(sell(koffi, on_tab, at=timezone.now()).sale, koffi.user)
    offline = Basket(key=uuid.uuid4(), payment=Sale.Payment.CASH, quantities={beer.pk: 30}, sold_at=timezone.now())
    sell(koffi, offline, at=timezone.now())

    told = queries.tonight(bar)

    assert told["open_tabs"] == {"count": 2, "total": 2000}
    assert told["needs_review"] == {"count": 1, "total": 30_000}


def test_a_status_written_again_counts_nothing_twice(bar, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 1})
    settle()
    for _ in range(3):
        Sale.objects.filter(pk=sale.pk).update(status=Sale.Status.VALIDATED)
        settle()

    assert figures_of(bar) == (1000, 1, {"count": 0, "total": 0})


def test_a_late_sale_of_yesterday_is_yesterdays(bar, koffi, beer):
    yesterday = timezone.now() - timedelta(days=1)
    factories.sale(koffi, {beer.pk: 3}, at=yesterday)

    assert figures_of(bar) == (0, 0, {"count": 0, "total": 0})
    assert SalesMinute.objects.values_list("business_date", "sales", "revenue").get() == (
        business_date(yesterday, bar.zone, bar.closing_hour),
        1,
        3000,
    )
    assert BarActivity.objects.count() == 0


def test_revenue_is_told_by_currency(bar, koffi, beer, db):
    crown = factories.bar("The Crown", currency="USD")
    ann, ipa = factories.member(crown, "ann", "owner"), factories.product(crown, "IPA", price=799)
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(ann, {ipa.pk: 2})
    settle()

    told = queries.platform()

    assert told["today_sales"] == 2
    assert told["today_revenue"] == [{"currency": "USD", "amount": 1598}, {"currency": "XOF", "amount": 2000}]


def test_activity_counts_validated_sales_of_the_last_minutes(bar, awa, koffi, beer):
    moment = timezone.now()
    for minutes in (0, 10, 50, 90):
        factories.sale(koffi, {beer.pk: 1}, at=moment - timedelta(minutes=minutes))
    factories.sale(awa, {beer.pk: 1}, at=moment)
    settle()

    row = BarActivity.objects.get(bar=bar)

    assert (row.sales_last_5min, row.sales_last_hour) == (1, 3)
    assert row.last_sale_at == moment.replace(second=0, microsecond=0)


def test_activity_of_any_sales_is_what_counting_anew_gives(bar, koffi, beer):
    """Sales of this minute, of the last five and of the last hour, some of them cancelled, late ones between."""
    chance = random.Random(5)
    product = factories.product(bar, "Vin", stock=200)
    sold = []
    for _ in range(40):
        at = timezone.now() - timedelta(minutes=chance.choice([0, 0, 3, 4, 6, 58, 59, 61, 200]))
        sold.append(factories.sale(koffi, {product.pk: 1}, at=at))
        if chance.random() < 0.3:
            change_status(sold.pop(chance.randrange(len(sold))), Sale.Status.CANCELLED)
        settle()
    fields = ("sales_last_5min", "sales_last_hour", "last_sale_at")
    kept = BarActivity.objects.values_list(*fields).get()
    run(f"SELECT stats_refresh_activity('{bar.pk}', clock_timestamp())")

    assert kept == BarActivity.objects.values_list(*fields).get()
    assert kept[0] > 0


def test_activity_is_counted_anew_once_a_minute_and_added_to_within_it(bar, koffi, beer):
    if timezone.now().second > 57:
        time.sleep(3)  # so that the minute doesn't turn meanwhile
    factories.sale(koffi, {beer.pk: 1})
    settle()
    run("UPDATE stats_baractivity SET sales_last_hour = 70, updated_at = clock_timestamp()")
    factories.sale(koffi, {beer.pk: 1})
    settle()
    within = BarActivity.objects.get().sales_last_hour
    run("UPDATE stats_baractivity SET updated_at = clock_timestamp() - interval '1 minute'")
    factories.sale(koffi, {beer.pk: 1})
    settle()

    assert (within, BarActivity.objects.get().sales_last_hour) == (71, 3)


def test_activity_forgets_a_cancelled_sale(bar, koffi, beer):
    first, _ = factories.sale(koffi, {beer.pk: 1}), factories.sale(koffi, {beer.pk: 1})
    settle()
    change_status(first, Sale.Status.CANCELLED)
    settle()

    row = BarActivity.objects.get(bar=bar)

    assert (row.sales_last_5min, row.sales_last_hour) == (1, 1)


def test_low_stock_counts_what_is_promised_as_gone(bar, awa, beer):
    Product.objects.filter(pk=beer.pk).update(alert_threshold=20)
    before = queries.tonight(bar)["low_stock"]
    factories.sale(awa, {beer.pk: 5})

    [low] = queries.tonight(bar)["low_stock"]

    assert before == []
    assert (low["product"], low["available"], low["threshold"]) == (str(beer.pk), 19, 20)
