import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product as pairs

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from bars.transactions import KeyReused
from config.schedule import JOBS
from realtime.errors import NotFound
from sales.models import Claim, Consignment, Sale
from sales.queries.hanging import expiring_consignments, one_consignment, page_of_consignments
from sales.services.consignments import (
    BadExpiry,
    ConsignmentEnded,
    Deposit,
    LessIsKept,
    NotPaid,
    claim,
    consign,
    expire_consignments,
    forfeit,
)
from sales.services.hanging import LessIsLeft, SaleNotValidated
from sales.services.tabs import settle_sale
from sales.tasks import expire_kept_bottles
from stock.models import Movement
from stock.services.shelf import OutOfStock
from tests import factories
from tests.books import books, shelf
from tests.races.gate import holding
from tests.races.gate import run as run_on_its_own
from tests.sales.test_tabs import cash
from tests.settling import run, settle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def line(koffi, beer):
    """Three beers at 1,000, sold of 24."""
    return factories.sale(koffi, {beer.pk: 3}).lines.get()


@pytest.fixture
def kept(koffi, line):
    """Three bottles of Ibrahim's, kept since noon."""
    return factories.kept(koffi, line, 3, at=NOON)


def hand_over(member, kept, quantity=1, *, key=None):
    return claim(member, kept.pk, key=key or uuid.uuid4(), quantity=quantity, at=NOON)


def stock_reserved_available(product):
    [(stock, reserved)] = shelf(product)
    return stock, reserved, stock - reserved


def movements(product):
    return list(Movement.objects.filter(product=product).order_by("id").values_list("cause", "quantity"))[1:]


# Stock


def test_i16_what_is_kept_is_in_stock_and_nobody_elses(koffi, beer, line):
    assert stock_reserved_available(beer) == (21, 0, 21)

    kept = factories.kept(koffi, line, 2)
    settle()

    assert (kept.status, kept.quantity, kept.claimed) == (Consignment.Status.ACTIVE, 2, 0)
    assert stock_reserved_available(beer) == (23, 2, 21)
    assert movements(beer) == [("sale", -3), ("consign", 2)]


def test_i16_what_is_claimed_leaves_stock_and_reserve(koffi, beer, kept):
    first = hand_over(koffi, kept, 2)
    assert (first.consignment.status, first.consignment.claimed) == (Consignment.Status.ACTIVE, 2)
    assert stock_reserved_available(beer) == (22, 1, 21)

    last = hand_over(koffi, kept, 1)
    settle()

    assert (last.consignment.status, last.consignment.claimed) == (Consignment.Status.CLAIMED, 3)
    assert stock_reserved_available(beer) == (21, 0, 21)
    assert movements(beer) == [("sale", -3), ("consign", 3), ("claim", -2), ("claim", -1)]


@pytest.mark.parametrize("end", ["forfeit", "expiry"])
@pytest.mark.parametrize("claimed", [0, 1])
def test_i16_what_is_let_go_is_for_sale_again(end, claimed, koffi, beer, kept):
    if claimed:
        hand_over(koffi, kept, claimed)

    if end == "forfeit":
        first, again = [forfeit(koffi, kept.pk, at=NOON) for _ in range(2)]
        assert (first.status, again.status, first.decided_by_id) == ("forfeited", "forfeited", koffi.user_id)
    else:
        assert [expire_consignments(kept.expires_at) for _ in range(2)] == [1, 0]
    settle()

    kept.refresh_from_db()
    assert kept.status == ("forfeited" if end == "forfeit" else "expired")
    assert stock_reserved_available(beer) == (24 - claimed, 0, 24 - claimed)
    factories.sale(koffi, {beer.pk: 24 - claimed})


def test_what_is_kept_is_not_sold_to_another(koffi, awa, beer, kept):
    before = books()

    for member in (koffi, awa):
        with pytest.raises(OutOfStock) as refusal:
            factories.sale(member, {beer.pk: 22})
        assert refusal.value.data["shortages"][0]["available"] == 21

    assert books() == before
    factories.sale(koffi, {beer.pk: 21})
    assert stock_reserved_available(beer) == (3, 3, 0)


