"""The close of a day (Z): its figures, its drawer, and what comes after it."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from bars.invariants import all_invariants, check
from sales.basket import Basket
from sales.models import Addendum, DayClose, Expense, Return, Sale, Settlement, Tab
from sales.queries import closings
from sales.services import closing
from sales.services.closing import AlreadyClosed, Count, DayToCome, LaterDayClosed, PendingSales
from sales.services.expenses import Spending, spend, void
from sales.services.selling import sell
from stock.models import Supply
from tests import emptying, factories
from tests.books import books

# The business date runs on while the tests do; these are well past.
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in (17, 18, 19, 20))


def on(day, hour=20):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def close(member, day=WEDNESDAY, counted=0, left=0, **fields):
    made = closing.close(member, Count(day, counted, left, **fields)).close
    made.refresh_from_db()
    return made


def decide(sale, member, status):
    Sale.objects.filter(pk=sale.pk).update(status=status, decided_by=member.user, reason="so it is")


def ours(member):
    return {"bar": member.bar, "key": uuid.uuid4(), "created_by": member.user}


def late_sale(member, product, count=1, *, at=None):
    return factories.sale(member, {product.pk: count}, at=at or on(WEDNESDAY, 21))


def take_back(member, sale):
    line = sale.lines.get()
    return Return.objects.create(
        **ours(member), sale=sale, line=line, quantity=1, reason="defective", status="approved", refunds=True,
        restocks=False, decided_by=member.user,
    )  # fmt: skip


def open_tab(member, product, count=4):
    """A tab with a sale of Tuesday on it."""
    tab = Tab.objects.create(bar=member.bar, key=uuid.uuid4(), name="Table 4", opened_by=member.user)
    basket = Basket(key=uuid.uuid4(), payment=Sale.Payment.TAB, quantities={product.pk: count}, tab=tab.pk)
    sell(member, basket, at=on(TUESDAY))
    return tab


def settle_tab(member, tab, *, at=None):
    sale = tab.sales.get()
    paid = Settlement.objects.create(
        **ours(member), tab=tab, payment="cash", amount=sale.total, created_at=at or timezone.now()
    )
    paid.refresh_from_db()
    Sale.objects.filter(pk=sale.pk).update(settlement=paid, paid_with="cash", paid_on=paid.business_date)
    Tab.objects.filter(pk=tab.pk).update(status="settled", settled_at=timezone.now())


def receive(member, product, lots=1, *, payment="cash", at=None, **fields):
    return Supply.objects.create(
        **ours(member), product=product, lots=lots, lot_size=12, lot_price=6000, payment=payment,
        created_at=at or timezone.now(), **fields,
    )  # fmt: skip


def pay(member, amount, payment="cash", at=None):
    return spend(member, Spending(uuid.uuid4(), "transport", amount, payment), at=at or timezone.now()).expense


def today_of(bar):
    return date.fromisoformat(closings.preview(bar, TUESDAY)["today"])


def cash_of(made):
    return {
        name: getattr(made, name)
        for name in ("opening_cash", "carried_cash", "cash_in", "cash_out", "expected_cash", "difference")
    }


def addenda(made=None):
    rows = made.addenda if made else Addendum.objects
    return list(rows.order_by("created_at", "id").values_list("kind", "revenue", "cash", "is_carried"))


def closes():
    return sorted(DayClose.objects.values_list("business_date", "number", "counted_cash", "reopened_at"))


def broken_by(refusal):
    return refusal.value.__cause__.diag.constraint_name


def figures(made):
    """All that a close has said: equal before and after, nothing has changed it."""
    return DayClose.objects.values().get(pk=made.pk)


@pytest.fixture(autouse=True)
def the_books_are_true(db):
    """After each test its invariants are asked; what they say of broken books is another test's."""
    yield
    found = [(one.sentence, check(one).rows) for one in all_invariants() if one.id in ("I19", "I21", "I22")]
    assert [one for one in found if one[1]] == []


@pytest.fixture
def desk(koffi):
    """Koffi's client, by bearer token."""
    client = Client(headers=factories.bearer(koffi))
    client.address = f"/api/v1/bars/{koffi.bar_id}/closes"
    return client


def post(client, address, sent):
    return client.post(address, sent, content_type="application/json")


def body(**fields):
    return {"business_date": str(WEDNESDAY), "counted_cash": 1000, "left_cash": 0} | fields


# What it says


