"""Stock put right: with a reason, at the cost of the moment, never below what is promised."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bars.pages import PAGE
from bars.transactions import KeyReused
from stock.models import Adjustment, Movement
from stock.services.adjusting import NoteMissing, Reserved, adjust
from stock.services.shelf import OutOfStock, UnknownProduct
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem
from tests.stock.asking import Asker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REASONS = [reason for reason in Adjustment.Reason if reason != Adjustment.Reason.OTHER]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize(("quantity", "left"), [(-24, 0), (-1, 23), (1, 25)])
def test_an_adjustment_moves_stock_and_keeps_what_it_was_worth(quantity, left, reason, yao, bar):
    beer = factories.product(bar, "Beaufort", stock=24, cost=Decimal("416.6667"))

    made = adjust(yao, factories.correction(beer, quantity, reason=reason), at=NOON).adjustment

    assert (made.quantity, made.reason, made.unit_cost, made.created_at) == (quantity, reason, beer.cost, NOON)
    assert shelf(beer) == [(left, 0)]
    moved = Movement.objects.filter(cause="adjustment").values_list("cause_id", "quantity", "created_by__username")
    assert list(moved) == [(made.pk, quantity, "yao")]


def test_another_reason_is_told_in_a_note(yao, beer):
    before = books()

    with pytest.raises(NoteMissing):
        factories.adjustment(yao, beer, -1, reason=Adjustment.Reason.OTHER)
    assert books() == before

    assert factories.adjustment(yao, beer, -1, reason=Adjustment.Reason.OTHER, note="for the cook").quantity == -1


def test_more_than_there_is_cannot_be_gone(yao, beer):
    before = books()

    with pytest.raises(OutOfStock) as refusal:
        factories.adjustment(yao, beer, -25)

    assert refusal.value.data["shortages"] == [
        {"product": str(beer.pk), "name": "Beaufort", "wanted": 25, "available": 24}
    ]
    assert books() == before


def test_what_is_promised_is_told_with_the_documents_that_hold_it(awa, koffi, yao, beer, coke):
    waiting = factories.sale(awa, {beer.pk: 5, coke.pk: 2}, at=NOON)
    kept = factories.kept(koffi, factories.sale(koffi, {beer.pk: 3}).lines.get(), 2, client="Ibrahim")
    factories.sale(koffi, {coke.pk: 1})
    before = books()  # 23 beers, 7 of them promised

    with pytest.raises(Reserved) as refusal:
        factories.adjustment(yao, beer, -17)

    [product] = refusal.value.data["products"]
    assert (product["product"], product["name"], product["left"], product["reserved"]) == (
        str(beer.pk),
        "Beaufort",
        6,
        7,
    )
    assert [(hold["kind"], hold["id"], hold["quantity"], hold["who"]) for hold in product["held_by"]] == [
        ("sale", str(waiting.pk), 5, "awa"),
        ("consignment", str(kept.pk), 2, "Ibrahim"),
    ]
    assert sum(hold["quantity"] for hold in product["held_by"]) == product["reserved"]
    assert books() == before

    factories.adjustment(yao, beer, -16)
    assert shelf(beer) == [(7, 7)]


def test_what_another_bar_holds_is_not_told(awa, yao, zoe, other_bar, beer):
    theirs = factories.product(other_bar, "Awooyo")
    factories.sale(factories.member(other_bar, "sia", "waiter"), {theirs.pk: 5})
    factories.sale(awa, {beer.pk: 5})

    with pytest.raises(Reserved) as refusal:
        factories.adjustment(yao, beer, -20)

    assert [hold["who"] for hold in refusal.value.data["products"][0]["held_by"]] == ["awa"]


def test_the_same_key_answers_with_the_same_adjustment_and_writes_nothing_more(yao, beer):
    correction = factories.correction(beer, -24)
    first = adjust(yao, correction, at=NOON)
    before = books()

    again = adjust(yao, correction, at=NOON)

    assert (first.is_replay, again.is_replay, again.adjustment.pk) == (False, True, first.adjustment.pk)
    assert books() == before


@pytest.mark.parametrize("change", [{"quantity": -2}, {"reason": Adjustment.Reason.THEFT}, {"note": "two"}])
def test_a_key_that_has_adjusted_something_else_is_refused(change, yao, beer):
    key = factories.adjustment(yao, beer, -1).key
    before = books()

    with pytest.raises(KeyReused):
        adjust(yao, factories.correction(beer, **({"quantity": -1} | change), key=key), at=NOON)

    assert books() == before


def test_a_key_is_its_products_and_its_bars(yao, zoe, beer, coke):
    key = factories.adjustment(yao, beer, -1).key
    before = books()

    with pytest.raises(KeyReused):
        factories.adjustment(yao, coke, -1, key=key)
    assert books() == before

    theirs = factories.product(zoe.bar, "Awooyo")
    assert factories.adjustment(zoe, theirs, -1, key=key).bar == zoe.bar


def test_what_the_bar_has_not_got_is_not_adjusted(yao, zoe):
    theirs = factories.product(zoe.bar, "Awooyo")
    before = books()

    with pytest.raises(UnknownProduct) as refusal:
        factories.adjustment(yao, theirs, -1)

    assert refusal.value.data == {"products": [str(theirs.pk)]}
    assert books() == before


# By the API


def form(product, **fields):
    return {"key": str(uuid.uuid4()), "product": str(product.pk), "quantity": -2, "reason": "breakage"} | fields


def test_an_adjustment_by_the_api(yao, bar):
    beer = factories.product(bar, "Beaufort", cost=Decimal("416.6667"))
    body = form(beer, note=" fell ")

    made, again = (Asker(yao).post("adjustments", body) for _ in range(2))

    adjustment = Adjustment.objects.get()
    assert (made.status_code, made.json()) == (
        201,
        {
            "id": str(adjustment.pk),
            "key": body["key"],
            "product": str(beer.pk),
            "product_name": "Beaufort",
            "quantity": -2,
            "reason": "breakage",
            "note": "fell",
            "unit_cost": "416.6667",
            "value": -833,
            "count": None,
            "at": made.json()["at"],
            "by": "yao",
        },
    )
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (made.json(), "true")
    assert Asker(yao).get("adjustments").json() == {"adjustments": [made.json()], "next": None}


def test_a_refusal_by_the_api_lists_what_is_promised(awa, yao, beer):
    factories.sale(awa, {beer.pk: 5})
    before = books()

    answer = Asker(yao).post("adjustments", form(beer, quantity=-20))

    [product] = check_problem(answer, 409, "reserved")["products"]
    assert [hold["quantity"] for hold in product["held_by"]] == [5]
    assert books() == before


BAD = {
    "nothing": ("quantity", 0),
    "half a bottle": ("quantity", -0.5),
    "as text": ("quantity", "-1"),
    "true": ("quantity", True),
    "too much": ("quantity", 1_000_001),
    "far too much": ("quantity", -(10**400)),
    "an unknown reason": ("reason", "thirst"),
    "no reason": ("reason", None),
    "a key that is none": ("key", ""),
    "a note too long": ("note", "x" * 201),
    "a note with NUL": ("note", "\0"),
    "a count": ("count", str(uuid.uuid4())),
    "the server's cost": ("unit_cost", 1),
}


@pytest.mark.parametrize(("field", "value"), BAD.values(), ids=BAD)
def test_an_adjustment_that_cannot_be_is_refused_by_the_field(field, value, yao, beer):
    before = books()

    answer = Asker(yao).post("adjustments", form(beer) | {field: value})

    errors = check_problem(answer, 400, "invalid")["errors"]
    assert [error["field"] for error in errors] == [f"body.adjustment.{field}"]
    assert books() == before


def test_another_reason_without_a_note_is_refused_by_the_api(yao, beer):
    before = books()

    answer = Asker(yao).post("adjustments", form(beer, reason="other", note="  "))

    check_problem(answer, 400, "note_missing")
    assert books() == before


def test_adjustments_are_filtered_and_paged(yao, beer, coke):
    for _ in range(PAGE):
        factories.adjustment(yao, beer, 1)
    factories.adjustment(yao, coke, -1, reason=Adjustment.Reason.THEFT)
    asker = Asker(yao)

    first = asker.get("adjustments").json()
    second = asker.get("adjustments", before=first["next"]).json()
    by_product = asker.get("adjustments", product=coke.pk).json()["adjustments"]
    by_reason = asker.get("adjustments", reason="theft").json()["adjustments"]

    assert (len(first["adjustments"]), len(second["adjustments"]), second["next"]) == (PAGE, 1, None)
    assert [one["product_name"] for one in (*by_product, *by_reason)] == ["Coca", "Coca"]


@pytest.mark.parametrize("lines", [1, 3])
def test_a_refusal_costs_the_same_statements_whatever_holds_the_product(lines, awa, yao, beer):
    for _ in range(lines):
        factories.sale(awa, {beer.pk: 1})
    correction = factories.correction(beer, -24)

    with CaptureQueriesContext(connection) as queries, pytest.raises(Reserved):
        adjust(yao, correction, at=NOON)

    assert len([query for query in queries if query["sql"].split()[0] not in ("SAVEPOINT", "ROLLBACK", "RELEASE")]) == 4


@pytest.mark.parametrize(
    ("who", "method", "status"),
    [("awa", "POST", 403), ("awa", "GET", 403), ("koffi", "POST", 403), ("zoe", "POST", 404), ("zoe", "GET", 404)],
)
def test_who_may_not_adjust_learns_nothing(who, method, status, request, beer):
    asker = Asker(request.getfixturevalue(who), bar=beer.bar)
    before = books()

    answer = asker.ask(method, "adjustments", form(beer))

    assert (answer.status_code, b"Beaufort" in answer.content) == (status, False)
    assert books() == before
