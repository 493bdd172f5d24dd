"""Every figure of any days against its definition, counted naively over random trade around the clock's edges."""

import itertools
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from bars.business_day import business_date
from bars.days import BadDays, Days
from bars.invariants import all_invariants, check
from sales.models import Line, Return, Sale
from sales.services.selling import sell
from stats import services
from stats.figures.catalogue import FIGURES
from stats.figures.files import table_file
from stats.figures.owners import bars
from stats.figures.spans import running_date, span_of
from stats.figures.tables import change, percent
from stats.models import ProductSalesStats
from stock.files.sheets import Format, read
from stock.models import Adjustment
from tests import factories
from tests.settling import settle

PLACES = [
    {"time_zone": "Africa/Abidjan", "closing_hour": 6},
    {"time_zone": "Africa/Lagos", "closing_hour": 0},
    {"time_zone": "America/New_York", "closing_hour": 4, "currency": "USD"},
    {"time_zone": "Asia/Kathmandu", "closing_hour": 23, "currency": "NPR"},
]
WEEKS = 5


class Trade:
    """What may happen in a bar in five weeks, in any order, with refreshes at any moment."""

    def __init__(self, chance, place):
        self.chance = chance
        self.bar = factories.bar(f"Bar of {place['time_zone'][-9:]}", **place)
        self.owner, self.manager, self.waiter = (
            factories.member(self.bar, f"{role}-{self.bar.slug}"[:30], role) for role in ("owner", "manager", "waiter")
        )
        self.products = [
            factories.product(self.bar, name, price=price, stock=900, cost=cost)
            for name, price, cost in (("Bière", 1000, "412.3333"), ("Vin", 999, "650"), ("Eau", 300, "0"))
        ]

    def step(self):
        steps = [self.sell] * 6 + [self.decide, self.cancel, self.take_back, self.adjust, self.supply, self.refresh]
        self.chance.choice(steps)()
        settle()

    def moment(self):
        """Now, at any time, or a second around midnight or the closing hour of some day."""
        at = timezone.now() - timedelta(minutes=self.chance.randint(0, WEEKS * 7 * 1440))
        edge = self.chance.choice([None, None, 0, self.bar.closing_hour])
        if edge is not None:
            at = at.astimezone(self.bar.zone).replace(hour=edge, minute=0, second=0, microsecond=0)
            at += timedelta(seconds=self.chance.choice([-1, 0, 1]))
        return min(at, timezone.now())

    def sell(self):
        quantities = {one.pk: self.chance.randint(1, 3) for one in self.chance.sample(self.products, 2)}
        if self.chance.random() < 0.2:  # a phone that was offline
            since = timezone.now() - timedelta(minutes=self.chance.randint(0, 4000))
            sell(self.manager, factories.basket(quantities).kept_since(since), at=timezone.now())
            return
        seller = self.chance.choice([self.manager, self.manager, self.owner, self.waiter])
        how = self.chance.choice([{"payment": Sale.Payment.CASH}, {"payment": Sale.Payment.MOBILE_MONEY},
                                  {"payment": Sale.Payment.CREDIT, "client": "Ama"}])  # fmt: skip
        discount = 0 if seller is self.waiter else self.chance.choice([0, 0, 37])
        factories.sale(seller, quantities, discount=discount, at=self.moment(), **how)

    def decide(self):
        if waiting := list(Sale.objects.filter(bar=self.bar, status="pending")):
            status = self.chance.choice(["validated", "validated", "rejected"])
            Sale.objects.filter(pk=self.chance.choice(waiting).pk).update(
                status=status, decided_by=self.owner.user, reason="so it is"
            )

    def cancel(self):
        if free := list(Sale.objects.filter(bar=self.bar, status="validated", returns=None)):
            Sale.objects.filter(pk=self.chance.choice(free).pk).update(
                status="cancelled", decided_by=self.owner.user, reason="so it is"
            )

    def take_back(self):
        lines = Line.objects.filter(bar=self.bar, sale__status="validated", returns=None)
        if lines:
            reason = self.chance.choice(list(Return.Reason.values)[:-1])
            asker = self.chance.choice([self.manager, self.waiter])
            line = self.chance.choice(list(lines))
            if asker is self.waiter and line.sale.sold_by_id != self.waiter.user_id:
                asker = self.manager
            factories.returned(asker, line, reason=Return.Reason(reason))

    def adjust(self):
        reasons = Adjustment.Reason
        reason = self.chance.choice([reasons.COUNT, reasons.BREAKAGE, reasons.GIFT, reasons.THEFT])
        product = self.chance.choice(self.products)
        factories.adjustment(self.owner, product, self.chance.choice([-3, -1, 2]), reason=reason)

    def supply(self):
        price = self.chance.randint(5000, 20000)
        factories.supply(self.manager, self.chance.choice(self.products), lot_price=price)

    def refresh(self):
        settle()
        assert {log.error for log in services.refresh_views("daily_sales_summary", "top_products_by_period")} == {""}


