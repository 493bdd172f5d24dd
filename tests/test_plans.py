"""Each index by the query it is for: what the application runs, explained by Postgres over 100,000 sales."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bars.access import find_member
from bars.invariants import all_invariants, check
from bars.models import Bar, Member
from bars.pages import newest_first
from bars.queries import changes_of
from sales.models import Line, Sale, Tab
from sales.queries.closings import preview
from sales.queries.hanging import (
    count_of_asked,
    expiring_consignments,
    hanging_on,
    kept_consignments,
    page_of_returns,
)
from sales.queries.owed import page_of_credits, page_of_tabs
from sales.queries.sales import Wanted, neighbours, page_of_sales, position_of, waiting_by_seller
from sales.receipts import reference_of
from sales.services.deciding import validate_waiting
from sales.services.expiring import BARS
from stats.queries import tonight
from stock.queries.counting import open_sheet
from stock.queries.products import inventory, movements_of
from stock.queries.shelf import shelf
from stock.services.shelf import prices_since

BIG = ("sales_sale", "sales_line", "sales_return", "stock_product", "stock_movement", "bars_member", "sales_tab")

FILL = (Path(__file__).parent / "plans.sql").read_text()


@pytest.fixture
def busy(db):
    """The owner of a bar with half of 100,000 sales."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("bars_", "sales_", "stock_", "stats_")):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in [*FILL.split(";\n"), "ANALYZE"]:
            cursor.execute(statement)
    first = Sale.objects.order_by("occurred_at").values("bar_id")[:1]
    owner = Member.objects.get(bar_id__in=first, role="owner")
    return find_member(owner.user, owner.bar_id)


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(call):
    """The indexes that the plans of a call's statements use, and the big tables that they read from end to end."""
    with CaptureQueriesContext(connection) as captured:
        call()
    indexes, whole = set(), set()
    with connection.cursor() as cursor:
        for query in captured:
            if not query["sql"].lstrip().startswith(("SELECT", "WITH")):
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
            ((plan,),) = cursor.fetchone()
            for node in nodes(plan["Plan"]):
                indexes |= {node["Index Name"]} if "Index Name" in node else set()
                whole |= {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return indexes, whole & set(BIG)


SCANS = """
SELECT here.relname::text, here.relkind = 'i', pg_stat_get_xact_numscans(here.oid)
FROM pg_class AS here WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
"""


def scans():
    with connection.cursor() as cursor:
        cursor.execute(SCANS)
        return {(name, is_index): count for name, is_index, count in cursor.fetchall()}


def counted(call):
    """The same of a call whose SQL stands in a function, which EXPLAIN doesn't look into: counted as it runs."""
    before = scans()
    call()
    used = {key for key, count in scans().items() if count > before.get(key, 0)}
    return {name for name, is_index in used if is_index}, {name for name, is_index in used if not is_index} & set(BIG)


def today():
    return timezone.now().date()


def deep(member):
    """The start of a page that lies behind most of the bar's sales."""
    return position_of(Sale.objects.filter(bar_id=member.bar_id).order_by("occurred_at")[100])


def waiter_of(member):
    found = Member.objects.get(bar_id=member.bar_id, role="waiter")
    return find_member(found.user, member.bar_id)


def read_lines(member):
    sale = Sale.objects.filter(bar_id=member.bar_id).newest_first()[:1]
    return list(Line.objects.filter(sale__in=[one.pk for one in sale]))


def preview_of_today(member):
    preview(member.bar, today())


def left_of_a_line(member):
    execute("SELECT sales_left_of_line(%s)", [member.bar.returns.first().line_id])


def execute(statement, params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


PURPOSES = {
    "available stock of a bar": ("product_available_of_bar", lambda member: shelf(member.bar_id)),
    "a bar's products by name": ("product_name_is_unique_in_its_bar", inventory),
    "changes of a bar": ("change_newest_first", lambda member: newest_first(changes_of(member.bar_id))),
    "active members of a person": ("member_active_of_user", lambda member: member.user.memberships),
    "newest sales": ("sale_newest_first", page_of_sales),
    "a deep page of sales": ("sale_newest_first", lambda member: page_of_sales(member, before=deep(member))),
    "sales of a day": ("sale_newest_first", lambda member: page_of_sales(member, Wanted(on=today()))),
    "newest sales of a seller": ("sale_newest_first_of_seller", lambda member: page_of_sales(waiter_of(member))),
    "sales to review": ("sale_not_validated", lambda member: page_of_sales(member, Wanted(status="needs_review"))),
    "pending sales of all bars": ("sale_pending_of_seller", lambda member: execute(BARS, {"at": timezone.now()})),
    "a sale by its reference": (
        "sale_by_reference",
        lambda member: page_of_sales(member, Wanted(search=reference_of(page_of_sales(member)[0][9].pk))),
    ),
    "sales of a total that is rare": (
        "sale_newest_first_of_total",
        lambda member: page_of_sales(member, Wanted(search="1 999")),
    ),
    "payments to verify": ("sale_payment_to_verify", lambda member: page_of_sales(member, Wanted(to_verify=True))),
    "sales on credit": ("sale_not_paid_in_cash", lambda member: page_of_sales(member, Wanted(payment="credit"))),
    "credits that are owed": ("sale_owed", page_of_credits),
    "open tabs": ("tab_open", lambda member: page_of_tabs(member, status=Tab.Status.OPEN)),
    "returns": ("return_belongs_to_its_bar", page_of_returns),
    "lines of a sale": ("a_product_is_on_a_sale_once", read_lines),
    "prices of a product in the offline window": (
        "price_newest_first",
        lambda member: prices_since({member.bar.products.first().pk: 1}, timezone.now()),
    ),
    "movements of a product": (
        "movement_newest_first",
        lambda member: newest_first(movements_of(member.bar.products.first())),
    ),
    "what a person has counted": ("count_entry_newest_first", open_sheet),
    "consignments that expire": (
        "consignment_active",
        lambda member: expiring_consignments(member, until=timezone.now()),
    ),
    "what is kept, soonest first": ("consignment_active", kept_consignments),
    "what waits, by seller": ("sale_not_validated", lambda member: waiting_by_seller(member.bar_id)),
    "returns that wait": ("return_belongs_to_its_bar", count_of_asked),
    "the sales next to one": ("sale_newest_first", lambda member: neighbours(member, page_of_sales(member)[0][9])),
    "what hangs on a sale": ("return_by_sale_and_line", lambda member: hanging_on(page_of_sales(member)[0][9])),
    "pending sales of a seller": (  # last, as it validates them
        "sale_pending_of_seller",
        lambda member: validate_waiting(member, waiter_of(member).user_id),
    ),
}
IN_FUNCTIONS = {
    "figures of tonight": ("sale_newest_first", lambda member: tonight(member.bar)),
    "validated sales of a bar and business date": ("sale_validated_by_date", preview_of_today),
    "refunds of a bar and business date": ("return_refunded_by_date", preview_of_today),
    "settlements of a bar and business date": ("settlement_by_date", preview_of_today),
    "expenses of a bar and business date": ("expense_by_date", preview_of_today),
    "supplies of a bar and business date": ("supply_by_date", preview_of_today),
    "returns of a sale and product": ("return_by_sale_and_line", left_of_a_line),
    "consignments of a sale and product": ("consignment_by_sale_and_line", left_of_a_line),
}


def test_every_index_of_ours_has_a_purpose():
    ours = {
        index.name
        for model in apps.get_models()
        if model._meta.app_label in ("bars", "stock", "sales")
        for index in model._meta.indexes
    }

    # Addenda are those since the last close, and no bar here has closed a day.
    assert ours - {index for index, _ in (PURPOSES | IN_FUNCTIONS).values()} == {"addendum_newest_first"}


def test_each_query_is_served_by_its_index(busy, subtests):
    """One test, as the sales cost seconds."""
    for reads, purposes in ((explained, PURPOSES), (counted, IN_FUNCTIONS)):
        for purpose, (index, call) in purposes.items():
            with subtests.test(purpose):
                indexes, whole = reads(lambda call=call: call(busy))
                assert (index in indexes, whole) == (True, set()), indexes

    without = Sale.objects.filter(fingerprint="x")
    with subtests.test("the control: a query without an index"):
        assert explained(lambda: list(without.all()))[1] == {"sales_sale"}
        assert counted(lambda: list(without.all()))[1] == {"sales_sale"}


def test_verify_reads_no_table_once_for_each_bar(busy):
    bars = Bar.objects.count()

    most = {}
    for invariant in all_invariants():
        before = scans()
        check(invariant)
        read = {key: count - before.get(key, 0) for key, count in scans().items()}
        most[invariant.sentence] = max(count for (name, is_index), count in read.items() if name in BIG)

    assert bars == 100
    assert {sentence: count for sentence, count in most.items() if count > bars / 2} == {}
