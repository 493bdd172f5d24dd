"""A page of sales, whatever is asked for, is read from the index that knows its order: shown by EXPLAIN."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sales.models import Sale
from sales.queries.sales import PAGE, Wanted, page_of_sales, position_of
from tests import factories

SALES = 30_000
# A year of a bar: mostly cash, mostly validated; what is rare is spread thinly, but for what waits: of a few waiting
# sales Postgres may as well read all and sort them.
FILL = """
INSERT INTO sales_sale (
    bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client, paid_with, paid_on, discount,
    total, currency, sold_by_id, created_by_id, occurred_at, business_date, reason, decided_by_id, review
)
SELECT %(bar)s, gen_random_uuid(), '', status, 'full', 'online', payment, '', number %% 3000 = 7, '', payment, day, 0,
       0, 'XOF', seller, seller, moment, day, 'x', seller, '{}'
FROM (
    SELECT number, (%(sellers)s::uuid[])[1 + number %% 2] AS seller, moment, (moment - interval '6 hours')::date AS day,
           CASE WHEN number %% 100 = 1 THEN 'pending' WHEN number %% 3000 = 2 THEN 'needs_review'
                WHEN number %% 1000 = 3 THEN 'cancelled' ELSE 'validated' END AS status,
           CASE WHEN number %% 3000 = 7 THEN 'mobile_money' WHEN number %% 1000 = 8 THEN 'card'
                ELSE 'cash' END AS payment
    FROM (SELECT number, now() - number * interval '15 minutes' AS moment FROM generate_series(1, %(sales)s) AS number)
) AS made
"""


@pytest.fixture
def year(koffi, awa):
    """Rows without their triggers: they are only looked for here."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sales_sale DISABLE TRIGGER USER")  # until the test is rolled back
        cursor.execute(FILL, {"bar": koffi.bar_id, "sellers": [koffi.user_id, awa.user_id], "sales": SALES})
        cursor.execute("ANALYZE sales_sale")
    return koffi


def deep(member):
    """The place of the sale in the middle."""
    return position_of(Sale.objects.filter(bar_id=member.bar_id).newest_first()[SALES // 2])


def day(ago):
    return (timezone.now() - timedelta(days=ago)).date()


ASKED = {
    "all": (Wanted(), "sale_newest_first"),
    "pending": (Wanted(status=Sale.Status.PENDING), "sale_not_validated"),
    "to review": (Wanted(status=Sale.Status.NEEDS_REVIEW), "sale_not_validated"),
    "cancelled": (Wanted(status=Sale.Status.CANCELLED), "sale_not_validated"),
    "validated": (Wanted(status=Sale.Status.VALIDATED), "sale_newest_first"),
    "card": (Wanted(payment=Sale.Payment.CARD), "sale_not_paid_in_cash"),
    "cash": (Wanted(payment=Sale.Payment.CASH), "sale_newest_first"),
    "to verify": (Wanted(to_verify=True), "sale_payment_to_verify"),
    "a day": (Wanted(on=day(200)), "sale_newest_first"),
}


def plan_of(member, wanted, before):
    """The plan of the page's first statement, analysed."""
    with connection.execute_wrapper(Explaining()) as _, pytest.raises(Explained) as explained:
        page_of_sales(member, wanted, before=before)
    return explained.value.plan


class Explained(Exception):
    def __init__(self, plan):
        self.plan = plan


class Explaining:
    def __call__(self, execute, sql, params, many, context):
        execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params, many, context)
        [[plan]] = context["cursor"].fetchall()
        raise Explained((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("place", ["first", "deep"])
@pytest.mark.parametrize("asked", ASKED)
def test_a_page_is_read_from_the_index_in_its_order(asked, place, year):
    wanted, index = ASKED[asked]
    before = deep(year) if place == "deep" and wanted.on is None else ""

    plan = list(nodes(plan_of(year, wanted, before)))

    scans = [node for node in plan if node.get("Relation Name") == "sales_sale"]
    assert [(node["Node Type"], node["Index Name"]) for node in scans] == [("Index Scan", index)]
    assert [node["Node Type"] for node in plan if "Sort" in node["Node Type"]] == []
    assert scans[0]["Actual Rows"] <= PAGE + 1
    assert scans[0].get("Rows Removed by Filter", 0) <= 100


def test_a_waiters_page_is_read_from_the_index_of_the_seller(year, awa):
    plan = list(nodes(plan_of(awa, Wanted(), deep(year))))

    scans = [node for node in plan if node.get("Relation Name") == "sales_sale"]
    assert [node["Index Name"] for node in scans] == ["sale_newest_first_of_seller"]


@pytest.mark.parametrize(("zone", "hour"), [("Africa/Abidjan", 6), ("America/New_York", 5), ("Asia/Kathmandu", 23)])
def test_a_business_date_holds_all_its_sales_and_no_other(zone, hour, db):
    """Around the change of clocks too: the bounds that the index is read with leave nothing out."""
    bar = factories.bar("Chez Yao", time_zone=zone, closing_hour=hour)
    koffi, beer = factories.member(bar, "koffi", "manager"), factories.product(bar, "Flag", stock=999)
    start = timezone.datetime(2026, 10, 30, tzinfo=timezone.get_fixed_timezone(0))
    sold = [factories.sale(koffi, {beer.pk: 1}, at=start + timedelta(minutes=97 * step)) for step in range(60)]

    days = {sale.business_date for sale in sold}
    found = {day: {sale.pk for sale in page_of_sales(koffi, Wanted(on=day))[0]} for day in days}

    assert found == {day: {sale.pk for sale in sold if sale.business_date == day} for day in days}
    assert len(days) > 3