def test_i22_a_close_counts_what_the_day_has_brought(koffi, yao, beer, coke):
    factories.sale(koffi, {beer.pk: 3}, at=on(WEDNESDAY))
    factories.sale(koffi, {coke.pk: 2}, at=on(WEDNESDAY), payment=Sale.Payment.MOBILE_MONEY)
    factories.sale(koffi, {coke.pk: 1}, at=on(WEDNESDAY), payment=Sale.Payment.CARD)
    decide(factories.sale(koffi, {beer.pk: 5}, at=on(WEDNESDAY)), yao, "cancelled")
    factories.sale(koffi, {beer.pk: 1}, at=on(TUESDAY))
    factories.sale(koffi, {beer.pk: 1}, at=on(THURSDAY))
    pay(yao, 700, at=on(WEDNESDAY))
    pay(yao, 300, "card", at=on(WEDNESDAY))
    receive(yao, coke, at=on(WEDNESDAY))
    receive(yao, coke, payment="credit", at=on(WEDNESDAY))

    made = close(koffi, counted=10_000, left=2000, opening_cash=15_000)

    assert {name: value for name, value in figures(made).items() if not name.endswith(("id", "_at", "by_id"))} == {
        "business_date": WEDNESDAY,
        "since": WEDNESDAY,
        "number": 1,
        "currency": "XOF",
        "sales": 3,
        "gross": 4500,
        "discounts": 0,
        "refunds": 0,
        "net": 4500,
        "by_payment": {"cash": 3000, "mobile_money": 1000, "card": 500},
        "collected": {},
        "opening_cash": 15_000,
        "carried_cash": 0,
        "cash_in": 3000,
        "cash_out": 6700,
        "expected_cash": 11_300,
        "counted_cash": 10_000,
        "left_cash": 2000,
        "difference": -1300,
        "perpetual_total": 9500,
        "undecided": [],
        "note": "",
        "reopen_reason": "",
    }
    assert (made.bar_id, made.closed_by_id, made.reopened_at) == (koffi.bar_id, koffi.user_id, None)


def test_refunds_and_collections_are_of_the_day_they_are_made(koffi, yao, beer, bar):
    sale = factories.sale(koffi, {beer.pk: 2}, at=on(WEDNESDAY))
    take_back(yao, sale)
    settle_tab(koffi, open_tab(koffi, beer), at=on(WEDNESDAY))
    today = today_of(bar)

    wednesday = close(koffi, WEDNESDAY, counted=6000)
    made = close(koffi, today)

    assert (wednesday.refunds, wednesday.net, wednesday.collected) == (0, 2000, {"cash": 4000})
    assert (wednesday.cash_in, wednesday.difference) == (6000, 0)
    assert (made.gross, made.refunds, made.net, made.cash_out) == (0, 1000, -1000, 1000)


def test_the_refund_of_a_sale_on_a_tab_takes_no_cash(koffi, yao, beer, bar):
    take_back(yao, open_tab(koffi, beer).sales.get())

    made = close(koffi, today_of(bar))

    assert (made.refunds, made.cash_out, made.expected_cash) == (1000, 0, 0)
    assert closings.preview(bar, today_of(bar))["open_tabs"] == {"tabs": 1, "owed": 3000}


def test_what_is_undecided_is_listed_with_its_amount(awa, koffi, yao, beer):
    expired = factories.sale(awa, {beer.pk: 2}, at=on(WEDNESDAY))
    Sale.objects.filter(pk=expired.pk).update(status="expired")

    made = close(koffi)

    assert made.undecided == [{"sale": str(expired.pk), "status": "expired", "total": 2000}]
    assert made.gross == 0


@pytest.mark.parametrize(
    ("zone", "hour", "closing_hour", "day"),
    [
        ("Africa/Abidjan", 5, 6, TUESDAY),
        ("Africa/Abidjan", 6, 6, WEDNESDAY),
        ("Africa/Lagos", 4, 6, TUESDAY),
        ("Africa/Lagos", 5, 6, WEDNESDAY),
        ("Africa/Lagos", 22, 0, WEDNESDAY),
        ("Africa/Lagos", 23, 0, THURSDAY),
        ("Africa/Abidjan", 0, 0, WEDNESDAY),
        ("America/New_York", 9, 4, WEDNESDAY),
        ("America/New_York", 8, 4, TUESDAY),
    ],
)
def test_i19_a_sale_is_in_the_close_of_its_business_date(zone, hour, closing_hour, day, db):
    bar = factories.bar(time_zone=zone, closing_hour=closing_hour)
    koffi, beer = factories.member(bar, "koffi", "manager"), factories.product(bar, "Beaufort")
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY, hour))

    sold = {one: closings.preview(bar, one)["sales"] for one in (TUESDAY, WEDNESDAY, THURSDAY)}

    assert sold == {one: int(one == day) for one in (TUESDAY, WEDNESDAY, THURSDAY)}


