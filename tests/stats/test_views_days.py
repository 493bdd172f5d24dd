"""Figures of several days: finished ones are kept by refreshes, and whatever happens later is in them at once."""

import random
import uuid
from collections import Counter, defaultdict
from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from bars.business_day import business_date
from bars.invariants import all_invariants, check
from sales.models import Line, Return, Sale
from sales.services.selling import sell
from stats import periods, services
from stats.models import DirtyDay, TopProduct
from tests import factories
from tests.settling import run, settle
from tests.stack import url_of_test_database

EVER = (date(2020, 1, 1), date(2100, 1, 1))
KEEPERS = ("daily_sales_summary", "top_products_by_period")


def ago(**length):
    return timezone.now() - timedelta(**length)


def refresh():
    settle()
    assert [log.error for log in services.refresh_views(*KEEPERS)] == ["", ""]


def top(bar, **how):
    settle()
    return {row["name"]: (row["quantity"], row["revenue"]) for row in periods.top_products(bar, *EVER, **how)}


def day_of(bar, moment):
    return business_date(moment, bar.zone, bar.closing_hour)


def marks():
    settle()
    return sorted(DirtyDay.objects.values_list("view", "business_date").distinct())


def cancel(sale):
    Sale.objects.filter(pk=sale.pk).update(status="cancelled", decided_by=sale.created_by_id, reason="so it is")


def take_back(line, by, quantity=1):
    return Return.objects.create(
        bar_id=line.bar_id, key=uuid.uuid4(), sale_id=line.sale_id, line=line, quantity=quantity, reason="defective",
        status="approved", refunds=True, restocks=False, created_by=by, decided_by=by,
    )  # fmt: skip


# What is kept


def test_finished_days_are_kept_and_today_is_not(bar, koffi, beer):
    old = ago(days=3)
    factories.sale(koffi, {beer.pk: 2}, at=old)
    factories.sale(koffi, {beer.pk: 5})
    refresh()

    kept = TopProduct.objects.values_list("business_date", "product__name", "quantity", "revenue")

    assert list(kept) == [(day_of(bar, old), "Beaufort", 2, 2000)]
    assert top(bar) == {"Beaufort": (7, 7000)}


def test_clean_days_are_read_from_what_is_kept(bar, koffi, beer):
    """The control of all others: figures do come from there."""
    factories.sale(koffi, {beer.pk: 2}, at=ago(days=3))
    refresh()
    TopProduct.objects.update(quantity=77)

    assert top(bar) == {"Beaufort": (77, 2000)}


@pytest.mark.parametrize("days", [1, 2])
def test_a_late_sale_is_in_the_figures_with_its_commit(days, bar, koffi, beer):
    factories.sale(koffi, {beer.pk: 2}, at=ago(days=days))
    refresh()
    late = factories.basket({beer.pk: 3}).kept_since(ago(days=days))
    sell(koffi, late, at=timezone.now())

    assert top(bar) == {"Beaufort": (5, 5000)}
    assert [row["revenue"] for row in periods.days(bar, *EVER)] == [5000]
    assert marks() == [(view, day_of(bar, ago(days=days))) for view in KEEPERS]


def test_a_sale_of_long_ago_is_in_the_figures_once_it_is_validated(bar, koffi, awa, beer):
    factories.sale(koffi, {beer.pk: 2}, at=ago(days=20))
    asked = factories.sale(awa, {beer.pk: 3}, at=ago(days=20))
    refresh()
    waiting = top(bar), marks()
    Sale.objects.filter(pk=asked.pk).update(status="validated", decided_by=koffi.user_id)

    assert waiting == ({"Beaufort": (2, 2000)}, [])
    assert top(bar) == {"Beaufort": (5, 5000)}
    assert marks() == [(view, day_of(bar, ago(days=20))) for view in KEEPERS]