@pytest.fixture(params=range(6))
def trade(request, db):
    chance = random.Random(request.param)
    trade = Trade(chance, PLACES[request.param % len(PLACES)])
    for _ in range(60):
        trade.step()
    return trade


def days_of(trade):
    """All, today, a week, and some that are chosen at random."""
    today = running_date(trade.bar)
    yield Days(today - timedelta(days=WEEKS * 7 + 2), today)
    yield Days(today, today)
    for _ in range(4):
        first = today - timedelta(days=trade.chance.randint(0, WEEKS * 7))
        yield Days(first, first + timedelta(days=trade.chance.randint(0, 9)))


class Counted:
    """The same figures, counted one by one over the rows."""

    def __init__(self, bar, days):
        self.bar, self.days = bar, days
        everything = list(Sale.objects.filter(bar=bar).select_related("sold_by").prefetch_related("lines"))
        self.all = [sale for sale in everything if sale.status == "validated"]
        self.sales = [sale for sale in self.all if self.holds(sale.occurred_at)]
        self.cancelled = [sale for sale in everything if sale.status == "cancelled" and self.holds(sale.occurred_at)]
        approved = Return.objects.filter(bar=bar, status__in=["approved", "restocked"])
        self.every_return = list(approved.select_related("line__product", "sale__sold_by"))
        self.returns = [one for one in self.every_return if self.holds(one.decided_at)]

    def day(self, moment):
        return business_date(moment, self.bar.zone, self.bar.closing_hour)

    def holds(self, moment):
        return self.days.first <= self.day(moment) <= self.days.last

    @property
    def revenue(self):
        return sum(sale.total for sale in self.sales) - sum(one.refund for one in self.returns)

    def shares(self, sale):
        """What each line has of the total: by value, rounded down over all before it."""
        gross, so_far = sale.total + sale.discount, 0
        for line in sorted(sale.lines.all(), key=lambda line: line.product_id):
            value = line.quantity * line.unit_price
            yield line, sale.total * (so_far + value) // gross - sale.total * so_far // gross
            so_far += value

    def products(self):
        """units, revenue and cost by product's name, refunds taken off, and what came back on the shelf"""
        units, revenue, cost = Counter(), Counter(), Counter()
        for sale in self.sales:
            for line, share in self.shares(sale):
                units[line.name] += line.quantity
                revenue[line.name] += share
                cost[line.name] += line.quantity * line.unit_cost
        for one in self.returns:
            name = one.line.name
            units[name] -= one.quantity if one.refund else 0
            revenue[name] -= one.refund
            cost[name] -= one.quantity * one.line.unit_cost if one.restocks else 0
        return units, revenue, cost