@pytest.mark.parametrize(("hour", "day"), [(7, date(2026, 10, 31)), (8, date(2026, 10, 31)), (9, date(2026, 11, 1))])
def test_i19_f27_the_day_turns_at_the_closing_hour_on_the_night_the_clocks_change(hour, day, db):
    """In New York 1 November 2026 has two hours from one to two; four o'clock is nine in UTC."""
    bar = factories.bar(time_zone="America/New_York", closing_hour=4)
    ann, ipa = factories.member(bar, "ann", "owner"), factories.product(bar, "IPA")
    factories.sale(ann, {ipa.pk: 1}, at=datetime(2026, 11, 1, hour, tzinfo=UTC))

    made = close(ann, day)

    assert made.sales == 1


# What stands in its way


def test_a_day_with_pending_sales_is_not_closed(awa, koffi, beer, desk):
    waiting = factories.sale(awa, {beer.pk: 2}, at=on(WEDNESDAY))
    before = books(), closes()

    with pytest.raises(PendingSales) as refusal:
        close(koffi)
    answer = post(desk, desk.address, body())

    assert refusal.value.data == {"sales": [{"sale": str(waiting.pk), "total": 2000}], "total": 2000}
    assert (answer.status_code, answer.json()["code"], answer.json()["total"]) == (409, "pending_sales", 2000)
    assert (books(), closes()) == before
    decide(waiting, koffi, "validated")
    assert close(koffi).gross == 2000


def test_a_pending_sale_of_another_day_is_in_nobodys_way(awa, koffi, beer):
    factories.sale(awa, {beer.pk: 2}, at=on(THURSDAY))

    assert close(koffi).sales == 0


def test_a_day_to_come_is_not_closed(koffi, bar, desk):
    today = today_of(bar)
    before = closes()

    with pytest.raises(DayToCome):
        close(koffi, today + timedelta(days=1))
    answer = post(desk, desk.address, body(business_date=str(today + timedelta(days=1))))

    assert (answer.status_code, answer.json()["code"], closes()) == (400, "day_to_come", before)
    assert close(koffi, today).number == 1


def test_the_same_count_again_answers_with_the_same_close(koffi, beer, desk):
    first = post(desk, desk.address, body())
    factories.sale(koffi, {beer.pk: 1})
    before = books(), closes()

    again = post(desk, desk.address, body())

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert (books(), closes()) == before


@pytest.mark.parametrize("change", [{"counted_cash": 1001}, {"left_cash": 1}], ids=str)
def test_another_count_of_a_closed_day_is_refused(change, desk):
    first = post(desk, desk.address, body()).json()
    before = books(), closes()

    refused = post(desk, desk.address, body(**change))

    assert (refused.status_code, refused.json()["code"]) == (409, "already_closed")
    assert (refused.json()["close"], refused.json()["number"]) == (first["id"], 1)
    assert (books(), closes()) == before


def test_i21_days_are_closed_in_order(koffi, desk):
    close(koffi, WEDNESDAY)
    before = closes()

    with pytest.raises(LaterDayClosed):
        close(koffi, TUESDAY)

    assert closes() == before
    assert close(koffi, THURSDAY).number == 2


# Days after days


def test_i21_a_day_that_was_forgotten_is_in_the_next_close(koffi, beer):
    close(koffi, TUESDAY, counted=500, left=500, opening_cash=500)
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))
    factories.sale(koffi, {beer.pk: 2}, at=on(THURSDAY))

    made = close(koffi, THURSDAY, counted=3500)

    assert (made.since, made.business_date, made.sales, made.gross) == (WEDNESDAY, THURSDAY, 2, 3000)
    assert (made.opening_cash, made.expected_cash, made.difference) == (500, 3500, 0)


def test_i22_each_close_begins_with_what_the_last_has_left(koffi, beer):
    for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), start=1):
        factories.sale(koffi, {beer.pk: number}, at=on(day))

    made = [
        close(koffi, day, counted=5000, left=number * 100)
        for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), 1)
    ]

    assert [one.opening_cash for one in made] == [0, 100, 200]
    assert [one.expected_cash for one in made] == [1000, 2100, 3200]
    assert [one.number for one in made] == [1, 2, 3]
    assert [one.perpetual_total for one in made] == [1000, 3000, 6000]


