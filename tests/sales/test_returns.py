import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product as pairs

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bars.transactions import KeyReused
from realtime.errors import NotFound
from sales.models import Consequence, Return, Sale
from sales.queries.hanging import one_return, page_of_returns
from sales.services.deciding import SaleIsTied, cancel
from sales.services.hanging import LessIsLeft, SaleNotValidated
from sales.services.returns import (
    DecisionNeeded,
    NoteNeeded,
    NotRestockable,
    OwnReturn,
    ReasonDecides,
    Request,
    ReturnDecided,
    approve_return,
    ask_return,
    reject_return,
    restock_return,
)
from stock.models import Movement
from tests import factories
from tests.books import books, shelf
from tests.settling import run, settle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIXED = [
    ("wrong_item", True, True),
    ("exchange", False, True),
    ("defective", True, False),
    ("unconsumed", False, True),
    ("expired", True, False),
]


def first(case):
    return case[0]


def request_of(line, quantity=1, reason=Return.Reason.WRONG_ITEM, **fields):
    return Request(key=uuid.uuid4(), line=line.pk, quantity=quantity, reason=Return.Reason(reason), **fields)


@pytest.fixture
def sale(koffi, beer, coke):
    """Three beers and a coke: 3,500."""
    return factories.sale(koffi, {beer.pk: 3, coke.pk: 1})


@pytest.fixture
def line(sale, beer):
    """Three beers at 1,000."""
    return sale.lines.get(product=beer)


@pytest.fixture
def asked(awa, koffi, beer):
    """A request of Awa's, of a sale of hers that Koffi has validated."""
    sale = factories.sale(awa, {beer.pk: 2})
    Sale.objects.filter(pk=sale.pk).update(status="validated", decided_by=koffi.user)
    return factories.returned(awa, sale.lines.get())


def movements_of(returned):
    return list(Movement.objects.filter(cause_id=returned.pk).values_list("quantity", "cause", "created_by__username"))


# Reasons


@pytest.mark.parametrize("case", FIXED, ids=first)
def test_c25_the_reason_decides_refund_and_restock(case, koffi, line, beer):
    reason, refunds, restocks = case
    returned = ask_return(koffi, request_of(line, 2, reason)).returned
    settle()

    assert (returned.status, returned.refunds, returned.restocks) == (Return.Status.APPROVED, refunds, restocks)
    assert (returned.refund, returned.refund_with) == ((2000, "cash") if refunds else (0, None))
    assert (returned.business_date is None, returned.decided_by_id) == (False, koffi.user_id)
    assert (movements_of(returned), shelf(beer)) == ([], [(21, 0)])  # on the shelf only when it is put there


@pytest.mark.parametrize("case", FIXED, ids=first)
def test_i15_only_what_restocks_goes_back_on_the_shelf_and_once(case, koffi, yao, line, beer):
    reason, _, restocks = case
    returned = ask_return(koffi, request_of(line, 2, reason)).returned
    before = books()

    if not restocks:
        with pytest.raises(NotRestockable):
            restock_return(yao, returned.pk)
        assert books() == before
        return

    first, again = [restock_return(yao, returned.pk) for _ in range(2)]
    assert (first.status, again.status, first.restocked_by_id) == ("restocked", "restocked", yao.user_id)
    assert (movements_of(returned), shelf(beer)) == ([(2, "return", "yao")], [(23, 0)])


@pytest.mark.parametrize(("reason", "refunds", "restocks"), FIXED)
def test_a_reason_that_decides_is_not_overruled(reason, refunds, restocks, koffi, line):
    before = books()

    with pytest.raises(ReasonDecides) as refusal:
        ask_return(koffi, request_of(line, 1, reason, consequence=Consequence(not refunds, restocks)))

    assert (refusal.value.data, books()) == ({"refunds": refunds, "restocks": restocks}, before)