def test_a_refresh_counts_the_marked_days_and_no_others(bar, koffi, beer):
    for days in (3, 4, 5):
        factories.sale(koffi, {beer.pk: 2}, at=ago(days=days))
    refresh()
    TopProduct.objects.update(revenue=1)
    factories.sale(koffi, {beer.pk: 1}, at=ago(days=4))
    refresh()

    kept = TopProduct.objects.order_by("business_date").values_list("quantity", "revenue")

    assert (list(kept), marks()) == ([(2, 1), (3, 3000), (2, 1)], [])


def test_a_cancelled_sale_of_a_finished_day_is_gone_at_once(bar, koffi, beer, coke):
    wrong = factories.sale(koffi, {beer.pk: 2}, at=ago(days=3))
    factories.sale(koffi, {coke.pk: 1}, at=ago(days=3))
    refresh()
    cancel(wrong)

    assert list(top(bar)) == ["Coca"]
    refresh()
    assert list(top(bar)) == ["Coca"]


def test_a_refund_counts_on_the_day_on_which_it_is_given(bar, koffi, beer):
    old = factories.sale(koffi, {beer.pk: 3}, at=ago(days=3))
    refresh()
    take_back(old.lines.get(), koffi.user)
    settle()
    then, now = day_of(bar, ago(days=3)), day_of(bar, timezone.now())

    [before], [after] = (periods.top_products(bar, day, day) for day in (then, now))

    assert (before["quantity"], before["revenue"]) == (3, 3000)
    assert (after["quantity"], after["revenue"], after["refunds"]) == (-1, -1000, 1000)
    assert marks() == []


def test_what_happens_today_leaves_no_mark(bar, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 2})
    cancel(factories.sale(koffi, {beer.pk: 1}))
    take_back(sale.lines.get(), koffi.user)

    assert marks() == []


def test_a_transaction_marks_a_day_once(bar, koffi, beer):
    for _ in range(3):
        factories.sale(koffi, {beer.pk: 1}, at=ago(days=3))
    settle()

    assert DirtyDay.objects.count() == len(KEEPERS)


def test_shares_of_a_discount_add_up_to_the_total(bar, koffi, beer, coke):
    wine = factories.product(bar, "Vin", price=999)
    factories.sale(koffi, {beer.pk: 1, coke.pk: 1, wine.pk: 1}, discount=100, at=ago(days=3))

    live = top(bar)
    refresh()

    assert top(bar) == live
    assert sum(revenue for _, revenue in live.values()) == Sale.objects.get().total


def test_products_are_ranked_by_revenue_or_by_units(bar, koffi, beer):
    wine = factories.product(bar, "Vin", price=9000)
    factories.sale(koffi, {beer.pk: 3, wine.pk: 1}, at=ago(days=3))
    refresh()

    assert list(top(bar)) == ["Vin", "Beaufort"]
    assert list(top(bar, by="quantity")) == ["Beaufort", "Vin"]
    assert list(top(bar, limit=1)) == ["Vin"]


@pytest.mark.parametrize("refreshed", [False, True])
def test_figures_of_days_cost_one_statement(refreshed, bar, koffi, beer, django_assert_num_queries):
    factories.sale(koffi, {beer.pk: 3}, at=ago(days=3))
    if refreshed:
        refresh()

    with django_assert_num_queries(1):
        periods.top_products(bar, *EVER)
    with django_assert_num_queries(1):
        periods.days(bar, *EVER)


# Whatever happens, in whatever order


class Week:
    """Random trade of a week in one bar, with refreshes at any moment."""

    def __init__(self, chance, member, products):
        self.chance, self.member, self.products = chance, member, products

    def step(self):
        self.chance.choice([self.sell, self.sell, self.sell, self.cancel, self.take_back, refresh])()
        settle()

    def sell(self):
        quantities = {one.pk: self.chance.randint(1, 3) for one in self.chance.sample(self.products, 2)}
        discount = self.chance.choice([0, 0, 37])
        factories.sale(self.member, quantities, discount=discount, at=ago(minutes=self.chance.randint(0, 7 * 1440)))

    def cancel(self):
        free = Sale.objects.filter(status="validated", returns=None)
        if free:
            cancel(self.chance.choice(free))

    def take_back(self):
        lines = Line.objects.filter(sale__status="validated", returns=None)
        if lines:
            take_back(self.chance.choice(lines), self.member.user)