def test_the_cash_of_today_is_told_to_who_closes_yesterday(koffi, yao, beer, bar):
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))
    factories.sale(koffi, {beer.pk: 2})
    pay(yao, 300)

    told = closings.preview(bar, WEDNESDAY)
    wednesday, today = close(koffi, WEDNESDAY, counted=1000, left=1000), close(koffi, today_of(bar), counted=2700)

    assert (told["expected_cash"], told["later_cash"]) == (1000, 1700)
    assert (wednesday.difference, today.opening_cash, today.difference) == (0, 1000, 0)


def test_bars_are_numbered_each_for_itself(koffi, zoe, beer):
    close(koffi, TUESDAY)

    assert [close(koffi, WEDNESDAY).number, close(zoe, WEDNESDAY).number, close(zoe, THURSDAY).number] == [2, 1, 2]


def test_the_same_count_again_with_another_opening_is_refused_where_it_counts(koffi):
    first = closing.close(koffi, Count(WEDNESDAY, 3000, 0, opening_cash=1000, note="Wet"))
    following = closing.close(koffi, Count(THURSDAY, 500, 0))
    before = books()

    with pytest.raises(AlreadyClosed) as refusal:
        closing.close(koffi, Count(WEDNESDAY, 3000, 0, opening_cash=2000))
    noted = closing.close(koffi, Count(WEDNESDAY, 3000, 0, opening_cash=1000, note="Very wet"))
    again = closing.close(koffi, Count(THURSDAY, 500, 0, opening_cash=2000))  # begins with what was left all the same

    assert refusal.value.data == {"close": str(first.close.pk), "number": 1}
    assert [(one.is_replay, one.close.pk) for one in (noted, again)] == [
        (True, first.close.pk),
        (True, following.close.pk),
    ]
    assert (noted.close.note, books()) == ("Wet", before)


# After it


@pytest.fixture
def closed(koffi, beer):
    """Wednesday with a sale of 1000 for cash; 5000 were counted."""
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))
    return close(koffi, counted=5000, left=1000)


def test_i21_a_late_sale_is_an_addendum_that_explains_the_difference(closed, koffi, beer):
    before = figures(closed)
    late_sale(koffi, beer, 3)

    shown = closings.one_close(koffi.bar_id, closed.pk)

    assert addenda(closed) == [("sale", 3000, 3000, False)]
    assert figures(closed) == before
    assert (shown.difference, shown.after.difference, shown.after.explained) == (4000, 1000, 3000)
    assert (shown.after.sales, shown.after.gross, shown.after.by_payment) == (2, 4000, {"cash": 4000})
    assert close(koffi, THURSDAY, counted=1000).difference == 0


def test_i21_a_sale_after_the_count_goes_into_the_next_drawer(koffi, beer, bar):
    today = today_of(bar)
    made = close(koffi, today, counted=0)
    factories.sale(koffi, {beer.pk: 2}, at=timezone.now())

    assert addenda(made) == [("sale", 2000, 2000, True)]
    assert closings.one_close(bar.pk, made.pk).after.difference == 0
    assert closings.preview(bar, today + timedelta(days=1))["carried_cash"] == 2000


def test_i21_a_late_sale_on_a_day_without_a_close_of_its_own_is_an_addendum(koffi, beer):
    close(koffi, TUESDAY)
    made = close(koffi, THURSDAY)

    late_sale(koffi, beer, at=on(WEDNESDAY))
    factories.sale(koffi, {beer.pk: 1}, at=on(TUESDAY - timedelta(days=1)))  # before the books began

    assert (addenda(made), addenda()) == ([("sale", 1000, 1000, False)], [("sale", 1000, 1000, False)])


@pytest.mark.parametrize("status", ["pending", "expired"])
def test_i21_what_is_validated_after_the_close_is_an_addendum(status, awa, koffi, yao, beer):
    if status == "expired":
        sale = factories.sale(awa, {beer.pk: 2}, at=on(WEDNESDAY))
        Sale.objects.filter(pk=sale.pk).update(status="expired")
        made = close(koffi)
    else:
        made = close(koffi)
        sale = factories.sale(awa, {beer.pk: 2}, at=on(WEDNESDAY))
    waiting = addenda(made)

    decide(sale, yao, "validated")

    assert (waiting, addenda(made)) == ([], [("sale", 2000, 2000, False)])