def test_what_is_kept_is_not_written_off(koffi, yao, bar, beer, kept):
    """An adjustment by psql, past the service that names what is kept."""
    statement = (
        "INSERT INTO stock_adjustment (bar_id, key, product_id, quantity, reason, note, unit_cost, created_by_id)"
        f" VALUES ('{bar.pk}', gen_random_uuid(), '{beer.pk}', {{}}, 'breakage', '', 0, '{yao.user_id}')"
    )
    before = books()

    with pytest.raises(IntegrityError, match="reserved_is_between_0_and_stock"), transaction.atomic():
        run(statement.format(-22))
    assert books() == before

    run(statement.format(-21))
    assert stock_reserved_available(beer) == (3, 3, 0)
    hand_over(koffi, kept, 3)
    assert stock_reserved_available(beer) == (0, 0, 0)


# Keeping


@pytest.mark.parametrize("days", [1, 7, 90])
def test_a_bottle_is_kept_for_the_bars_usual_time(days, db):
    bar = factories.bar("Chez Yao", consignment_days=days)
    koffi, beer = factories.member(bar, "koffi", "manager"), factories.product(bar, "Beaufort")

    kept = factories.kept(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get(), at=NOON)

    assert (kept.created_at, kept.expires_at) == (NOON, NOON + timedelta(days=days))


@pytest.mark.parametrize("days", [-1, 0, 90.1])
def test_a_bottle_is_kept_into_the_future_and_ninety_days_at_most(days, koffi, line):
    before = books()

    with pytest.raises(BadExpiry):
        factories.kept(koffi, line, at=NOON, until=NOON + timedelta(days=days))

    assert books() == before
    assert factories.kept(koffi, line, at=NOON, until=NOON + timedelta(days=90)).expires_at.day == 18


def test_i14_no_more_is_kept_than_was_sold(koffi, line):
    factories.kept(koffi, line, 1)
    factories.returned(koffi, line, 1)
    before = books()

    with pytest.raises(LessIsLeft) as refusal:
        factories.kept(koffi, line, 2)

    assert (refusal.value.data, books()) == ({"left": 1}, before)


def test_a_bottle_of_a_sale_that_waits_is_not_kept(awa, koffi, beer):
    waiting = factories.sale(awa, {beer.pk: 1})
    before = books()

    with pytest.raises(SaleNotValidated):
        factories.kept(koffi, waiting.lines.get())

    assert books() == before


def test_a_bottle_is_kept_for_who_has_paid_it(koffi, beer):
    owed = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Ibrahim")
    before = books()

    with pytest.raises(NotPaid):
        factories.kept(koffi, owed.lines.get())
    with pytest.raises(IntegrityError, match="has not been paid"), transaction.atomic():
        keep_by_psql(koffi, owed.lines.get())
    assert books() == before

    settle_sale(koffi, owed.pk, cash(), at=NOON)
    assert factories.kept(koffi, owed.lines.get()).quantity == 1


def keep_by_psql(member, line, status="active", claimed=0):
    run(
        "INSERT INTO sales_consignment (bar_id, key, sale_id, line_id, client, phone, quantity, claimed, status,"
        " expires_at, created_by_id) SELECT bar_id, gen_random_uuid(), sale_id, id, 'Ibrahim', '', 1,"
        f" {claimed}, '{status}', now(), '{member.user_id}' FROM sales_line WHERE id = '{line.pk}'"
    )


def test_the_same_key_keeps_once(koffi, line):
    deposit = Deposit(key=uuid.uuid4(), line=line.pk, quantity=1, client="Ibrahim", phone="07 07", until=None)
    first = consign(koffi, deposit, at=NOON)
    before = books()

    again = consign(koffi, deposit, at=NOON + timedelta(hours=1))

    assert (first.is_replay, again.is_replay, again.consignment.pk) == (False, True, first.consignment.pk)
    assert books() == before


@pytest.mark.parametrize(
    "change",
    [{"quantity": 2}, {"client": "Adjoua"}, {"phone": "08"}, {"until": NOON + timedelta(days=3)}],
    ids=lambda change: next(iter(change)),
)
def test_a_key_that_has_kept_something_else_is_refused(change, koffi, line):
    deposit = Deposit(key=uuid.uuid4(), line=line.pk, quantity=1, client="Ibrahim")
    consign(koffi, deposit, at=NOON)
    before = books()

    with pytest.raises(KeyReused):
        consign(koffi, replace(deposit, **change), at=NOON)

    assert books() == before


