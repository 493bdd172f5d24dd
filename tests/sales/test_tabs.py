import json
import uuid
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product as pairs

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from bars.grants import ROLE
from bars.transactions import KeyReused
from realtime.errors import NotFound
from sales.models import Return, Sale, Settlement, Tab
from sales.queries.owed import open_by_seller, page_of_credits, page_of_debtors, page_of_tabs
from sales.services.consignments import claim, forfeit
from sales.services.deciding import reject, validate
from sales.services.returns import approve_return, restock_return
from sales.services.selling import TabNotOpen, sell
from sales.services.tabs import (
    AnotherAmount,
    NotOwed,
    OnOpenTab,
    Payment,
    TabNotDecided,
    open_tab,
    rename_tab,
    settle_sale,
    settle_tab,
)
from tests import factories
from tests.books import books, shelf
from tests.settling import run, settle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def cash(**fields):
    return Payment(**({"key": uuid.uuid4(), "payment": Settlement.Payment.CASH} | fields))


@pytest.fixture
def table(koffi):
    """A tab with nothing on it."""
    return factories.tab(koffi, "Table 4")


@pytest.fixture
def full(table, koffi, beer, coke):
    """A tab with two validated sales: 3,500 together."""
    factories.sale_on(table, koffi, {beer.pk: 2, coke.pk: 1})
    factories.sale_on(table, koffi, {beer.pk: 1})
    return table


def paid(tab):
    """How the sales on a tab stand, the oldest first."""
    return list(tab.sales.order_by("id").values_list("status", "paid_with", "paid_on", "settlement_id"))


# Opening


def test_tabs_are_numbered_by_business_date(koffi, bar):
    late = NOON.replace(day=21, hour=3)  # before the closing hour: still the 20th

    tabs = [factories.tab(koffi, name, at=at) for name, at in [("A", NOON), ("B", late), ("C", late.replace(hour=7))]]

    assert [(tab.number, tab.business_date) for tab in tabs] == [
        (1, date(2026, 11, 20)),
        (2, date(2026, 11, 20)),
        (1, date(2026, 11, 21)),
    ]


def test_the_same_key_opens_one_tab_also_after_it_was_renamed(koffi):
    key = uuid.uuid4()
    first = open_tab(koffi, key=key, name="Table 4", at=NOON)
    rename_tab(koffi, first.tab.pk, name="Ibrahim")
    before = books()

    again = open_tab(koffi, key=key, name="Table 4", at=NOON + timedelta(days=2))

    assert (again.tab.pk, again.tab.name, first.is_replay, again.is_replay) == (first.tab.pk, "Ibrahim", False, True)
    assert books() == before


@pytest.mark.parametrize(("who", "name"), [("koffi", "Table 5"), ("awa", "Table 4")])
def test_a_key_that_has_opened_another_tab_is_refused(who, name, koffi, request):
    key = uuid.uuid4()
    open_tab(koffi, key=key, name="Table 4", at=NOON)
    member, before = request.getfixturevalue(who), books()

    with pytest.raises(KeyReused):
        open_tab(member, key=key, name=name, at=NOON)

    assert books() == before


def test_a_settled_tab_keeps_its_name(koffi, table):
    settle_tab(koffi, table.pk, cash(), at=NOON)
    before = books()

    with pytest.raises(TabNotOpen):
        rename_tab(koffi, table.pk, name="Ibrahim")

    assert (rename_tab(koffi, table.pk, name="Table 4").pk, books()) == (table.pk, before)


# Settling


def test_i38_all_of_a_tab_is_paid_at_once(koffi, full):
    payment = cash(payment=Settlement.Payment.MOBILE_MONEY, reference="MP-77")

    settlement = settle_tab(koffi, full.pk, payment, at=NOON).settlement
    settle()

    today = date(2026, 11, 20)
    assert (settlement.amount, settlement.payment, settlement.reference) == (3500, "mobile_money", "MP-77")
    assert (settlement.tab_id, settlement.business_date, settlement.created_by_id) == (full.pk, today, koffi.user_id)
    assert paid(full) == [("validated", "mobile_money", today, settlement.pk)] * 2
    full.refresh_from_db()
    assert (full.status, full.settled_at) == (Tab.Status.SETTLED, NOON)