def test_i21_an_offline_sale_that_was_reviewed_after_the_close_is_an_addendum(koffi, yao, beer, bar):
    moment = timezone.now() - timedelta(days=2)
    made = close(koffi, today_of(bar) - timedelta(days=2))
    offline = Basket(key=uuid.uuid4(), payment=Sale.Payment.CASH, quantities={beer.pk: 30}, sold_at=moment)
    sale = sell(koffi, offline, at=timezone.now()).sale
    waiting = addenda(made)
    receive(yao, beer, payment="credit")

    decide(sale, koffi, "validated")

    assert (sale.status, waiting, addenda(made)) == ("needs_review", [], [("sale", 30_000, 30_000, False)])


def test_i22_cancelling_after_the_close_takes_from_the_next_drawer(closed, koffi, yao):
    before = figures(closed)
    decide(Sale.objects.get(), yao, "cancelled")

    following = close(koffi, THURSDAY, counted=0)

    assert addenda(closed) == [("cancellation", -1000, -1000, True)]
    assert figures(closed) == before
    assert (following.carried_cash, following.expected_cash, following.gross) == (-1000, 0, 0)
    assert following.perpetual_total == closed.perpetual_total == 1000


def test_i22_cancelling_what_was_sold_before_the_first_close_takes_from_the_next_drawer(koffi, yao, beer, bar):
    early, late, by_card = (
        factories.sale(koffi, {beer.pk: number}, at=on(TUESDAY), payment=payment)
        for number, payment in ((1, Sale.Payment.CASH), (2, Sale.Payment.CASH), (3, Sale.Payment.CARD))
    )
    decide(early, yao, "cancelled")
    first = close(koffi, counted=4000, left=4000, opening_cash=5000)
    decide(late, yao, "cancelled")
    decide(by_card, yao, "cancelled")

    following = close(koffi, THURSDAY, counted=2000, left=2000)
    after = close(koffi, FRIDAY, counted=2000)

    assert [(one.carried_cash, one.expected_cash, one.difference) for one in (first, following, after)] == [
        (-1000, 4000, 0),
        (-2000, 2000, 0),
        (0, 2000, 0),
    ]
    assert [one.gross for one in (first, following)] == [0, 0]
    assert not any(check(one).rows for one in all_invariants() if one.id == "I22")
    closing.reopen(yao, after.pk, reason="Counted wrongly")
    closing.reopen(yao, following.pk, reason="Counted wrongly")
    assert carried(bar, THURSDAY) == -2000


def test_i22_a_late_sale_that_is_cancelled_leaves_the_day_as_it_was_closed(closed, koffi, yao, beer):
    sale = late_sale(koffi, beer)
    decide(sale, yao, "cancelled")

    shown = closings.one_close(koffi.bar_id, closed.pk)

    assert addenda(closed) == [("sale", 1000, 1000, False), ("cancellation", -1000, -1000, True)]
    assert (shown.after.sales, shown.after.net) == (1, 1000)
    assert close(koffi, THURSDAY).perpetual_total == 2000


def test_i22_whatever_moves_cash_after_the_close_is_carried(koffi, yao, beer, coke, bar):
    today = today_of(bar)
    sale = factories.sale(koffi, {beer.pk: 2}, at=on(WEDNESDAY))
    tab = open_tab(koffi, beer)
    made = close(koffi, today)
    before = figures(made)

    settle_tab(koffi, tab)
    take_back(yao, sale)
    pay(yao, 700)
    pay(yao, 300, "card")
    receive(yao, coke)
    receive(yao, coke, payment="mobile_money")
    void(yao, pay(yao, 50).pk, reason="Typed twice")

    assert addenda(made) == [
        ("collection", 0, 4000, True),
        ("refund", -1000, -1000, True),
        ("expense", 0, -700, True),
        ("supply", 0, -6000, True),
        ("expense", 0, -50, True),
        ("void", 0, 50, True),
    ]
    assert figures(made) == before
    assert closings.preview(bar, today + timedelta(days=1))["carried_cash"] == 4000 - 1000 - 700 - 6000