# Claiming


def test_no_more_is_claimed_than_is_kept(koffi, kept):
    hand_over(koffi, kept, 2)
    before = books()

    with pytest.raises(LessIsKept) as refusal:
        hand_over(koffi, kept, 2)

    assert (refusal.value.data, books()) == ({"left": 1, "consignment_status": "active"}, before)


def test_the_same_key_claims_once(koffi, yao, kept):
    key = uuid.uuid4()
    first = hand_over(koffi, kept, 3, key=key)
    before = books()

    again = hand_over(koffi, kept, 3, key=key)
    assert (first.is_replay, again.is_replay, again.claim.pk) == (False, True, first.claim.pk)

    for member, quantity in [(koffi, 1), (yao, 3)]:
        with pytest.raises(KeyReused):
            hand_over(member, kept, quantity, key=key)
    assert books() == before


def test_a_key_claims_of_one_consignment(koffi, line, beer):
    first, second = factories.kept(koffi, line), factories.kept(koffi, line)
    key = uuid.uuid4()
    hand_over(koffi, first, key=key)
    before = books()

    with pytest.raises(KeyReused):
        hand_over(koffi, second, key=key)

    assert books() == before


def test_who_comes_late_still_gets_the_bottle_while_it_is_there(koffi, kept):
    late = kept.expires_at + timedelta(minutes=10)
    assert claim(koffi, kept.pk, key=uuid.uuid4(), quantity=1, at=late).claim.created_at == late

    expire_consignments(late)
    before = books()
    with pytest.raises(LessIsKept) as refusal:
        hand_over(koffi, kept)

    assert (refusal.value.data, books()) == ({"left": 0, "consignment_status": "expired"}, before)


@pytest.mark.parametrize("end", ["claimed", "expired"])
def test_what_has_ended_is_not_forfeited(end, koffi, kept):
    hand_over(koffi, kept, 3) if end == "claimed" else expire_consignments(kept.expires_at)
    before = books()

    with pytest.raises(ConsignmentEnded) as refusal:
        forfeit(koffi, kept.pk, at=NOON)

    assert (refusal.value.data, books()) == ({"consignment_status": end}, before)


def test_a_consignment_of_another_bar_is_nobodys(zoe, kept, line):
    before = books()

    for ask in (
        lambda: hand_over(zoe, kept),
        lambda: forfeit(zoe, kept.pk, at=NOON),
        lambda: one_consignment(zoe, kept.pk),
        lambda: factories.kept(zoe, line),
    ):
        with pytest.raises(NotFound):
            ask()

    assert (books(), page_of_consignments(zoe)) == (before, ([], None))


# Expiry


def test_only_what_is_over_expires_in_every_bar(koffi, zoe, beer, other_bar, line):
    heineken = factories.product(other_bar, "Heineken")
    theirs = factories.kept(zoe, factories.sale(zoe, {heineken.pk: 2}).lines.get(), 2, at=NOON - timedelta(days=1))
    over, later = [factories.kept(koffi, line, at=NOON + timedelta(minutes=minutes)) for minutes in (0, 1)]

    assert expire_consignments(NOON + timedelta(days=7)) == 2
    settle()

    statuses = dict(Consignment.objects.values_list("pk", "status"))
    assert statuses == {theirs.pk: "expired", over.pk: "expired", later.pk: "active"}
    assert (stock_reserved_available(beer), stock_reserved_available(heineken)) == ((23, 1, 22), (24, 0, 24))


def test_consignments_expire_every_hour(koffi, line):
    factories.kept(koffi, line, at=timezone.now() - timedelta(days=8))

    assert (expire_kept_bottles(), Consignment.objects.get().status) == (1, "expired")
    [job] = [job for job in JOBS if job.task == "sales.tasks.expire_kept_bottles"]
    assert job.hour == "*"