def test_settling_twice_with_one_key_pays_once(koffi, full):
    payment = cash()
    first = settle_tab(koffi, full.pk, payment, at=NOON)
    before = books()

    again = settle_tab(koffi, full.pk, payment, at=NOON + timedelta(hours=1))

    assert (first.is_replay, again.is_replay, again.settlement.pk) == (False, True, first.settlement.pk)
    assert books() == before


def test_another_key_finds_the_tab_settled(koffi, awa, full):
    settle_tab(koffi, full.pk, cash(), at=NOON)
    before = books()

    for member in (koffi, awa):
        with pytest.raises(TabNotOpen):
            settle_tab(member, full.pk, cash(), at=NOON)

    assert books() == before


@pytest.mark.parametrize("other", ["payment", "reference", "person", "tab", "one sale"])
def test_a_key_that_has_settled_something_else_is_refused(other, koffi, awa, full, beer):
    payment = cash(payment=Settlement.Payment.MOBILE_MONEY, reference="MP-77")
    settle_tab(koffi, full.pk, payment, at=NOON)
    owed = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Ibrahim")
    table_5, before = factories.tab(koffi, "Table 5"), books()

    asked = {
        "payment": lambda: settle_tab(koffi, full.pk, replace(payment, payment=Settlement.Payment.CARD), at=NOON),
        "reference": lambda: settle_tab(koffi, full.pk, replace(payment, reference="MP-78"), at=NOON),
        "person": lambda: settle_tab(awa, full.pk, payment, at=NOON),
        "tab": lambda: settle_tab(koffi, table_5.pk, payment, at=NOON),
        "one sale": lambda: settle_sale(koffi, owed.pk, payment, at=NOON),
    }

    with pytest.raises(KeyReused):
        asked[other]()

    assert books() == before


def test_an_empty_tab_is_closed_with_nothing(koffi, table):
    settlement = settle_tab(koffi, table.pk, cash(), at=NOON).settlement
    settle()

    assert (settlement.amount, Tab.objects.get().status) == (0, "settled")


def test_i38_a_tab_with_undecided_sales_names_them_and_is_not_settled(koffi, awa, full, beer):
    pending = factories.sale_on(full, awa, {beer.pk: 1})
    before = books()

    with pytest.raises(TabNotDecided) as refusal:
        settle_tab(awa, full.pk, cash(), at=NOON)
    assert refusal.value.data == {"sales": [{"sale": str(pending.pk), "status": "pending"}]}
    assert books() == before

    validate(koffi, pending.pk)
    assert settle_tab(awa, full.pk, cash(), at=NOON).settlement.amount == 4500


def test_what_was_rejected_is_not_paid(koffi, awa, full, beer):
    pending = factories.sale_on(full, awa, {beer.pk: 1})
    reject(koffi, pending.pk, reason="Not served")

    settlement = settle_tab(koffi, full.pk, cash(), at=NOON).settlement
    settle()

    assert settlement.amount == 3500
    assert paid(full)[-1] == ("rejected", None, None, None)


def test_i38_what_came_back_of_a_tab_is_not_paid(koffi, full, beer):
    sale = full.sales.order_by("id").first()
    returned = factories.returned(koffi, sale.lines.get(product=beer))
    factories.returned(koffi, sale.lines.get(product=beer), reason=Return.Reason.UNCONSUMED)

    settlement = settle_tab(koffi, full.pk, cash(due=2500), at=NOON).settlement
    settle()

    assert (returned.refund, returned.refund_with, settlement.amount) == (1000, "tab", 2500)


def test_what_comes_back_after_settling_is_given_back_as_it_was_paid(koffi, awa, full, beer):
    line = full.sales.order_by("id").first().lines.get(product=beer)
    waiting = factories.returned(koffi, line, wait=True)
    settlement = settle_tab(koffi, full.pk, cash(payment=Settlement.Payment.CARD), at=NOON).settlement
    ama = factories.member(koffi.bar, "ama", "manager")

    given = approve_return(ama, waiting.pk)
    settle()

    assert (settlement.amount, given.refund, given.refund_with) == (3500, 1000, "card")