def test_an_expense_voided_after_its_close_explains_the_difference(koffi, yao):
    expense = pay(yao, 700, at=on(WEDNESDAY))
    made = close(koffi, counted=0, opening_cash=0)
    void(yao, expense.pk, reason="It was never paid")

    shown = closings.one_close(koffi.bar_id, made.pk)

    assert addenda(made) == [("void", 0, 700, False)]
    assert (shown.difference, shown.after.difference, shown.after.cash_out) == (700, 0, 0)
    assert close(koffi, THURSDAY).carried_cash == 0


def counted_at(made, moment):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s::text[]::text, true)", [emptying.triggers()])
        DayClose.objects.filter(pk=made.pk).update(closed_at=moment)
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")


def carried(bar, day=None):
    return closings.preview(bar, day or today_of(bar))["carried_cash"]


def test_i22_cash_that_a_later_close_has_counted_is_not_expected_twice(koffi, yao, beer, bar):
    wednesday, thursday = close(koffi, counted=0), close(koffi, THURSDAY, counted=2000, left=2000)
    counted_at(wednesday, on(WEDNESDAY, 20))
    counted_at(thursday, on(THURSDAY, 23))

    late_sale(koffi, beer, 2)  # of Wednesday at 21, told after Thursday's count

    assert addenda(wednesday) == [("sale", 2000, 2000, False)]
    assert closings.one_close(bar.pk, wednesday.pk).after.explained == 0  # it came after that count
    assert (carried(bar), closings.preview(bar, today_of(bar))["expected_cash"]) == (0, 2000)
    closing.reopen(yao, thursday.pk, reason="Counted wrongly")
    assert carried(bar, THURSDAY) == 2000


def test_i22_an_expense_voided_after_the_close_that_missed_it_is_not_expected_twice(koffi, yao, bar):
    wednesday = close(koffi)
    expense = pay(yao, 700, at=on(WEDNESDAY))
    thursday = close(koffi, THURSDAY, counted=0)

    void(yao, expense.pk, reason="It was never paid")

    assert (thursday.carried_cash, thursday.difference) == (-700, 700)
    assert addenda(wednesday) == [("expense", 0, -700, True), ("void", 0, 700, False)]
    assert closings.one_close(bar.pk, wednesday.pk).after.explained == 0
    assert carried(bar) == 0
    closing.reopen(yao, thursday.pk, reason="Counted wrongly")
    assert carried(bar, THURSDAY) == 0


def test_the_reversal_of_a_supply_brings_its_cash_back(koffi, yao, coke, bar):
    supply = receive(yao, coke)
    receive(yao, coke, lots=-1, reverses=supply)

    assert close(koffi, today_of(bar)).cash_out == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sales_dayclose SET gross = gross + 1",
        "UPDATE sales_dayclose SET counted_cash = 0",
        "UPDATE sales_dayclose SET since = since - 1",
        "UPDATE sales_dayclose SET by_payment = '{}'",
        "DELETE FROM sales_dayclose",
        "UPDATE sales_addendum SET cash = 0",
        "DELETE FROM sales_addendum",
    ],
)
def test_nobody_changes_a_close_or_its_addenda_by_sql(change, closed, koffi, beer):
    late_sale(koffi, beer)
    before = figures(closed), addenda()

    with pytest.raises(DatabaseError, match="Cannot|stays"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)

    assert (figures(closed), addenda()) == before


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ({"business_date": WEDNESDAY}, "a_day_is_closed_once"),
        ({"business_date": TUESDAY}, "days_are_closed_in_order"),
        ({"business_date": date(2099, 1, 1)}, "a_day_to_come_is_not_closed"),
        ({"business_date": THURSDAY, "left_cash": 7}, "no_more_is_left_than_was_counted"),
    ],
)
def test_i21_the_database_refuses_what_the_service_would(fields, promise, closed, koffi):
    before = closes()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        DayClose.objects.create(
            **{"bar": koffi.bar, "counted_cash": 0, "left_cash": 0, "closed_by": koffi.user} | fields
        )

    assert (broken_by(refusal), closes()) == (promise, before)


def test_i22_figures_written_by_hand_are_not_kept(koffi, beer):
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))

    made = DayClose.objects.create(
        bar=koffi.bar, business_date=WEDNESDAY, counted_cash=0, left_cash=0, closed_by=koffi.user,
        gross=7, net=7, number=99, perpetual_total=7, expected_cash=7, difference=7, since=TUESDAY, currency="USD",
    )  # fmt: skip

    made.refresh_from_db()
    assert (made.gross, made.net, made.number, made.perpetual_total, made.expected_cash) == (1000, 1000, 1, 1000, 1000)
    assert (made.difference, made.since, made.currency) == (-1000, WEDNESDAY, "XOF")