@pytest.mark.django_db(transaction=True)
def test_a_bar_that_can_not_be_written_does_not_keep_the_consignments_of_others(koffi, line, zoe, other_bar, caplog):
    bottle = factories.sale(zoe, {factories.product(other_bar, "Flag").pk: 1}).lines.get()
    ours, theirs = factories.kept(koffi, line, at=NOON), factories.kept(zoe, bottle, at=NOON)
    later = NOON + timedelta(days=8)

    with holding("SELECT bars_hold_books(%s)", koffi.bar_id):
        ended = run_on_its_own(lambda: expire_consignments(later), lock_timeout="100ms")

    statuses = dict(Consignment.objects.values_list("pk", "status"))
    assert (ended, statuses) == (1, {ours.pk: "active", theirs.pk: "expired"})
    assert f"consignments of bar {koffi.bar_id} wait for the next round" in caplog.text
    assert expire_consignments(later) == 1


def test_many_expire_in_few_statements(koffi, beer, line, django_assert_num_queries):
    for _ in range(3):
        factories.kept(koffi, line, at=NOON)

    with django_assert_num_queries(11):  # bars, and twice: savepoint, books, consignments, release; products, expire
        assert expire_consignments(NOON + timedelta(days=8)) == 3


# Lists


def test_consignments_are_found_by_name_phone_and_status(koffi, beer):
    line = factories.sale(koffi, {beer.pk: 3}).lines.get()
    first = factories.kept(koffi, line, client="Ibrahim", phone="07 08 09", at=NOON)
    second = factories.kept(koffi, line, client="Adjoua", at=NOON - timedelta(days=5))
    hand_over(koffi, factories.kept(koffi, line, client="Ibrahima", at=NOON))

    def found(**wanted):
        return [one.client for one in page_of_consignments(koffi, **wanted)[0]]

    assert found() == ["Ibrahima", "Adjoua", "Ibrahim"]
    assert (found(client="ibra"), found(client="08 09")) == (["Ibrahima", "Ibrahim"], ["Ibrahim"])
    assert (found(status="active"), found(status="claimed")) == (["Adjoua", "Ibrahim"], ["Ibrahima"])
    assert found(client="%") == []
    assert [one.pk for one in expiring_consignments(koffi, until=NOON + timedelta(days=7))] == [second.pk, first.pk]
    assert [one.pk for one in expiring_consignments(koffi, until=NOON + timedelta(days=3))] == [second.pk]


@pytest.mark.parametrize("kept", [1, 3])
def test_the_list_costs_one_statement(kept, koffi, beer, django_assert_num_queries):
    for _ in range(kept):
        factories.kept(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get())

    with django_assert_num_queries(1):
        page, _ = page_of_consignments(koffi)
        assert [(one.line.name, one.created_by.username) for one in page] == [("Beaufort", "koffi")] * kept


# The database


STATUSES = ["active", "claimed", "forfeited", "expired"]
WAYS = {("active", "forfeited"), ("active", "expired"), ("active", "active")}  # claims alone make it claimed


@pytest.mark.parametrize("way", list(pairs(STATUSES, STATUSES)), ids=" to ".join)
def test_i16_a_consignment_goes_the_way_of_its_life_by_psql_too(way, koffi, kept, beer):
    was, becomes = way
    if was == "claimed":
        hand_over(koffi, kept, 3)
    elif was != "active":
        run(f"UPDATE sales_consignment SET status = '{was}'")
    before, statement = books(), f"UPDATE sales_consignment SET status = '{becomes}'"
    statement += ", claimed = quantity" if becomes == "claimed" else ""

    if way in WAYS:
        run(statement)
        assert stock_reserved_available(beer) == ((24, 3, 21) if becomes == "active" else (24, 0, 24))
    else:
        with pytest.raises(DatabaseError), transaction.atomic():
            run(statement)
        assert books() == before


@pytest.mark.parametrize(("status", "claimed"), [("claimed", 1), ("forfeited", 0), ("expired", 0)])
def test_i16_a_consignment_is_born_active_and_unclaimed(status, claimed, koffi, line):
    before = books()

    with pytest.raises(IntegrityError), transaction.atomic():
        keep_by_psql(koffi, line, status, claimed)

    assert books() == before
    keep_by_psql(koffi, line)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sales_consignment SET claimed = 2",
        "UPDATE sales_consignment SET quantity = 2",
        "DELETE FROM sales_consignment",
        "UPDATE sales_claim SET quantity = 2",
        "DELETE FROM sales_claim",
        "INSERT INTO sales_claim (bar_id, key, consignment_id, quantity, created_by_id)"
        " SELECT bar_id, gen_random_uuid(), id, 3, created_by_id FROM sales_consignment",
        "INSERT INTO sales_claim (bar_id, key, consignment_id, quantity, created_by_id)"
        " SELECT bar_id, gen_random_uuid(), id, 0, created_by_id FROM sales_consignment",
    ],
)
def test_i16_bottles_are_not_conjured_by_psql(statement, koffi, kept):
    hand_over(koffi, kept)
    before = books()

    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        run(statement)

    assert books() == before