def test_an_amount_that_has_changed_since_the_client_was_told_is_refused(koffi, full):
    before = books()

    with pytest.raises(AnotherAmount) as refusal:
        settle_tab(koffi, full.pk, cash(due=2500), at=NOON)

    assert (refusal.value.data, books()) == ({"due": 3500}, before)
    assert settle_tab(koffi, full.pk, cash(due=3500), at=NOON).settlement.amount == 3500


def test_nothing_is_sold_on_a_settled_tab(koffi, full, beer):
    settle_tab(koffi, full.pk, cash(), at=NOON)
    before = books()

    with pytest.raises(TabNotOpen):
        factories.sale_on(full, koffi, {beer.pk: 1})

    assert books() == before


def test_a_tab_of_another_bar_is_nobodys(zoe, full):
    before = books()

    for ask in (
        lambda: settle_tab(zoe, full.pk, cash(), at=NOON),
        lambda: rename_tab(zoe, full.pk, name="Mine"),
        lambda: settle_sale(zoe, full.sales.first().pk, cash(), at=NOON),
    ):
        with pytest.raises(NotFound):
            ask()

    assert books() == before


@pytest.mark.parametrize("sales", [1, 3, 20])
def test_settling_costs_the_same_statements_whatever_is_on_the_tab(
    sales, koffi, table, beer, django_assert_num_queries
):
    for _ in range(sales):
        factories.sale_on(table, koffi, {beer.pk: 1})

    with django_assert_num_queries(9):  # savepoint and its release are two of them
        settle_tab(koffi, table.pk, cash(), at=NOON)


# Credit


@pytest.fixture
def owed(koffi, beer):
    return factories.sale(koffi, {beer.pk: 2}, payment=Sale.Payment.CREDIT, client="Ibrahim")


def test_a_sale_on_credit_is_paid_later(koffi, owed):
    payment = cash(due=2000)

    first, again = [settle_sale(koffi, owed.pk, payment, at=NOON) for _ in range(2)]
    settle()

    owed.refresh_from_db()
    assert (first.is_replay, again.is_replay, again.settlement.pk) == (False, True, first.settlement.pk)
    assert (first.settlement.amount, first.settlement.tab_id) == (2000, None)
    assert (owed.paid_with, owed.paid_on, owed.settlement_id) == ("cash", date(2026, 11, 20), first.settlement.pk)


def test_what_came_back_of_a_credit_is_not_owed(koffi, owed):
    factories.returned(koffi, owed.lines.get())
    [listed], _ = page_of_credits(koffi)

    assert (listed.total, listed.refunded) == (2000, 1000)
    assert settle_sale(koffi, owed.pk, cash(), at=NOON).settlement.amount == 1000