def clock():
    """now() of the test's transaction: its minute may be over by the time the trade is made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def rows(name, trade, days):
    return FIGURES[name].read(trade.bar, days)


def whole(amount):
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


def days_are_what_counting_gives(trade):
    for days in days_of(trade):
        counted = Counted(trade.bar, days)
        by_day = defaultdict(lambda: [0, 0, 0])
        for sale in counted.sales:
            by_day[counted.day(sale.occurred_at)][0] += 1
            by_day[counted.day(sale.occurred_at)][1] += sale.total
        for one in counted.returns:
            by_day[counted.day(one.decided_at)][2] += one.refund
        told = {row["business_date"]: [row["sales"], row["gross"], row["refunds"]] for row in rows("days", trade, days)}

        assert told == {day: values for day, values in by_day.items() if any(values)}
        assert sum(row["revenue"] for row in rows("days", trade, days)) == counted.revenue


def hours_are_what_counting_gives(trade):
    for days in days_of(trade):
        told = rows("hours", trade, days)
        for values, span in (("sales", "revenue"), days), (("sales_before", "revenue_before"), days.before()):
            counted = Counted(trade.bar, span)
            sales, revenue = Counter(), Counter()
            for sale in counted.sales:
                hour = sale.occurred_at.astimezone(trade.bar.zone).hour
                sales[hour] += 1
                revenue[hour] += sale.total
            for one in counted.returns:
                revenue[one.decided_at.astimezone(trade.bar.zone).hour] -= one.refund
            assert {row["hour"]: tuple(row[name] for name in values) for row in told} == {
                hour: (sales[hour], revenue[hour]) for hour in range(24)
            }
        assert told[0]["hour"] == trade.bar.closing_hour


def weekdays_are_what_counting_gives(trade):
    today, now = running_date(trade.bar), clock()
    for day in (today, today - timedelta(days=8)):
        told = rows("weekdays", trade, Days(day, day))

        def is_by_now(moment, counted, day=day):
            wall = moment.astimezone(trade.bar.zone).replace(tzinfo=None, second=0, microsecond=0)
            so_far = now.astimezone(trade.bar.zone).replace(tzinfo=None)
            start, midnight = (datetime.combine(one, datetime.min.time()) for one in (counted.days.first, today))
            return day != today or wall - start <= so_far - midnight

        for week, row in enumerate(told):
            date = day - timedelta(days=7 * week)
            counted = Counted(trade.bar, Days(date, date))
            by_now = [sale for sale in counted.sales if is_by_now(sale.occurred_at, counted)]
            refunds = sum(one.refund for one in counted.returns if is_by_now(one.decided_at, counted))
            assert (row["business_date"], row["sales"], row["revenue"]) == (date, len(counted.sales), counted.revenue)
            assert (row["sales_by_now"], row["revenue_by_now"]) == (
                len(by_now),
                sum(sale.total for sale in by_now) - refunds,
            )
            assert row["change"] == (change(told[0]["revenue_by_now"], row["revenue_by_now"]) if week else None)


def payments_are_what_counting_gives(trade):
    for days in days_of(trade):
        counted = Counted(trade.bar, days)
        sales, gross, refunds = Counter(), Counter(), Counter()
        for sale in counted.sales:
            sales[sale.paid_with or sale.payment] += 1
            gross[sale.paid_with or sale.payment] += sale.total
        for one in counted.returns:
            if one.refunds:
                refunds[one.refund_with] += one.refund
        told = rows("payments", trade, days)

        assert {row["payment"]: (row["sales"], row["gross"], row["refunds"]) for row in told} == {
            way: (sales[way], gross[way], refunds[way]) for way in gross.keys() | refunds.keys()
        }
        assert sum(row["revenue"] for row in told) == counted.revenue


def products_and_their_margin_are_what_counting_gives(trade):
    for days in days_of(trade):
        units, revenue, cost = Counted(trade.bar, days).products()
        top, margin = rows("top_products", trade, days), rows("margin", trade, days)

        assert {row["product"]: (row["quantity"], row["revenue"]) for row in margin} == {
            name: (units[name], revenue[name])
            for name in units
            if (units[name], revenue[name], cost[name]) != (0, 0, 0)
        }
        assert {row["product"]: row["cost"] for row in margin} == {
            row["product"]: whole(cost[row["product"]]) for row in margin
        }
        assert all(row["margin"] == row["revenue"] - row["cost"] for row in margin)
        assert {row["product"]: row["revenue"] for row in top if row["revenue"]} == {
            name: amount for name, amount in revenue.items() if amount
        }
        assert [row["revenue"] for row in top] == sorted((row["revenue"] for row in top), reverse=True)
        assert sum(row["revenue"] for row in top) == Counted(trade.bar, days).revenue


def sellers_are_what_counting_gives(trade):
    for days in days_of(trade):
        counted = Counted(trade.bar, days)
        by_seller = defaultdict(lambda: [0, 0, 0, 0, 0])
        for sale in counted.sales:
            values = by_seller[sale.sold_by.first_name]
            values[0] += 1
            values[1] += sale.total
            values[3] += sale.discount
        for one in counted.returns:
            if one.refund:
                by_seller[one.sale.sold_by.first_name][2] += one.refund
        for sale in counted.cancelled:
            by_seller[sale.sold_by.first_name][4] += 1
        told = rows("sellers", trade, days)

        assert {
            row["seller"]: [row[name] for name in ("sales", "gross", "refunds", "discounts", "cancelled")]
            for row in told
        } == dict(by_seller)
        assert sum(row["revenue"] for row in told) == counted.revenue
        assert sum(row["share"] or 0 for row in told) == pytest.approx(100 if counted.revenue else 0, abs=0.3)


def returns_are_what_counting_gives(trade):
    for days in days_of(trade):
        counted = Counted(trade.bar, days)
        sold, back, refunds, reasons = Counter(), Counter(), Counter(), Counter()
        for sale in counted.sales:
            for line in sale.lines.all():
                sold[line.name] += line.quantity
        for one in counted.returns:
            back[one.line.name] += one.quantity
            refunds[one.line.name] += one.refund
            reasons[one.reason] += one.quantity
        by_product, by_reason = rows("returns", trade, days), rows("return_reasons", trade, days)

        assert {row["product"]: (row["sold"], row["returned"], row["refunds"], row["rate"]) for row in by_product} == {
            name: (sold[name], back[name], refunds[name], percent(back[name], sold[name])) for name in back
        }
        assert {row["reason"]: (row["returned"], row["rate"]) for row in by_reason} == {
            reason: (units, percent(units, sold.total())) for reason, units in reasons.items()
        }


def variance_is_what_counting_gives(trade):
    for days in days_of(trade):
        counted = Counted(trade.bar, days)
        units, value = Counter(), Counter()
        for one in Adjustment.objects.filter(bar=trade.bar).select_related("product"):
            if counted.holds(one.created_at):
                units[one.product.name, one.reason] += one.quantity
                value[one.product.name] += one.quantity * one.unit_cost
        told = rows("variance", trade, days)

        assert {row["product"]: row["value"] for row in told} == {name: whole(amount) for name, amount in value.items()}
        assert {
            (row["product"], reason): row[reason] for row in told for reason in Adjustment.Reason.values if row[reason]
        } == {key: count for key, count in units.items() if count}


def what_to_order_follows_from_thirty_days(trade):
    assert [log.error for log in services.refresh_views("top_products_by_period", "product_sales_stats")] == ["", ""]
    kept = {one.product.name: one for one in ProductSalesStats.objects.filter(bar=trade.bar).select_related("product")}

    told = {row["product"]: row for row in rows("reorder", trade, None)}

    assert len(kept) == 3
    assert told.keys() == kept.keys()
    for name, row in told.items():
        product, mean = kept[name].product, kept[name].daily_mean
        available = product.stock - product.reserved
        lasts = available / mean if mean > 0 else None
        is_short = available <= product.alert_threshold or (lasts is not None and round(lasts, 1) < 7)
        assert (row["available"], row["daily_mean"]) == (available, mean)
        assert row["reorder"] == (
            max(0, -int(-max(mean, 0) * 14 // 1) + product.alert_threshold - available) if is_short else 0
        )


def what_was_kept_is_right(trade):
    trade.refresh()

    assert [check(one).rows for one in all_invariants() if one.id == "I26"] == [[], [], [], []]


PROMISES = (
    days_are_what_counting_gives,
    hours_are_what_counting_gives,
    weekdays_are_what_counting_gives,
    payments_are_what_counting_gives,
    products_and_their_margin_are_what_counting_gives,
    sellers_are_what_counting_gives,
    returns_are_what_counting_gives,
    variance_is_what_counting_gives,
    what_to_order_follows_from_thirty_days,
    what_was_kept_is_right,
)


def test_i26_every_figure_is_what_counting_gives(trade, subtests):
    for promise in PROMISES:
        with subtests.test(promise.__name__):
            promise(trade)


def test_what_lasts_less_than_a_week_is_ordered_for_two(bar, koffi, yao):
    beer = factories.product(bar, "Beaufort", stock=400, alert_threshold=5)
    for day in range(1, 31):
        factories.sale(koffi, {beer.pk: 10}, at=timezone.now() - timedelta(days=day))
    settle()
    services.refresh_views("top_products_by_period", "product_sales_stats")
    enough = FIGURES["reorder"].read(bar, None)
    factories.adjustment(yao, beer, -40)
    short = FIGURES["reorder"].read(bar, None)

    mean = enough[0]["daily_mean"]
    assert [row["reorder"] for row in enough] == [0]
    assert [(row["available"], row["reorder"]) for row in short] == [(60, -int(-mean * 14 // 1) + 5 - 60)]


def test_bars_stand_side_by_side_each_in_its_currency_and_on_its_date(db):
    chance = random.Random(7)
    trades = [Trade(chance, place) for place in PLACES]
    for trade in trades:
        for _ in range(20):
            trade.step()
    mine = [trade.bar for trade in trades[1:]]

    for days in (None, *days_of(trades[0])):
        told = {row["bar"]: row for row in bars(mine, days)}
        assert told.keys() == {bar.name for bar in mine}
        for bar in mine:
            own = days or Days(running_date(bar), running_date(bar))
            row = told[bar.name]
            assert (row["currency"], row["first"], row["last"]) == (bar.currency, *own)
            assert (row["revenue"], row["sales"]) == (Counted(bar, own).revenue, len(Counted(bar, own).sales))
            assert row["revenue_before"] == Counted(bar, own.before()).revenue


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_costs_one_statement(name, bar, koffi, beer, django_assert_num_queries):
    factories.sale(koffi, {beer.pk: 3})
    today = running_date(bar)

    with django_assert_num_queries(1):
        FIGURES[name].read(bar, Days(today - timedelta(days=40), today))


def test_every_figure_is_a_file_that_reads_as_the_table(db, subtests):
    trade = Trade(random.Random(3), PLACES[2])
    for _ in range(60):
        trade.step()
    services.refresh_views("top_products_by_period", "product_sales_stats")
    today = running_date(trade.bar)
    for figure, language, kind in itertools.product(FIGURES.values(), ("fr", "en"), Format):
        table = figure.rows(trade.bar, Days(today - timedelta(days=30), today))
        with subtests.test(f"{figure.name} {language} {kind}"), override(language):
            header, *lines = read(table_file(figure.columns, table, "USD", kind), kind)
            money = [place for place, column in enumerate(figure.columns) if column.kind == "money"]
            assert header.cells == [str(column.heading) for column in figure.columns]
            assert table != []
            assert [[Decimal(line.cells[place]) * 100 for place in money] for line in lines] == [
                [Decimal(row[place]) for place in money] for row in table
            ]


# Which days


TODAY = datetime(2026, 2, 18, tzinfo=UTC).date()  # a Wednesday


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, "2026-02-18", "2026-02-18"),
        ({"period": "week"}, "2026-02-16", "2026-02-22"),
        ({"period": "month"}, "2026-02-01", "2026-02-28"),
        ({"period": "month", "on": datetime(2024, 2, 29, tzinfo=UTC).date()}, "2024-02-01", "2024-02-29"),
        ({"period": "year"}, "2026-01-01", "2026-12-31"),
        ({"first": TODAY - timedelta(days=365), "last": TODAY}, "2025-02-18", "2026-02-18"),
    ],
)
def test_days_are_asked_as_dates_or_as_a_period(asked, first, last):
    assert [day.isoformat() for day in span_of(TODAY, **asked)] == [first, last]


@pytest.mark.parametrize(
    "asked",
    [
        {"first": TODAY},
        {"last": TODAY},
        {"first": TODAY, "last": TODAY, "period": "week"},
        {"first": TODAY, "last": TODAY - timedelta(days=1)},
        {"first": TODAY - timedelta(days=366), "last": TODAY},
        {"on": datetime.max.date(), "period": "week"},
        {"on": datetime.min.date(), "period": "week"},
    ],
)
def test_days_that_are_none_are_refused(asked):
    with pytest.raises(BadDays):
        span_of(TODAY, **asked)


@pytest.mark.parametrize(("length", "back"), [(1, 7), (7, 7), (8, 14), (30, 35), (31, 35), (365, 371)])
def test_the_days_before_are_the_same_weekdays_and_meet_no_day_asked(length, back):
    days = Days(TODAY, TODAY + timedelta(days=length - 1))

    assert days.before() == Days(TODAY - timedelta(days=back), days.last - timedelta(days=back))
    assert days.before().last < days.first