def test_i16_a_claim_by_psql_counts_like_any_other(koffi, kept, beer):
    run(
        "INSERT INTO sales_claim (bar_id, key, consignment_id, quantity, created_by_id)"
        " SELECT bar_id, gen_random_uuid(), id, 3, created_by_id FROM sales_consignment"
    )

    kept.refresh_from_db()
    assert (kept.status, kept.claimed, stock_reserved_available(beer)) == ("claimed", 3, (21, 0, 21))


# By the API


@pytest.fixture
def api(bar):
    def ask(member, method, path, body=None):
        client, sent = Client(headers=factories.bearer(member)), "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/bars/{bar.pk}/{path}", sent, "application/json")

    return ask


def test_a_consignment_by_the_api(api, awa, koffi, line):
    body = {"key": str(uuid.uuid4()), "line": str(line.pk), "quantity": 2, "client": " Ibrahim ", "phone": "07 08"}
    claiming = {"key": str(uuid.uuid4()), "quantity": 1}

    forbidden = api(awa, "POST", "consignments", body)
    made = [api(koffi, "POST", "consignments", body) for _ in range(2)]
    kept = made[0].json()
    claimed = [api(koffi, "POST", f"consignments/{kept['id']}/claims", claiming) for _ in range(2)]
    too_much = api(koffi, "POST", f"consignments/{kept['id']}/claims", {"key": str(uuid.uuid4()), "quantity": 2})
    shown = api(koffi, "GET", f"consignments/{kept['id']}").json()
    listed, soon = api(koffi, "GET", "consignments?client=ibra"), api(koffi, "GET", "consignments/expiring?days=8")
    ended = api(koffi, "POST", f"consignments/{kept['id']}/forfeit")

    assert forbidden.status_code == 403
    assert [one.status_code for one in made + claimed] == [201] * 4
    assert [one.headers.get("Idempotent-Replayed") for one in made + claimed] == [None, "true"] * 2
    assert (kept["client"], kept["quantity"], kept["status"]) == ("Ibrahim", 2, "active")
    assert (claimed[0].json()["consignment"]["claimed"], claimed[0].json()["claim"]["quantity"]) == (1, 1)
    assert (too_much.status_code, too_much.json()["code"], too_much.json()["left"]) == (409, "less_is_kept", 1)
    assert (shown["name"], [one["handed_over_by"] for one in shown["claims"]]) == ("Beaufort", ["koffi"])
    assert [[one["id"] for one in page.json()["consignments"]] for page in (listed, soon)] == [[kept["id"]]] * 2
    assert (listed.headers["Cursor"][-1].isdigit(), ended.json()["status"]) == (True, "forfeited")


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 0},
        {"quantity": "1"},
        {"quantity": 1000},
        {"client": ""},
        {"client": " "},
        {"client": "a\0"},
        {"client": "a" * 81},
        {"phone": "1" * 31},
        {"until": "2026-11-20T12:00:00"},
        {"until": "0000-00-00T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"until": "2020-01-01T00:00:00Z"},
        {"claimed": 1},
        {"status": "claimed"},
    ],
    ids=str,
)
def test_bad_input_is_refused_and_nothing_written(change, api, koffi, line):
    body = {"key": str(uuid.uuid4()), "line": str(line.pk), "quantity": 1, "client": "Ibrahim"} | change
    before = books()

    answer = api(koffi, "POST", "consignments", body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert books() == before


def test_every_step_is_announced(koffi, kept):
    hand_over(koffi, kept)
    forfeit(koffi, kept.pk, at=NOON)
    settle()

    with connection.cursor() as cursor:
        cursor.execute("SELECT data ->> 'status' FROM realtime_event WHERE type = 'consignment.changed' ORDER BY seq")
        assert cursor.fetchall() == [("active",), ("active",), ("forfeited",)]
    assert Claim.objects.count() == 1