# Opening again


def reopen(member, made, reason="Counted wrongly"):
    return closing.reopen(member, made.pk, reason=reason)


def test_i22_a_day_opened_again_is_closed_with_a_number_of_its_own(closed, koffi, yao, beer):
    late_sale(koffi, beer, 2)
    opened = reopen(yao, closed)
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))

    again = close(koffi, counted=4000)

    assert (opened.reopened_by, opened.reopen_reason, opened.reopened_at is None) == (
        yao.user,
        "Counted wrongly",
        False,
    )
    assert (again.number, again.gross, again.difference, addenda(again)) == (2, 4000, 0, [])
    assert (closed.perpetual_total, again.perpetual_total) == (1000, 4000)
    assert addenda(closed) == [("sale", 2000, 2000, False)]
    assert closings.one_close(koffi.bar_id, closed.pk).after is None


def test_i22_the_perpetual_total_never_falls_nor_counts_a_day_twice(closed, koffi, yao, beer):
    reopen(yao, closed)
    decide(Sale.objects.get(), yao, "cancelled")
    factories.sale(koffi, {beer.pk: 2}, at=on(WEDNESDAY))
    again = close(koffi)
    following = close(koffi, THURSDAY)

    assert (closed.gross, again.gross) == (1000, 2000)
    assert [closed.perpetual_total, again.perpetual_total, following.perpetual_total] == [1000, 3000, 3000]


def test_i22_a_forgotten_day_can_be_closed_alone_once_the_next_is_opened_again(koffi, yao, beer):
    close(koffi, TUESDAY)
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))
    factories.sale(koffi, {beer.pk: 2}, at=on(THURSDAY))
    both = close(koffi, THURSDAY)
    reopen(yao, both)

    made = [close(koffi, WEDNESDAY), close(koffi, THURSDAY)]

    assert [(one.since, one.gross, one.perpetual_total) for one in made] == [
        (WEDNESDAY, 1000, 3000),
        (THURSDAY, 2000, 3000),
    ]


def test_the_first_day_opened_again_stays_in_the_books(closed, koffi, yao, beer):
    reopen(yao, closed)

    made = close(koffi, THURSDAY)

    assert (made.since, made.gross, made.perpetual_total) == (WEDNESDAY, 1000, 1000)


def test_i21_the_last_close_is_opened_first(closed, koffi, yao):
    last = close(koffi, THURSDAY)
    before = closes()

    with pytest.raises(LaterDayClosed):
        reopen(yao, closed)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        DayClose.objects.filter(pk=closed.pk).update(
            reopened_at=timezone.now(), reopened_by=yao.user, reopen_reason="No"
        )

    assert (broken_by(refusal), closes()) == ("the_last_close_is_opened_first", before)
    reopen(yao, last)
    assert reopen(yao, closed).reopened_at is not None


def test_i22_what_was_carried_into_a_close_opened_again_is_carried_into_the_next(closed, koffi, yao):
    decide(Sale.objects.get(), yao, "cancelled")
    first = close(koffi, THURSDAY)
    reopen(yao, first)

    again = close(koffi, THURSDAY)
    following = close(koffi, THURSDAY + timedelta(days=1))

    assert [one.carried_cash for one in (first, again, following)] == [-1000, -1000, 0]


def test_opening_again_twice_answers_alike(closed, yao):
    first = reopen(yao, closed)
    before = closes()

    again = reopen(yao, closed, "Another reason")

    assert (again.reopened_at, again.reopen_reason) == (first.reopened_at, "Counted wrongly")
    assert closes() == before


# The API


def test_the_preview_says_what_the_close_will(koffi, awa, beer, desk):
    factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))
    waiting = factories.sale(awa, {beer.pk: 2}, at=on(WEDNESDAY))

    told = desk.get(f"{desk.address}/preview", {"on": str(WEDNESDAY)}).json()
    decide(waiting, koffi, "rejected")
    made = post(desk, desk.address, body()).json()
    then = desk.get(f"{desk.address}/preview", {"on": str(WEDNESDAY)}).json()

    assert told["pending"] == [{"sale": str(waiting.pk), "status": "pending", "total": 2000}]
    assert (told["closed"], told["is_first"], told["open_tabs"]) == (None, True, {"tabs": 0, "owed": 0})
    shared = set(told) & set(made)
    assert {name: told[name] for name in shared} == {name: made[name] for name in shared}
    assert (then["closed"]["id"], then["pending"]) == (made["id"], [])