def naive(bar):
    """Units and revenue by day and product; revenue by day."""
    units, revenue = Counter(), Counter()
    for line in Line.objects.filter(sale__status="validated").select_related("sale"):
        units[day_of(bar, line.sale.occurred_at), line.product_id] += line.quantity
    for sale in Sale.objects.validated():
        revenue[day_of(bar, sale.occurred_at)] += sale.total
    for back in Return.objects.select_related("line"):
        units[day_of(bar, back.decided_at), back.line.product_id] -= back.quantity
        revenue[day_of(bar, back.decided_at)] -= back.refund
    return +units | {key: count for key, count in units.items() if count < 0}, revenue


@pytest.mark.parametrize("seed", range(4))
def test_i26_any_trade_with_any_refreshes_is_what_counting_gives(seed, bar, koffi, beer, coke):
    chance = random.Random(seed)
    week = Week(chance, koffi, [beer, coke, factories.product(bar, "Vin", price=999, stock=500)])
    for product in (beer, coke):
        factories.supply(koffi, product, lots=10)
    for _ in range(40):
        week.step()
    units, revenue = naive(bar)
    found, by_day = {}, defaultdict(int)
    for day in {day for day, _ in units} | set(revenue):
        for row in periods.top_products(bar, day, day):
            by_day[day] += row["revenue"]
            if row["quantity"]:
                found[day, row["product"]] = row["quantity"]

    assert found == units
    assert {day: amount for day, amount in by_day.items() if amount} == {d: a for d, a in revenue.items() if a}
    assert {row["business_date"]: row["revenue"] for row in periods.days(bar, *EVER) if row["revenue"]} == {
        day: amount for day, amount in revenue.items() if amount
    }
    assert [check(one).rows for one in all_invariants() if one.id == "I26"] == [[], [], [], []]


# Two at once


@pytest.fixture
def other(transactional_db):
    """Another session, whose transaction is open."""
    with psycopg.connect(url_of_test_database()) as session:
        yield session


@pytest.mark.parametrize("view", KEEPERS)
def test_a_late_sale_neither_waits_for_a_refresh_nor_is_lost_to_it(view, other, koffi, beer):
    factories.sale(koffi, {beer.pk: 2}, at=ago(days=3))
    refresh()
    factories.sale(koffi, {beer.pk: 3}, at=ago(days=3))
    if view == "top_products_by_period":
        other.execute("SELECT stats_refresh_products(%s, clock_timestamp())", [koffi.bar_id])
    else:
        other.execute(services.FORGET_MARKS, [view])
        other.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {view}")
    factories.sale(koffi, {beer.pk: 4}, at=ago(days=3))
    other.commit()

    assert top(koffi.bar) == {"Beaufort": (9, 9000)}
    assert [row["revenue"] for row in periods.days(koffi.bar, *EVER)] == [9000]
    assert (view, day_of(koffi.bar, ago(days=3))) in marks()


def test_a_refresh_that_takes_marks_away_at_its_end_would_lose_the_sale(other, koffi, beer):
    """The control."""
    factories.sale(koffi, {beer.pk: 2}, at=ago(days=3))
    refresh()
    other.execute("SELECT stats_refresh_products(%s, clock_timestamp())", [koffi.bar_id])
    factories.sale(koffi, {beer.pk: 4}, at=ago(days=3))
    other.execute("DELETE FROM stats_dirtyday")
    other.commit()

    assert top(koffi.bar) == {"Beaufort": (2, 2000)}


def test_what_a_month_of_days_costs_is_looked_up_by_bar_and_day(bar, koffi, beer):
    factories.sale(koffi, {beer.pk: 1}, at=ago(days=3))
    refresh()
    run("SET LOCAL enable_seqscan = off")
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (GENERIC_PLAN) SELECT * FROM top_products_by_period"
            " WHERE bar_id = $1 AND business_date BETWEEN $2 AND $3",
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "a_product_is_on_a_day_once" in plan