@pytest.mark.parametrize("refunds", [True, False])
@pytest.mark.parametrize("restocks", [True, False])
def test_of_another_reason_the_manager_decides(refunds, restocks, koffi, line, beer):
    request = request_of(line, 1, "other", note="Fell off the table", consequence=Consequence(refunds, restocks))

    returned = ask_return(koffi, request).returned

    assert (returned.refunds, returned.restocks, returned.refund) == (refunds, restocks, 1000 if refunds else 0)


def test_another_reason_needs_a_note_and_a_decision(koffi, line):
    before = books()

    with pytest.raises(NoteNeeded):
        ask_return(koffi, request_of(line, 1, "other", consequence=Consequence(True, True)))
    with pytest.raises(DecisionNeeded):
        ask_return(koffi, request_of(line, 1, "other", note="Fell off the table"))

    assert books() == before


def test_a_waiters_other_reason_is_decided_by_who_approves(awa, koffi, asked):
    line = asked.line
    waiting = ask_return(awa, request_of(line, 1, "other", note="Fell off the table")).returned
    assert (waiting.status, waiting.refunds, waiting.restocks) == (Return.Status.PENDING, False, False)
    before = books()

    with pytest.raises(DecisionNeeded):
        approve_return(koffi, waiting.pk)
    assert books() == before

    approved = approve_return(koffi, waiting.pk, Consequence(refunds=True, restocks=False))
    assert (approved.refunds, approved.restocks, approved.refund) == (True, False, 1000)
    with pytest.raises(ReturnDecided):
        approve_return(koffi, waiting.pk, Consequence(refunds=True, restocks=True))


# Approval


def test_a_waiters_request_waits_and_gives_nothing_back(asked, beer):
    assert (asked.status, asked.refund, asked.refund_with) == (Return.Status.PENDING, 0, None)
    assert (asked.business_date, asked.decided_by_id, shelf(beer)) == (None, None, [(22, 0)])


def test_an_approved_request_gives_money_back_today(koffi, asked):
    approved, again = [approve_return(koffi, asked.pk) for _ in range(2)]
    settle()

    assert (approved.status, approved.refund, approved.refund_with) == (Return.Status.APPROVED, 1000, "cash")
    assert (again.pk, again.status, again.decided_at) == (approved.pk, approved.status, approved.decided_at)


def test_a_rejected_request_gives_nothing_back_and_frees_the_line(koffi, awa, asked, beer):
    first, again = [reject_return(koffi, asked.pk) for _ in range(2)]

    assert (first.status, again.status, first.refund) == ("rejected", "rejected", 0)
    assert (movements_of(asked), shelf(beer)) == ([], [(22, 0)])
    assert factories.returned(awa, asked.line, 2).status == Return.Status.PENDING


def test_c25_nobody_approves_an_own_request(koffi, yao, line):
    waiting = factories.returned(koffi, line, wait=True)
    before = books()

    with pytest.raises(OwnReturn) as refusal:
        approve_return(koffi, waiting.pk)

    assert (refusal.value.status, refusal.value.code, books()) == (403, "own_return", before)
    assert approve_return(yao, waiting.pk).refund == 1000


@pytest.mark.parametrize(("decided", "then"), [("approve", "reject"), ("restock", "reject"), ("reject", "approve")])
def test_what_was_decided_stays(decided, then, koffi, asked):
    if decided == "reject":
        reject_return(koffi, asked.pk)
    else:
        approve_return(koffi, asked.pk)
    if decided == "restock":
        restock_return(koffi, asked.pk)
    before = books()

    with pytest.raises(ReturnDecided):
        {"approve": approve_return, "reject": reject_return}[then](koffi, asked.pk)

    assert books() == before


def test_what_waits_is_not_restocked(koffi, asked):
    before = books()

    with pytest.raises(NotRestockable):
        restock_return(koffi, asked.pk)

    assert books() == before