def test_closes_are_listed_and_shown_with_what_came_after(desk, koffi, beer):
    made = [close(koffi, TUESDAY + timedelta(days=days)) for days in range(-51, 2)]
    late_sale(koffi, beer, 2)

    first = desk.get(desk.address).json()
    second = desk.get(desk.address, {"before": first["next"]}).json()
    shown = desk.get(f"{desk.address}/{made[-1].pk}").json()

    assert [one["number"] for one in first["closes"]] == list(range(53, 3, -1))
    assert ([one["number"] for one in second["closes"]], second["next"]) == ([3, 2, 1], None)
    assert [(one["kind"], one["revenue"], one["cash"]) for one in shown["addenda"]] == [("sale", 2000, 2000)]
    assert (shown["net"], shown["after"]["net"], shown["after"]["sales"]) == (0, 2000, 1)


@pytest.mark.parametrize(("name", "status"), [("awa", 403), ("zoe", 404), ("koffi", 200), ("yao", 200)])
def test_managers_see_closes_and_nobody_else(name, status, request, closed, bar):
    client = Client(headers=factories.bearer(request.getfixturevalue(name)))
    address = f"/api/v1/bars/{bar.pk}/closes"
    before = closes()

    answers = [
        client.get(address),
        client.get(f"{address}/{closed.pk}"),
        client.get(f"{address}/preview?on={WEDNESDAY}"),
    ]
    made = post(client, address, body(business_date=str(THURSDAY)))

    assert {answer.status_code for answer in answers} == {status}
    assert made.status_code == (201 if status == 200 else status)
    assert (closes() == before) == (status != 200)


@pytest.mark.parametrize(("name", "status"), [("awa", 403), ("koffi", 403), ("zoe", 404), ("yao", 200)])
def test_only_owners_open_a_day_again(name, status, request, closed, bar):
    client = Client(headers=factories.bearer(request.getfixturevalue(name)))

    answer = post(client, f"/api/v1/bars/{bar.pk}/closes/{closed.pk}/reopen", {"reason": "Counted wrongly"})

    assert answer.status_code == status
    assert [one[-1] is None for one in closes()] == [status != 200]


def test_another_bars_close_is_none_of_ones_business(closed, zoe, desk):
    theirs = close(zoe)
    own_zoe = Client(headers=factories.bearer(zoe))
    address = f"/api/v1/bars/{zoe.bar_id}/closes"
    before = closes()

    answers = [own_zoe.get(f"{address}/{pk}") for pk in (closed.pk, uuid.uuid4())]
    opened = post(own_zoe, f"{address}/{closed.pk}/reopen", {"reason": "Mine"})

    assert [answer.status_code for answer in (*answers, opened)] == [404, 404, 404]
    bodies = [{**answer.json(), "request_id": ""} for answer in (*answers, opened)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert closes() == before
    assert own_zoe.get(f"{address}/{theirs.pk}").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"counted_cash": -1},
        {"counted_cash": "1000"},
        {"counted_cash": 1.5},
        {"counted_cash": True},
        {"counted_cash": 2**63},
        {"left_cash": 1001},
        {"left_cash": -1},
        {"opening_cash": -1},
        {"business_date": "0000-00-00"},
        {"business_date": "2027-02-29"},
        {"business_date": "9999-12-31"},
        {"note": "a\x00b"},
        {"note": "x" * 501},
        {"gross": 7},
        {"closed_by": "zoe"},
    ],
    ids=str,
)
def test_a_wrong_close_is_refused_and_nothing_written(wrong, desk):
    before = books(), closes()

    refused = post(desk, desk.address, body(**wrong))

    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/problem+json")
    assert (books(), closes()) == before
    assert post(desk, desk.address, body()).status_code == 201


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.django_db(transaction=True)
def test_a_close_costs_the_same_whatever_the_day_has_brought(count, koffi, beer, django_assert_num_queries):
    for _ in range(count):
        factories.sale(koffi, {beer.pk: 1}, at=on(WEDNESDAY))

    with django_assert_num_queries(8):
        closing.close(koffi, Count(WEDNESDAY, 0, 0))


def test_an_expense_is_in_no_books_twice(yao, bar):
    made = close(yao, today_of(bar))
    pay(yao, 700)
    reopen(yao, made)

    again = close(yao, today_of(bar))

    assert (again.cash_out, Expense.objects.count(), addenda(again)) == (700, 1, [])
