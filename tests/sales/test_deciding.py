"""What becomes of a sale: each step with its effect on the shelf, and every step that isn't one refused."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bars.models import Bar
from realtime.errors import NotAllowed, NotFound
from sales.models import Decision, Sale
from sales.services.deciding import (
    NothingToVerify,
    SaleIsTied,
    TooLate,
    WrongStatus,
    cancel,
    reject,
    undo,
    validate,
    validate_waiting,
    verify_payment,
)
from sales.services.expiring import expire_sales
from sales.services.returns import reject_return
from sales.services.selling import sell
from stock.models import Movement
from stock.services.shelf import OutOfStock
from tests import factories
from tests.books import books, shelf
from tests.races.gate import holding, through

LATER = timedelta(days=1)


@pytest.fixture
def pending(awa, beer, coke):
    return factories.sale(awa, {beer.pk: 2, coke.pk: 3})


@pytest.fixture
def validated(koffi, beer, coke):
    return factories.sale(koffi, {beer.pk: 2, coke.pk: 3})


@pytest.fixture
def rejected(koffi, pending):
    return reject(koffi, pending.pk, reason="nobody ordered it")


@pytest.fixture
def cancelled(yao, validated):
    return cancel(yao, validated.pk, reason="the client has left")


@pytest.fixture
def expired(pending):
    expire_sales(timezone.now() + LATER)
    return pending


@pytest.fixture
def needs_review(awa, beer, coke):
    """Sold offline, at prices that the shelf has never asked."""
    basket = factories.basket({beer.pk: 2, coke.pk: 3}, prices={beer.pk: 900}, sold_at=timezone.now())
    return sell(awa, basket, at=timezone.now()).sale


def decisions_of(sale):
    return list(
        Decision.objects.filter(sale=sale).order_by("id").values_list("was", "became", "reason", "decided_by__username")
    )


def moved(sale):
    return sorted(Movement.objects.filter(cause_id=sale.pk).values_list("product__name", "quantity", "cause"))


# Steps and their effects


def test_validating_takes_what_was_held(koffi, pending, beer, coke):
    decided = validate(koffi, pending.pk)

    assert (decided.status, decided.decided_by_id) == (Sale.Status.VALIDATED, koffi.user_id)
    assert shelf(beer, coke) == [(22, 0), (9, 0)]
    assert moved(pending) == [("Beaufort", -2, "sale"), ("Coca", -3, "sale")]
    assert decisions_of(pending) == [("pending", "validated", "", "koffi")]
    assert Sale.objects.get().decided_at == decided.decided_at is not None


def test_rejecting_frees_what_was_held(koffi, pending, beer, coke):
    decided = reject(koffi, pending.pk, reason="nobody ordered it")

    assert (decided.status, decided.reason) == (Sale.Status.REJECTED, "nobody ordered it")
    assert shelf(beer, coke) == [(24, 0), (12, 0)]
    assert moved(pending) == []
    assert decisions_of(pending) == [("pending", "rejected", "nobody ordered it", "koffi")]


def test_c25_cancelling_brings_the_stock_back_by_movements_of_its_own(yao, validated, beer, coke):
    decided = cancel(yao, validated.pk, reason="the client has left")

    assert (decided.status, decided.reason) == (Sale.Status.CANCELLED, "the client has left")
    assert shelf(beer, coke) == [(24, 0), (12, 0)]
    assert moved(validated) == [
        ("Beaufort", -2, "sale"),
        ("Beaufort", 2, "cancel"),
        ("Coca", -3, "sale"),
        ("Coca", 3, "cancel"),
    ]
    assert decisions_of(validated) == [("validated", "cancelled", "the client has left", "yao")]


def test_an_owner_revives_what_has_expired_and_it_takes_its_stock_again(yao, expired, beer, coke):
    assert shelf(beer, coke) == [(24, 0), (12, 0)]

    decided = validate(yao, expired.pk)

    assert (decided.status, decided.reason) == (Sale.Status.VALIDATED, "")
    assert shelf(beer, coke) == [(22, 0), (9, 0)]
    assert decisions_of(expired) == [
        ("pending", "expired", "Nobody decided about it before the day was over.", None),
        ("expired", "validated", "", "yao"),
    ]


def test_a_manager_does_not_revive_what_has_expired(koffi, yao, expired):
    before = books()

    with pytest.raises(NotAllowed):
        validate(koffi, expired.pk)

    assert books() == before
    assert validate(yao, expired.pk).status == Sale.Status.VALIDATED


def test_a_manager_validates_what_needs_review_and_only_then_it_takes_stock(koffi, needs_review, beer, coke):
    assert (needs_review.status, shelf(beer, coke)) == (Sale.Status.NEEDS_REVIEW, [(24, 0), (12, 0)])

    decided = validate(koffi, needs_review.pk)

    assert (decided.status, decided.total) == (Sale.Status.VALIDATED, 3300)
    assert shelf(beer, coke) == [(22, 0), (9, 0)]


@pytest.mark.parametrize("kind", ["needs_review", "expired"])
def test_what_takes_its_stock_late_takes_all_lines_or_nothing(kind, request, yao, beer, coke):
    sale = request.getfixturevalue(kind)
    factories.sale(yao, {coke.pk: 10})
    before = books()

    with pytest.raises(OutOfStock) as refusal:
        validate(yao, sale.pk)

    assert refusal.value.data["shortages"] == [
        {"product": str(coke.pk), "name": "Coca", "wanted": 3, "available": 2},
    ]
    assert books() == before


def test_what_another_holds_is_not_taken_by_a_late_sale(yao, awa, needs_review, beer):
    factories.sale(awa, {beer.pk: 23})
    before = books()

    with pytest.raises(OutOfStock):
        validate(yao, needs_review.pk)

    assert (books(), shelf(beer)) == (before, [(24, 23)])


# What is no step

STEPS = {
    "validate": lambda member, sale: validate(member, sale.pk),
    "reject": lambda member, sale: reject(member, sale.pk, reason="no"),
    "cancel": lambda member, sale: cancel(member, sale.pk, reason="no"),
}
REACHED = {"validate": "validated", "reject": "rejected", "cancel": "cancelled"}
ALLOWED = {
    ("pending", "validate"),
    ("pending", "reject"),
    ("needs_review", "validate"),
    ("needs_review", "reject"),
    ("expired", "validate"),
    ("validated", "cancel"),
}
STATUSES = ["pending", "validated", "rejected", "expired", "cancelled", "needs_review"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", STATUSES)
def test_c25_a_sale_goes_the_way_of_its_life_and_no_other(status, step, request, yao):
    sale = request.getfixturevalue(status)
    before = books()

    outcome, told = "done", {}
    try:
        STEPS[step](yao, sale)
    except WrongStatus as refusal:
        outcome, told = "refused", refusal.data

    if (status, step) in ALLOWED:
        assert (outcome, books() == before) == ("done", False)
    elif REACHED[step] == status:
        assert (outcome, books() == before) == ("done", True)
    else:
        assert (outcome, told, books() == before) == ("refused", {"sale_status": status}, True)


LIFE = {
    ("pending", "validated"),
    ("pending", "rejected"),
    ("pending", "expired"),
    ("validated", "cancelled"),
    ("needs_review", "validated"),
    ("needs_review", "rejected"),
    ("expired", "validated"),
}


@pytest.mark.parametrize("became", STATUSES)
@pytest.mark.parametrize("was", STATUSES)
def test_c25_the_database_knows_the_life_of_a_sale_too(was, became, request, yao):
    sale = request.getfixturevalue(was)

    with transaction.atomic():
        try:
            with transaction.atomic():
                Sale.objects.filter(pk=sale.pk).update(status=became, decided_by=yao.user, reason="so it is")
            outcome = True
        except DatabaseError:
            outcome = False

    assert outcome == ((was, became) in LIFE)


def test_nobody_decides_in_the_database_without_a_name_or_rewrites_what_was_decided(yao, rejected, pending):
    refused = []
    for change in ({"reason": "another"}, {"decided_by": yao.user}, {"decided_at": timezone.now()}):
        with pytest.raises(DatabaseError, match="a decision about a sale stays"), transaction.atomic():
            Sale.objects.filter(pk=rejected.pk).update(**change)
        refused.append(change)

    assert len(refused) == 3
    assert decisions_of(rejected) == [("pending", "rejected", "nobody ordered it", "koffi")]


@pytest.mark.parametrize("step", [*STEPS, "verify"])
def test_a_sale_of_another_bar_is_not_there(step, zoe, validated):
    before = books()
    steps = STEPS | {"verify": lambda member, sale: verify_payment(member, sale.pk)}

    with pytest.raises(NotFound) as theirs:
        steps[step](zoe, validated)
    validated.pk = uuid.uuid4()
    with pytest.raises(NotFound) as absent:
        steps[step](zoe, validated)

    assert (theirs.value.body() | {"request_id": 0}) == (absent.value.body() | {"request_id": 0})
    assert books() == before


# What stands in the way of cancelling


def test_a_return_keeps_its_sale_until_it_is_rejected(yao, koffi, validated):
    back = factories.returned(koffi, validated.lines.first())
    before = books()

    with pytest.raises(SaleIsTied) as refusal:
        cancel(yao, validated.pk, reason="no")

    assert refusal.value.data == {"returns": [str(back.pk)], "consignments": [], "settlement": None}
    assert books() == before


def test_a_rejected_return_does_not_keep_its_sale(awa, koffi, yao, pending):
    validate(koffi, pending.pk)
    back = factories.returned(awa, pending.lines.first())
    with pytest.raises(SaleIsTied):
        cancel(yao, pending.pk, reason="no")

    reject_return(koffi, back.pk)

    assert cancel(yao, pending.pk, reason="no").status == Sale.Status.CANCELLED


def test_a_consignment_keeps_its_sale(yao, koffi, validated):
    kept = factories.kept(koffi, validated.lines.first())
    before = books()

    with pytest.raises(SaleIsTied) as refusal:
        cancel(yao, validated.pk, reason="no")

    assert refusal.value.data == {"returns": [], "consignments": [str(kept.pk)], "settlement": None}
    assert books() == before


# All that waits


def test_all_that_waits_is_validated_at_once_and_told(awa, koffi, beer, coke):
    issa = factories.member(awa.bar, "issa", "waiter")
    waiting = [factories.sale(seller, {beer.pk: 1, coke.pk: 1}) for seller in (awa, issa, awa)]
    no = reject(koffi, factories.sale(awa, {beer.pk: 1}).pk, reason="no")

    told = validate_waiting(koffi)

    assert told == [sale.pk for sale in waiting]
    assert shelf(beer, coke) == [(21, 0), (9, 0)]
    assert Decision.objects.filter(became="validated", decided_by=koffi.user).count() == 3
    assert Sale.objects.get(pk=no.pk).status == Sale.Status.REJECTED


def test_what_one_waiter_has_waiting_is_validated_and_the_rest_waits_on(awa, koffi, beer):
    issa = factories.member(awa.bar, "issa", "waiter")
    mine, others = factories.sale(awa, {beer.pk: 1}), factories.sale(issa, {beer.pk: 4})

    told = validate_waiting(koffi, awa.user_id)

    assert told == [mine.pk]
    assert (Sale.objects.get(pk=others.pk).status, shelf(beer)) == (Sale.Status.PENDING, [(23, 4)])


def test_validating_all_again_finds_nothing_and_writes_nothing(koffi, pending):
    validate_waiting(koffi)
    before = books()

    assert (validate_waiting(koffi), books()) == ([], before)


def test_what_waits_in_another_bar_waits_on(zoe, koffi, pending):
    before = books()

    assert (validate_waiting(zoe), validate_waiting(zoe, pending.sold_by_id), books()) == ([], [], before)
    assert validate_waiting(koffi) == [pending.pk]


@pytest.mark.parametrize("sales", [1, 3, 20])
@pytest.mark.django_db(transaction=True)
def test_validating_all_costs_four_statements_however_many_wait(sales, awa, koffi, beer):
    for _ in range(sales):
        factories.sale(awa, {beer.pk: 1})

    with CaptureQueriesContext(connection) as queries:
        told = validate_waiting(koffi)

    assert [query["sql"].split()[0] for query in queries.captured_queries] == [
        "SELECT", "BEGIN", "SELECT", "SELECT", "UPDATE", "COMMIT",
    ]  # fmt: skip
    assert (len(told), shelf(beer)) == (sales, [(24 - sales, 0)])


# Undoing


@pytest.mark.parametrize(
    ("seller", "became", "shelves"), [("awa", "rejected", [(24, 0)]), ("koffi", "cancelled", [(24, 0)])]
)
def test_a_seller_undoes_the_own_sale_within_ten_minutes(seller, became, shelves, request, beer):
    member = request.getfixturevalue(seller)
    sale = factories.sale(member, {beer.pk: 2})

    undone = undo(member, sale.pk, at=sale.occurred_at + timedelta(minutes=10))

    assert (undone.status, undone.reason, undone.decided_by_id) == (became, "Undone by its seller.", member.user_id)
    assert shelf(beer) == shelves


def test_after_ten_minutes_a_sale_is_not_undone(awa, pending):
    before = books()

    with pytest.raises(TooLate) as refusal:
        undo(awa, pending.pk, at=pending.occurred_at + timedelta(minutes=10, microseconds=1))

    assert refusal.value.data == {"until": (pending.occurred_at + timedelta(minutes=10)).isoformat()}
    assert books() == before


def test_undoing_again_answers_with_the_same_sale_even_later(awa, pending):
    first = undo(awa, pending.pk, at=timezone.now())
    before = books()

    again = undo(awa, pending.pk, at=timezone.now() + LATER)

    assert (again.status, again.decided_at, books()) == (first.status, first.decided_at, before)


def test_a_waiter_undoes_what_a_manager_has_validated_meanwhile(awa, koffi, pending, beer):
    validate(koffi, pending.pk)

    assert undo(awa, pending.pk, at=timezone.now()).status == Sale.Status.CANCELLED
    assert shelf(beer) == [(24, 0)]


def test_nobody_undoes_the_sale_of_another(awa, koffi, yao, pending, validated):
    issa = factories.member(awa.bar, "issa", "waiter")
    before = books()

    with pytest.raises(NotAllowed):
        undo(koffi, pending.pk, at=timezone.now())
    for stranger, sale in ((issa, pending), (awa, validated)):  # a waiter doesn't see them
        with pytest.raises(NotFound):
            undo(stranger, sale.pk, at=timezone.now())

    assert books() == before


def test_who_sold_and_who_typed_a_sale_both_undo_it(awa, koffi, beer):
    first, second = (factories.sale(koffi, {beer.pk: 1}, sold_by=awa.user_id) for _ in range(2))

    assert undo(awa, first.pk, at=timezone.now()).status == Sale.Status.CANCELLED
    assert undo(koffi, second.pk, at=timezone.now()).status == Sale.Status.CANCELLED


@pytest.mark.parametrize("status", ["expired", "needs_review"])
def test_what_neither_waits_nor_is_validated_is_not_undone(status, request, awa):
    sale = request.getfixturevalue(status)
    before = books()

    with pytest.raises(WrongStatus):
        undo(awa, sale.pk, at=sale.occurred_at)

    assert books() == before


def test_an_own_sale_with_a_return_is_not_undone(koffi, validated):
    factories.returned(koffi, validated.lines.first())
    before = books()

    with pytest.raises(SaleIsTied):
        undo(koffi, validated.pk, at=timezone.now())

    assert books() == before


# Mobile money


def test_mobile_money_is_to_verify_until_somebody_has_seen_it(koffi, awa, beer):
    sale = factories.sale(awa, {beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY, reference="OM-1")
    assert sale.to_verify

    verified = verify_payment(koffi, sale.pk)
    before = books()
    again = verify_payment(factories.member(awa.bar, "ama", "owner"), sale.pk)

    assert (verified.to_verify, again.to_verify, again.verified_by_id) == (False, False, koffi.user_id)
    assert {name: rows for name, rows in books().items() if name not in ("heads", "staged")} == {
        name: rows for name, rows in before.items() if name not in ("heads", "staged")
    }


def test_another_payment_is_not_verified(koffi, validated):
    before = books()

    with pytest.raises(NothingToVerify):
        verify_payment(koffi, validated.pk)

    assert books() == before


def test_a_payment_is_verified_once_in_the_database_too(koffi, yao, beer):
    sale = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY)
    changes = ({"to_verify": False}, {"verified_by": yao.user})

    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Sale.objects.filter(pk=sale.pk).update(**change)
    verify_payment(koffi, sale.pk)
    for change in ({"to_verify": True}, {"verified_by": None}, {"verified_by": yao.user}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Sale.objects.filter(pk=sale.pk).update(**change)

    assert Sale.objects.values_list("to_verify", "verified_by").get() == (False, koffi.user_id)


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["validate", "reject", "undo"])
def test_two_who_decide_at_once_decide_once(other, request, beer, coke):
    """Whoever comes second is told what the sale has become, or finds it as they wanted it."""
    awa, koffi, yao, pending = (request.getfixturevalue(name) for name in ("awa", "koffi", "yao", "pending"))
    steps = {
        "validate": lambda: validate(koffi, pending.pk),
        "reject": lambda: reject(koffi, pending.pk, reason="no"),
        "undo": lambda: undo(awa, pending.pk, at=timezone.now()),
    }

    with holding("SELECT 1 FROM sales_sale WHERE id = %s FOR UPDATE", pending.pk) as gate:
        results = through(gate, lambda: validate(yao, pending.pk), steps[other])

    kinds = sorted(type(result).__name__ for result in results)
    became = Sale.objects.get(pk=pending.pk).status
    if other == "validate":
        assert (kinds, became, Decision.objects.count()) == (["Sale", "Sale"], "validated", 1)
    elif other == "reject":
        assert (kinds, Decision.objects.count()) == (["Sale", "WrongStatus"], 1)
    else:  # what was validated is undone as well
        assert (kinds, became in ("rejected", "cancelled")) in (
            (["Sale", "Sale"], True),
            (["Sale", "WrongStatus"], True),
        )
    assert shelf(beer, coke) == ([(22, 0), (9, 0)] if became == "validated" else [(24, 0), (12, 0)])


@pytest.mark.django_db(transaction=True)
def test_all_are_validated_while_one_of_them_is_undone(awa, koffi, beer):
    first, second = (factories.sale(awa, {beer.pk: number}) for number in (1, 2))

    with holding("SELECT 1 FROM sales_sale WHERE id = %s FOR UPDATE", first.pk) as gate:
        told, undone = through(gate, lambda: undo(awa, first.pk, at=timezone.now()), lambda: validate_waiting(koffi))[
            ::-1
        ]

    assert (undone.status, told) == (Sale.Status.REJECTED, [second.pk])
    assert shelf(beer) == [(22, 0)]


def test_deciding_needs_no_bar_of_today_but_the_sale_of_then(awa, koffi, pending):
    """A bar that went over to one device still decides about what its waiters had sold."""
    Bar.objects.filter(pk=awa.bar_id).update(mode=Bar.Mode.SIMPLIFIED)

    assert validate(koffi, pending.pk).mode == Bar.Mode.FULL