def test_an_approval_that_is_asked_again_after_restocking_changes_nothing(koffi, asked):
    approve_return(koffi, asked.pk)
    restock_return(koffi, asked.pk)
    before = books()

    assert (approve_return(koffi, asked.pk).status, books()) == (Return.Status.RESTOCKED, before)


# How much


def test_i14_no_more_comes_back_than_was_sold(koffi, line):
    factories.returned(koffi, line, 1)
    factories.kept(koffi, line, 1)
    before = books()

    for ask in (factories.returned, factories.kept):
        with pytest.raises(LessIsLeft) as refusal:
            ask(koffi, line, 2)
        assert refusal.value.data == {"left": 1}

    assert books() == before
    assert factories.returned(koffi, line, 1).refund == 1000


def test_i14_what_was_claimed_does_not_come_back(koffi, line):
    from sales.services.consignments import claim

    kept = factories.kept(koffi, line, 3)
    claim(koffi, kept.pk, key=uuid.uuid4(), quantity=3, at=NOON)

    with pytest.raises(LessIsLeft) as refusal:
        factories.returned(koffi, line)

    assert refusal.value.data == {"left": 0}


@pytest.mark.parametrize("status", ["pending", "rejected", "expired", "cancelled"])
def test_only_of_a_validated_sale_something_comes_back(status, awa, koffi, yao, beer):
    sale = factories.sale(yao if status == "cancelled" else awa, {beer.pk: 1})
    if status != "pending":
        Sale.objects.filter(pk=sale.pk).update(status=status, decided_by=yao.user, reason="So")
    before = books()

    with pytest.raises(SaleNotValidated) as refusal:
        factories.returned(koffi, sale.lines.get())

    assert (refusal.value.data, books()) == ({"sale_status": status}, before)


def test_a_waiter_asks_for_returns_of_own_sales_only(awa, line, zoe):
    before = books()

    for member in (awa, zoe):
        with pytest.raises(NotFound):
            factories.returned(member, line)

    assert books() == before


def test_a_return_of_another_bar_is_nobodys(zoe, asked):
    before = books()

    for ask in (approve_return, reject_return, restock_return, one_return):
        with pytest.raises(NotFound):
            ask(zoe, asked.pk)

    assert books() == before


# Keys


def test_the_same_key_takes_back_once(koffi, line):
    request = request_of(line)
    first = ask_return(koffi, request)
    before = books()

    again = ask_return(koffi, request)

    assert (first.is_replay, again.is_replay, again.returned.pk) == (False, True, first.returned.pk)
    assert books() == before


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 2},
        {"reason": Return.Reason.DEFECTIVE},
        {"note": "Hm"},
        {"line": "coke"},
        {"by": "yao"},
        {"wait": True},
        {"consequence": Consequence(refunds=False, restocks=True)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_key_that_has_taken_back_something_else_is_refused(change, koffi, yao, line, coke):
    request = request_of(line)
    ask_return(koffi, request)
    of_coke = {"line": line.sale.lines.get(product=coke).pk} if "line" in change else {}
    fields = {name: value for name, value in (change | of_coke).items() if name != "by"}
    before = books()

    with pytest.raises(KeyReused):
        ask_return(yao if "by" in change else koffi, replace(request, **fields))

    assert books() == before


def test_a_request_sent_again_is_the_same_whatever_was_decided_meanwhile(koffi, yao, line):
    request = request_of(line, reason=Return.Reason.OTHER, note="Flat", wait=True)
    asked = ask_return(koffi, request)
    approve_return(yao, asked.returned.pk, Consequence(refunds=True, restocks=False))

    again = ask_return(koffi, request)

    assert (again.is_replay, again.returned.pk, again.returned.status) == (True, asked.returned.pk, "approved")
    with pytest.raises(KeyReused):
        ask_return(koffi, replace(request, consequence=Consequence(refunds=True, restocks=False)))


# Refunds


def test_i39_a_discount_is_shared_so_that_a_full_return_gives_back_the_total(koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 3}, discount=500)  # 2,500 for three

    refunds = [factories.returned(koffi, sale.lines.get()).refund for _ in range(3)]
    settle()

    assert refunds == [833, 833, 834]