@pytest.mark.parametrize("kind", ["paid in cash", "settled", "pending"])
def test_what_is_not_owed_is_not_paid_again(kind, koffi, awa, beer, owed):
    if kind == "settled":
        settle_sale(koffi, owed.pk, cash(), at=NOON)
    sale = {
        "paid in cash": lambda: factories.sale(koffi, {beer.pk: 1}),
        "settled": lambda: owed,
        "pending": lambda: factories.sale(awa, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Adjoua"),
    }[kind]()
    before = books()

    with pytest.raises(NotOwed):
        settle_sale(koffi, sale.pk, cash(), at=NOON)

    assert books() == before


def test_a_sale_on_an_open_tab_is_paid_with_the_tab(koffi, full):
    before = books()

    with pytest.raises(OnOpenTab):
        settle_sale(koffi, full.sales.first().pk, cash(), at=NOON)

    assert (books(), page_of_credits(koffi)) == (before, ([], None))


def test_a_sale_that_a_phone_kept_until_its_tab_was_settled_is_owed(koffi, full, beer):
    settle_tab(koffi, full.pk, cash(), at=timezone.now())
    late = factories.basket({beer.pk: 1}, payment=Sale.Payment.TAB, tab=full.pk, sold_at=timezone.now())
    sale = sell(koffi, late, at=timezone.now()).sale
    assert (sale.status, sale.review) == (Sale.Status.NEEDS_REVIEW, {"tab": "settled"})
    assert page_of_credits(koffi)[0] == []

    validate(koffi, sale.pk)
    [listed], _ = page_of_credits(koffi, client="table")
    clients, _ = page_of_debtors(koffi)
    settlement = settle_sale(koffi, sale.pk, cash(), at=NOON).settlement
    settle()

    assert (listed.pk, [(one["client"], one["due"]) for one in clients]) == (sale.pk, [("Table 4", 1000)])
    assert (settlement.amount, settlement.tab_id, page_of_credits(koffi)[0]) == (1000, None, [])


def test_debtors_are_told_by_name(koffi, beer, owed, zoe, other_bar):
    for client, count in [("Ibrahim", 1), ("Adjoua", 3)]:
        factories.sale(koffi, {beer.pk: count}, payment=Sale.Payment.CREDIT, client=client)
    heineken = factories.product(other_bar, "Heineken")
    factories.sale(zoe, {heineken.pk: 1}, payment=Sale.Payment.CREDIT, client="Canari")

    clients, following = page_of_debtors(koffi)

    assert [(one["client"], one["sales"], one["due"]) for one in clients] == [("Adjoua", 1, 3000), ("Ibrahim", 2, 3000)]
    assert following == ""
    assert [one["client"] for one in page_of_debtors(koffi, after="Adjoua")[0]] == ["Ibrahim"]
    assert [sale.client for sale in page_of_credits(koffi, client="adj")[0]] == ["Adjoua"]


# Faire le point


def test_each_seller_answers_for_what_is_open(koffi, awa, full, beer):
    factories.sale_on(full, awa, {beer.pk: 2})
    factories.tab(awa, "Terrasse")
    settle_tab(koffi, factories.tab(koffi, "Bar").pk, cash(), at=NOON)

    mine, all_of_them = open_by_seller(awa), open_by_seller(koffi)

    told = [(one["name"], one["open_tabs"], one["due"], one["undecided"]) for one in all_of_them]
    assert told == [("awa", 2, 0, 2000), ("koffi", 1, 3500, 0)]
    assert [(tab["name"], tab["undecided"]) for tab in mine[0]["tabs"]] == [("Table 4", 2000), ("Terrasse", 0)]
    assert mine == all_of_them[:1]


def test_open_tabs_are_found_at_any_age_and_by_pages(koffi, table, beer):
    old = [factories.tab(koffi, f"Old {number}", at=NOON - timedelta(days=400)) for number in range(51)]
    settle_tab(koffi, old[0].pk, cash(), at=NOON)

    first, following = page_of_tabs(koffi, status=Tab.Status.OPEN)
    second, end = page_of_tabs(koffi, status=Tab.Status.OPEN, before=following)
    settled, _ = page_of_tabs(koffi, status=Tab.Status.SETTLED, on=date(2025, 10, 16))

    assert [tab.pk for tab in first + second] == [tab.pk for tab in reversed(old[1:])] + [table.pk]
    assert (len(first), end, [tab.pk for tab in settled]) == (50, None, [old[0].pk])


# The database


STATUSES = ["open", "settled"]


@pytest.mark.parametrize(("was", "becomes"), list(pairs(STATUSES, STATUSES)))
def test_a_tab_goes_one_way_by_psql_too(was, becomes, koffi, full):
    if was == "settled":
        settle_tab(koffi, full.pk, cash(), at=NOON)
    settled_at = "now()" if becomes == "settled" else "NULL"
    is_allowed = (was, becomes) == ("open", "open")  # nothing changes; to be settled it has to be paid

    with nullcontext() if is_allowed else pytest.raises((IntegrityError, ProgrammingError)):
        run(f"UPDATE sales_tab SET status = '{becomes}', settled_at = {settled_at}")


def commit(*statements):
    run(*statements)
    settle()


PAY = "INSERT INTO sales_settlement (bar_id, key, tab_id, payment, reference, amount, created_by_id) SELECT tab.bar_id,"
PAY += " gen_random_uuid(), {tab}, 'cash', '', {amount}, tab.opened_by_id FROM sales_tab AS tab"
TAKE = "UPDATE sales_sale SET settlement_id = s.id, paid_with = s.payment, paid_on = s.business_date FROM"
TAKE += " sales_settlement AS s"
CLOSE = "UPDATE sales_tab SET status = 'settled', settled_at = now()"


@pytest.mark.parametrize(
    "statements",
    [
        [PAY.format(tab="tab.id", amount=3501), TAKE, CLOSE],
        [PAY.format(tab="tab.id", amount=0)],
        [PAY.format(tab="tab.id", amount=3500), TAKE],
        [PAY.format(tab="NULL", amount=3500), TAKE],
        [PAY.format(tab="tab.id", amount=3500), CLOSE],
        [PAY.format(tab="tab.id", amount=2500), TAKE + " WHERE sales_sale.total = 2500", CLOSE],
        [PAY.format(tab="tab.id", amount=3500), TAKE.replace("s.payment,", "'card',"), CLOSE],
        [PAY.format(tab="tab.id", amount=3500), TAKE.replace("s.business_date", "s.business_date - 1"), CLOSE],
    ],
    ids=[
        "too much",
        "nothing",
        "an open tab",
        "two sales without a tab",
        "nobody paid",
        "half of it",
        "another payment",
        "another day",
    ],
)
def test_i38_a_settlement_that_does_not_add_up_is_refused_by_psql_too(statements, full):
    with pytest.raises(IntegrityError), transaction.atomic():
        commit(*statements)

    assert Settlement.objects.count() == 0


def test_a_settlement_that_adds_up_is_taken_from_psql(full):
    commit(PAY.format(tab="tab.id", amount=3500), TAKE, CLOSE)

    assert Settlement.objects.get().amount == 3500


def test_i38_no_sale_is_added_to_a_settlement(koffi, full, owed):
    settle_tab(koffi, full.pk, cash(), at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        commit(TAKE + " WHERE sales_sale.settlement_id IS NULL")

    owed.refresh_from_db()
    assert owed.settlement_id is None


# By the API


@pytest.fixture
def api(bar):
    def ask(member, method, path, body=None):
        client, sent = Client(headers=factories.bearer(member)), "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/bars/{bar.pk}/{path}", sent, "application/json")

    return ask


def test_a_tab_by_the_api(api, awa, koffi, bar, beer):
    key, paying = str(uuid.uuid4()), str(uuid.uuid4())
    opened = [api(awa, "POST", "tabs", {"key": key, "name": "  Table  4 "}) for _ in range(2)]
    tab = opened[0].json()
    sale = factories.sale_on(Tab.objects.get(), koffi, {beer.pk: 1})
    listed = api(awa, "GET", "tabs?status=open").json()
    mine, theirs = [api(member, "GET", f"tabs/{tab['id']}").json() for member in (awa, koffi)]
    renamed = api(awa, "PATCH", f"tabs/{tab['id']}", {"name": "Ibrahim"}).json()
    settled = [
        api(awa, "POST", f"tabs/{tab['id']}/settle", {"key": paying, "payment": "cash", "due": 1000}) for _ in range(2)
    ]
    other = api(awa, "POST", f"tabs/{tab['id']}/settle", {"key": str(uuid.uuid4())})
    after = api(koffi, "GET", f"tabs/{tab['id']}").json()

    assert [one.status_code for one in opened + settled] == [201] * 4
    assert [one.headers.get("Idempotent-Replayed") for one in opened + settled] == [None, "true"] * 2
    assert (tab["name"], tab["number"], tab["status"], renamed["name"]) == ("Table 4", 1, "open", "Ibrahim")
    assert [(one["due"], one["undecided"]) for one in listed["tabs"]] == [(1000, 0)]
    assert (mine["due"], mine["sales"], mine["settlement"]) == (1000, [], None)  # to be paid, and not hers to read
    assert [(one["id"], one["lines"][0]["name"]) for one in theirs["sales"]] == [(str(sale.pk), "Beaufort")]
    assert settled[0].json()["amount"] == 1000
    assert (other.status_code, other.json()["code"]) == (409, "tab_not_open")
    assert (after["due"], after["settlement"]["amount"], after["sales"][0]["paid_with"]) == (0, 1000, "cash")


def test_credits_by_the_api(api, awa, koffi, owed):
    listed, clients = api(koffi, "GET", "credits?client=ibra"), api(koffi, "GET", "credits/by-client")
    settled = api(koffi, "POST", f"credits/{owed.pk}/settle", {"key": str(uuid.uuid4()), "payment": "card"})

    assert [(one["id"], one["due"]) for one in listed.json()["sales"]] == [(str(owed.pk), 2000)]
    assert listed.headers["Cursor"]
    assert [(one["client"], one["due"]) for one in clients.json()["clients"]] == [("Ibrahim", 2000)]
    assert (settled.status_code, settled.json()["amount"]) == (201, 2000)
    assert api(awa, "GET", "credits").status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        ("POST", "tabs", {"key": str(uuid.uuid4()), "name": " "}),
        ("POST", "tabs", {"key": str(uuid.uuid4()), "name": "a" * 81}),
        ("POST", "tabs", {"key": str(uuid.uuid4()), "name": "a\0"}),
        ("POST", "tabs", {"key": str(uuid.uuid4()), "name": "a", "number": 7}),
        ("POST", "tabs", {"name": "a"}),
        ("GET", "tabs?status=closed", None),
        ("GET", "tabs?owner__password=a", None),
        ("GET", "tabs?before=7", None),
        ("GET", "tabs?on=0000-00-00", None),
        ("PATCH", "tabs/{tab}", {"name": 7}),
        ("POST", "tabs/{tab}/settle", {"key": str(uuid.uuid4()), "payment": "tab"}),
        ("POST", "tabs/{tab}/settle", {"key": str(uuid.uuid4()), "due": "3500"}),
        ("POST", "tabs/{tab}/settle", {"key": str(uuid.uuid4()), "due": -1}),
        ("POST", "tabs/{tab}/settle", {"key": str(uuid.uuid4()), "amount": 1}),
        ("POST", "tabs/{tab}/settle", {"key": str(uuid.uuid4()), "reference": "MP-77"}),
        ("GET", "credits?client=%00", None),
    ],
)
def test_bad_input_is_refused_and_nothing_written(asked, api, koffi, full):
    before = books()

    method, path, body = asked
    answer = api(koffi, method, path.format(tab=full.pk), body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert books() == before


@pytest.mark.parametrize("tabs", [1, 3])
def test_the_list_of_tabs_costs_the_same(tabs, koffi, beer, django_assert_num_queries):
    for number in range(tabs):
        factories.sale_on(factories.tab(koffi, f"Table {number}"), koffi, {beer.pk: 1})

    with django_assert_num_queries(2):
        page, _ = page_of_tabs(koffi)

    with django_assert_num_queries(1):
        open_by_seller(koffi)
    assert [tab.sums.due for tab in page] == [1000] * tabs


def test_a_tab_that_is_opened_renamed_and_settled_is_announced(koffi):
    tab = factories.tab(koffi)
    rename_tab(koffi, tab.pk, name="Ibrahim")
    settle_tab(koffi, tab.pk, cash(), at=NOON)
    settle()

    with connection.cursor() as cursor:
        cursor.execute("SELECT data ->> 'status' FROM realtime_event WHERE type = 'tab.changed' ORDER BY seq")
        assert cursor.fetchall() == [("open",), ("open",), ("settled",)]


def test_the_application_may_do_all_of_this_and_not_more(koffi, yao, beer):
    """As the database role of the web processes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        tab = factories.tab(koffi)
        line = factories.sale_on(tab, koffi, {beer.pk: 4}).lines.get()
        returned = approve_return(yao, factories.returned(koffi, line, wait=True).pk)
        restock_return(koffi, returned.pk)
        settled = settle_tab(koffi, tab.pk, cash(), at=NOON).settlement
        kept = factories.kept(koffi, line, 3)
        claim(koffi, kept.pk, key=uuid.uuid4(), quantity=1, at=NOON)
        forfeit(koffi, kept.pk, at=NOON)
        settle()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE sales_settlement SET amount = 0")
        cursor.execute("RESET ROLE")

    assert (settled.amount, shelf(beer)) == (3000, [(23, 0)])