def test_what_is_exchanged_gives_nothing_back_and_leaves_its_share(koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 3}, discount=500)

    refunds = [factories.returned(koffi, sale.lines.get(), reason=reason).refund for reason in ("exchange", "expired")]

    assert refunds == [0, 833]


@pytest.mark.parametrize("payment", ["cash", "mobile_money", "card", "credit"])
def test_money_goes_back_the_way_it_came(payment, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment(payment), client="Ibrahim")

    assert factories.returned(koffi, sale.lines.get()).refund_with == payment


@st.composite
def baskets(draw):
    """(total, gross, the values of single units in the order in which they come back)."""
    units = draw(
        st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 30)), min_size=1, max_size=8).map(
            lambda lines: [price for price, count in lines for _ in range(count)]
        )
    )
    gross = sum(units)
    return gross - draw(st.integers(0, gross)), gross, draw(st.permutations(units))


@given(basket=baskets(), cut=st.integers(1, 7))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # only read
def test_i39_the_refunds_of_any_split_in_any_order_sum_to_the_total(db, basket, cut):
    total, gross, units = basket
    parts = [sum(units[start : start + cut]) for start in range(0, len(units), cut)]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sales_refund(%s, %s, (sum(value) OVER (ORDER BY number) - value)::bigint, value::bigint)"
            " FROM unnest(%s::numeric[]) WITH ORDINALITY AS part (value, number) ORDER BY number",
            [total, gross, parts],
        )
        refunds = [refund for (refund,) in cursor.fetchall()]

    assert sum(refunds) == total
    assert all(0 <= refund <= part for refund, part in zip(refunds, parts, strict=True))


# The database


STATUSES = ["pending", "approved", "restocked", "rejected"]
WAYS = {("pending", "approved"), ("pending", "rejected"), ("approved", "restocked")}
TO = {
    "pending": "status = 'pending', decided_by_id = NULL, business_date = NULL, refund = 0, refund_with = NULL",
    "approved": "status = 'approved', decided_by_id = {yao}",
    "restocked": "status = 'restocked', restocked_by_id = {yao}",
    "rejected": "status = 'rejected', decided_by_id = {yao}, refund = 0, refund_with = NULL, business_date = NULL",
}


def brought_to(status, returned, koffi):
    if status in ("approved", "restocked"):
        approve_return(koffi, returned.pk)
    if status == "restocked":
        restock_return(koffi, returned.pk)
    if status == "rejected":
        reject_return(koffi, returned.pk)


@pytest.mark.parametrize("way", list(pairs(STATUSES, STATUSES)), ids=" to ".join)
def test_c25_a_return_goes_the_way_of_its_life_by_psql_too(way, koffi, yao, asked, beer):
    was, becomes = way
    brought_to(was, asked, koffi)
    before = books()
    statement = f"UPDATE sales_return SET {TO[becomes].format(yao=repr(str(yao.user_id)))}"

    if way in WAYS:
        run(statement)
        settle()
        asked.refresh_from_db()
        assert (asked.status, shelf(beer)) == (becomes, [(23 if becomes == "restocked" else 22, 0)])
    else:
        refused_or_nothing(statement)
        assert books() | {"staged": 0} == before | {"staged": 0}  # a status told twice is the same status


def refused_or_nothing(statement):
    """Refused; or no row is another than before, which is no way of life."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(one) - 'decided_by_id' - 'restocked_by_id' FROM sales_return AS one")
        rows = cursor.fetchall()
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except IntegrityError:
            return
        cursor.execute("SELECT to_jsonb(one) - 'decided_by_id' - 'restocked_by_id' FROM sales_return AS one")
        assert cursor.fetchall() == rows


@pytest.mark.parametrize("born", STATUSES)
def test_c25_a_return_is_born_pending_or_approved(born, koffi, line):
    statement = f"""
        INSERT INTO sales_return (bar_id, key, sale_id, line_id, quantity, reason, note, status, refunds, restocks,
                                  refund, created_by_id, decided_by_id, restocked_by_id, business_date)
        SELECT bar_id, gen_random_uuid(), sale_id, id, 1, 'wrong_item', '', '{born}', true, true, 0, '{koffi.user_id}',
               {"NULL" if born == "pending" else f"'{koffi.user_id}'"},
               {f"'{koffi.user_id}'" if born == "restocked" else "NULL"},
               {"current_date" if born == "restocked" else "NULL"}
        FROM sales_line WHERE id = '{line.pk}'
    """
    if born in ("pending", "approved"):
        run(statement)
        settle()
        assert Return.objects.get().refund == (1000 if born == "approved" else 0)
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            run(statement)
        assert Return.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sales_return SET status = 'approved', decided_by_id = created_by_id",
        "UPDATE sales_return SET status = 'approved'",
        "UPDATE sales_return SET quantity = 2",
        "UPDATE sales_return SET reason = 'exchange'",
        "UPDATE sales_return SET refund = 1000",
        "DELETE FROM sales_return",
    ],
)
def test_c25_a_request_is_not_bent_by_psql(change, asked):
    before = books()

    with pytest.raises(Exception, match="was asked for by|Cannot|stays|violates|does not go"), transaction.atomic():
        run(change)

    assert books() == before


def test_i39_a_refund_is_the_databases_whoever_writes(koffi, yao, asked):
    run(
        f"UPDATE sales_return SET status = 'approved', decided_by_id = '{yao.user_id}', refund = 777,"
        " refund_with = 'card', business_date = '2020-01-01'"
    )
    settle()

    asked.refresh_from_db()
    assert (asked.refund, asked.refund_with, asked.business_date > date(2026, 1, 1)) == (1000, "cash", True)
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE sales_return SET status = 'restocked', restocked_by_id = decided_by_id, refund = 2000")


@pytest.mark.parametrize("quantity", [4, 999])
@pytest.mark.parametrize("table", ["sales_return", "sales_consignment"])
def test_i14_no_more_comes_back_than_was_sold_by_psql_too(table, quantity, koffi, line):
    columns = {
        "sales_return": ("reason, note, status, refunds, restocks, refund", "'expired', '', 'pending', true, false, 0"),
        "sales_consignment": ("client, phone, claimed, status, expires_at", "'A', '', 0, 'active', now()"),
    }[table]
    statement = f"INSERT INTO {table} (bar_id, key, sale_id, line_id, quantity, created_by_id, {columns[0]})"
    statement += f" SELECT bar_id, gen_random_uuid(), sale_id, id, {{}}, '{koffi.user_id}', {columns[1]}"
    statement += f" FROM sales_line WHERE id = '{line.pk}'"
    before = books()

    with pytest.raises(IntegrityError, match="is left of line"), transaction.atomic():
        run(statement.format(quantity))
    assert books() == before

    run(statement.format(3))
    settle()


@pytest.mark.parametrize("hangs", ["a request", "a return", "a consignment", "a consignment that has ended"])
def test_c25_a_sale_on_which_something_hangs_is_not_cancelled(hangs, koffi, yao, sale, line):
    if hangs.startswith("a consignment"):
        kept = factories.kept(koffi, line)
        if hangs.endswith("ended"):
            run(f"UPDATE sales_consignment SET status = 'forfeited' WHERE id = '{kept.pk}'")
    else:
        factories.returned(koffi, line, wait=hangs == "a request")
    before = books()

    with pytest.raises(IntegrityError, match="has a return or a consignment"), transaction.atomic():
        run(f"UPDATE sales_sale SET status = 'cancelled', reason = 'So', decided_by_id = '{yao.user_id}'")
    with pytest.raises(SaleIsTied):
        cancel(yao, sale.pk, reason="So")

    assert books() == before


def test_a_sale_whose_return_was_rejected_is_cancelled(koffi, yao, line, beer, coke):
    reject_return(koffi, factories.returned(koffi, line, wait=True).pk)

    assert cancel(yao, line.sale_id, reason="So").status == Sale.Status.CANCELLED
    assert shelf(beer, coke) == [(24, 0), (12, 0)]


# By the API


@pytest.fixture
def api(bar):
    def ask(member, method, path, body=None):
        client, sent = Client(headers=factories.bearer(member)), "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/bars/{bar.pk}/{path}", sent, "application/json")

    return ask


def test_a_return_by_the_api(api, awa, koffi, yao, asked):
    body = {"key": str(uuid.uuid4()), "line": str(asked.line_id), "quantity": 1, "reason": "defective"}

    made = [api(awa, "POST", "returns", body) for _ in range(2)]
    returned = made[0].json()
    forbidden = api(awa, "POST", f"returns/{returned['id']}/approve", {})
    approved = api(koffi, "POST", f"returns/{returned['id']}/approve", {})
    restocked = api(koffi, "POST", f"returns/{returned['id']}/restock")
    rejected = api(koffi, "POST", f"returns/{asked.pk}/reject")
    again = api(koffi, "POST", "returns", body | {"key": str(uuid.uuid4()), "quantity": 2})
    pages = [api(member, "GET", path) for member in (awa, koffi) for path in ("returns", "returns?status=approved")]

    assert [one.status_code for one in made] == [201, 201]
    assert [one.headers.get("Idempotent-Replayed") for one in made] == [None, "true"]
    assert (returned["status"], forbidden.status_code) == ("pending", 403)
    assert (approved.json()["status"], approved.json()["refund"], approved.json()["refund_with"]) == (
        "approved",
        1000,
        "cash",
    )
    assert (restocked.status_code, restocked.json()["code"]) == (409, "not_restockable")
    assert (rejected.json()["status"], again.json()["code"], again.json()["left"]) == ("rejected", "less_is_left", 1)
    assert [len(page.json()["returns"]) for page in pages] == [2, 1, 2, 1]
    assert ["Cursor" in page.headers for page in pages] == [False, False, True, True]
    assert api(awa, "GET", f"returns/{returned['id']}").json()["decided_by"] == "koffi"


def test_a_waiter_sees_returns_of_own_sales_only(api, awa, koffi, line, asked):
    other = factories.returned(koffi, line)

    assert [one.pk for one in page_of_returns(awa)[0]] == [asked.pk]
    assert [one.pk for one in page_of_returns(koffi)[0]] == [other.pk, asked.pk]
    assert api(awa, "GET", f"returns/{other.pk}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 1.5},
        {"quantity": "1"},
        {"quantity": True},
        {"quantity": 2**63},
        {"reason": "because"},
        {"reason": "other"},
        {"note": "a\0"},
        {"note": "a" * 201},
        {"refund": 5000},
        {"status": "approved"},
        {"refunds": True},
        {"refunds": 1, "restocks": 0},
        {"refunds": False, "restocks": False},
        {"key": ""},
        {"line": "beer"},
    ],
    ids=str,
)
def test_bad_input_is_refused_and_nothing_written(change, api, koffi, line):
    body = {"key": str(uuid.uuid4()), "line": str(line.pk), "quantity": 1, "reason": "wrong_item"} | change
    before = books()

    answer = api(koffi, "POST", "returns", body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert books() == before


@pytest.mark.parametrize("returns", [1, 3])
def test_the_list_of_returns_costs_one_statement(returns, koffi, beer, django_assert_num_queries):
    for _ in range(returns):
        factories.returned(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get())

    with django_assert_num_queries(1):
        page, _ = page_of_returns(koffi)
        [(one.line.name, one.created_by.username, one.decided_by.username) for one in page]
