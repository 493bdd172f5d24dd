"""Counting the shelf: several people, a sheet without theory, and one decision."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bars.transactions import KeyReused
from realtime.errors import NotFound
from stock.models import MOST_ADJUSTED, Adjustment, CountEntry, StockCount
from stock.queries.counting import open_sheet, review
from stock.services.adjusting import Reserved
from stock.services.counting import (
    CountDecided,
    CountImplausible,
    apply_count,
    count_product,
    discard_count,
    open_count,
    withdraw_product,
)
from stock.services.shelf import OutOfStock, UnknownProduct
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem
from tests.reading import without_ids
from tests.stock.asking import Asker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def sheet(yao):
    return factories.sheet(yao)


def apply(member, sheet):
    return apply_count(member, sheet.pk, at=NOON)


def noted(member):
    """What this person sees on their sheet."""
    return [row["counted"] for row in open_sheet(member).products]


def adjusted():
    return sorted(Adjustment.objects.values_list("product__name", "quantity", "reason", "unit_cost"))


# The sheet


def test_one_sheet_is_open_at_a_time_and_asking_again_answers_with_it(yao):
    first = open_count(yao, at=NOON)
    before = books()

    again = open_count(yao, at=NOON)

    assert (first.is_replay, again.is_replay, again.count.pk) == (False, True, first.count.pk)
    assert books() == before


def test_each_bar_has_its_own_and_the_next_after_a_decision(yao, zoe, sheet):
    theirs = open_count(zoe, at=NOON)
    discard_count(yao, sheet.pk, at=NOON)

    following = open_count(yao, at=NOON)

    assert (theirs.is_replay, following.is_replay) == (False, False)
    assert len({sheet.pk, theirs.count.pk, following.count.pk}) == 3


def test_who_counts_sees_what_they_have_noted_and_no_theory(awa, koffi, sheet, bar):
    factories.product(bar, "Beaufort", stock=7351, price=8462, cost=Decimal("9573.1234"))
    coke = factories.product(bar, "Coca", stock=6284, is_active=False)
    factories.counted(awa, sheet, coke, 11)
    factories.counted(koffi, sheet, coke, 2222)

    answer = Asker(awa).get("counts/open")

    assert answer.status_code == 200
    assert answer.json()["id"] == str(sheet.pk)
    assert [{name: value for name, value in one.items() if name != "id"} for one in answer.json()["products"]] == [
        {"name": "Beaufort", "category": "Boissons", "is_active": True, "counted": None},
        {"name": "Coca", "category": "Boissons", "is_active": False, "counted": 11},
    ]
    for theory in ("7351", "6284", "8462", "9573", "2222", "stock", "expected", "cost", "koffi"):
        assert theory not in without_ids(answer.content)


def test_without_an_open_sheet_there_is_none(awa, yao, sheet):
    discard_count(yao, sheet.pk, at=NOON)

    check_problem(Asker(awa).get("counts/open"), 404, "not_found")


# Filling it in


def test_a_persons_new_number_replaces_their_old_one_and_peoples_numbers_add_up(awa, koffi, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 5)
    factories.counted(awa, sheet, beer, 10)
    factories.counted(koffi, sheet, beer, 12)

    [line] = review(yao, sheet.pk).products

    assert (line.counted, line.expected, line.difference, line.has_moved) == (22, 24, -2, False)
    assert line.counted_by == [{"name": "awa", "counted": 10}, {"name": "koffi", "counted": 12}]


def test_the_same_typing_sent_twice_is_one_look_at_the_shelf(awa, koffi, sheet, beer):
    key = uuid.uuid4()
    factories.counted(awa, sheet, beer, 24, key=key)
    factories.sale(koffi, {beer.pk: 2})
    before = books()

    factories.counted(awa, sheet, beer, 24, key=key)

    assert books() == before
    factories.counted(awa, sheet, beer, 22)
    assert list(CountEntry.objects.order_by("id").values_list("quantity", "stock_then")) == [(24, 24), (22, 22)]


def test_a_typing_that_is_repeated_late_does_not_come_back(awa, yao, sheet, beer):
    key = uuid.uuid4()
    factories.counted(awa, sheet, beer, 5, key=key)
    factories.counted(awa, sheet, beer, 9)
    before = books()

    factories.counted(awa, sheet, beer, 5, key=key)

    assert books() == before
    assert ([line.counted for line in review(yao, sheet.pk).products], noted(awa)) == ([9], [9])
    apply(yao, sheet)
    factories.counted(awa, sheet, beer, 5, key=key)  # the sheet has taken it while it was open
    assert shelf(beer) == [(9, 0)]


def test_a_key_that_has_typed_something_else_is_refused(awa, koffi, sheet, beer, coke):
    key = uuid.uuid4()
    factories.counted(awa, sheet, beer, 5, key=key)
    before = books()

    for member, product, write in (
        (awa, beer, lambda member, product: factories.counted(member, sheet, product, 7, key=key)),
        (awa, coke, lambda member, product: factories.counted(member, sheet, product, 5, key=key)),
        (koffi, beer, lambda member, product: factories.counted(member, sheet, product, 5, key=key)),
        (awa, beer, lambda member, product: withdraw_product(member, sheet.pk, product.pk, key=key)),
    ):
        with pytest.raises(KeyReused):
            write(member, product)

    assert books() == before


def test_what_was_noted_can_be_taken_back_once_and_again(awa, koffi, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 5)
    factories.counted(koffi, sheet, beer, 12)

    for _ in range(2):
        withdraw_product(awa, sheet.pk, beer.pk, key=uuid.uuid4())

    assert [line.counted_by for line in review(yao, sheet.pk).products] == [[{"name": "koffi", "counted": 12}]]
    assert (noted(awa), noted(koffi)) == ([None], [12])
    withdraw_product(koffi, sheet.pk, beer.pk, key=uuid.uuid4())
    assert (review(yao, sheet.pk).products, review(yao, sheet.pk).not_counted) == ([], 1)


def test_taking_back_that_is_repeated_late_leaves_what_was_noted_since(awa, sheet, beer):
    asker, key = Asker(awa), uuid.uuid4()
    address = f"counts/{sheet.pk}/products/{beer.pk}"
    factories.counted(awa, sheet, beer, 5)
    asker.delete(f"{address}?key={key}")
    factories.counted(awa, sheet, beer, 9)
    before = books()

    again = asker.delete(f"{address}?key={key}")

    assert (again.status_code, noted(awa), books()) == (204, [9], before)
    assert (asker.delete(address).status_code, noted(awa)) == (400, [9])
    asker.delete(f"{address}?key={uuid.uuid4()}")
    assert noted(awa) == [None]


def test_nobody_rewrites_what_was_typed(awa, sheet, beer):
    factories.counted(awa, sheet, beer, 5)
    before = books()

    for write in (lambda: CountEntry.objects.update(quantity=1), lambda: CountEntry.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            write()

    assert books() == before


def test_only_the_bars_own_products_and_sheets_are_counted(awa, zoe, sheet, beer):
    theirs = factories.product(zoe.bar, "Awooyo")
    before = books()

    with pytest.raises(UnknownProduct):
        factories.counted(awa, sheet, theirs, 5)
    with pytest.raises(NotFound):
        factories.counted(zoe, sheet, theirs, 5)
    with pytest.raises(NotFound):
        count_product(awa, uuid.uuid4(), beer.pk, key=uuid.uuid4(), quantity=5)
    with pytest.raises(NotFound):
        withdraw_product(awa, sheet.pk, theirs.pk, key=uuid.uuid4())

    assert books() == before


# Deciding


def test_the_review_says_what_differs_and_what_it_is_worth(awa, koffi, yao, sheet, bar):
    beer = factories.product(bar, "Beaufort", stock=24, cost=Decimal("416.6667"))
    coke = factories.product(bar, "Coca", stock=12, cost=Decimal("250.5"))
    factories.product(bar, "Flag")
    factories.counted(awa, sheet, beer, 22)
    factories.counted(koffi, sheet, coke, 13)

    found = Asker(yao).get(f"counts/{sheet.pk}").json()

    assert found["sheet"] == {
        "id": str(sheet.pk),
        "status": "open",
        "opened_at": found["sheet"]["opened_at"],
        "opened_by": "yao",
        "decided_at": None,
        "decided_by": "",
    }
    assert found["products"] == [
        {
            "product": str(beer.pk),
            "name": "Beaufort",
            "counted": 22,
            "expected": 24,
            "difference": -2,
            "cost": "416.6667",
            "value": -833,
            "has_moved": False,
            "counted_by": [{"name": "awa", "counted": 22}],
        },
        {
            "product": str(coke.pk),
            "name": "Coca",
            "counted": 13,
            "expected": 12,
            "difference": 1,
            "cost": "250.5000",
            "value": 250,
            "has_moved": False,
            "counted_by": [{"name": "koffi", "counted": 13}],
        },
    ]
    assert (found["value"], found["not_counted"]) == (-583, 1)


def test_applying_adjusts_what_differs_and_nothing_else(awa, yao, sheet, bar):
    beer, coke, flag = (
        factories.product(bar, name, stock=24, cost=Decimal(cost))
        for name, cost in (("Beaufort", 400), ("Coca", 250), ("Flag", 300))
    )
    factories.product(bar, "Ivoire", stock=24)
    for product, number in ((beer, 22), (coke, 24), (flag, 30)):
        factories.counted(awa, sheet, product, number)

    applied = apply(yao, sheet)

    assert (applied.status, applied.decided_by_id, applied.decided_at) == ("applied", yao.user_id, NOON)
    assert adjusted() == [("Beaufort", -2, "count", Decimal(400)), ("Flag", 6, "count", Decimal(300))]
    assert shelf(beer, coke, flag) == [(22, 0), (24, 0), (30, 0)]


def test_what_is_sold_while_people_count_stays_sold(awa, koffi, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 22)  # two are missing
    factories.sale(koffi, {beer.pk: 4})

    apply(yao, sheet)

    assert shelf(beer) == [(18, 0)]


def test_the_last_entry_says_what_should_have_been_there_and_movement_between_is_told(awa, koffi, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 10)
    factories.sale(koffi, {beer.pk: 4})
    factories.counted(koffi, sheet, beer, 10)

    [line] = review(yao, sheet.pk).products
    apply(yao, sheet)

    assert (line.expected, line.difference, line.has_moved, shelf(beer)) == (20, 0, True, [(20, 0)])


def test_applying_twice_answers_with_the_same_and_writes_nothing_more(awa, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 22)
    first = apply(yao, sheet)
    before = books()

    again = apply_count(yao, sheet.pk, at=NOON.replace(hour=15))

    assert (again.pk, again.status, again.decided_at) == (first.pk, "applied", first.decided_at)
    assert books() == before


def test_an_empty_sheet_is_applied_to_nothing(yao, sheet, beer):
    assert (apply(yao, sheet).status, adjusted()) == ("applied", [])


def test_a_count_below_what_is_promised_is_refused_whole(awa, yao, sheet, beer, coke):
    factories.sale(awa, {beer.pk: 5})
    factories.counted(awa, sheet, beer, 4)
    factories.counted(awa, sheet, coke, 11)
    before = books()

    with pytest.raises(Reserved) as refusal:
        apply(yao, sheet)

    [product] = refusal.value.data["products"]
    assert (product["product"], product["left"], product["reserved"]) == (str(beer.pk), 4, 5)
    assert [hold["quantity"] for hold in product["held_by"]] == [5]
    assert books() == before
    factories.counted(awa, sheet, beer, 5)
    apply(yao, sheet)
    assert shelf(beer, coke) == [(5, 5), (11, 0)]


def test_a_count_that_sales_have_overtaken_is_refused_whole(awa, koffi, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 2)  # says that 22 are missing
    factories.sale(koffi, {beer.pk: 20})
    before = books()

    with pytest.raises(OutOfStock):
        apply(yao, sheet)

    assert books() == before


def test_a_difference_that_no_adjustment_can_hold_is_refused(awa, koffi, yao, sheet, beer):
    for member in (awa, koffi):
        factories.counted(member, sheet, beer, MOST_ADJUSTED)
    before = books()

    with pytest.raises(CountImplausible) as refusal:
        apply(yao, sheet)

    assert refusal.value.data == {"products": [str(beer.pk)]}
    assert books() == before


@pytest.mark.parametrize("decide", [apply_count, discard_count])
def test_a_decided_sheet_is_written_on_no_more(decide, awa, yao, sheet, beer):
    coke = factories.product(yao.bar, "Coca", stock=12)
    factories.counted(awa, sheet, beer, 22)
    decide(yao, sheet.pk, at=NOON)
    before = books()

    for write in (
        lambda: factories.counted(awa, sheet, beer, 21),
        lambda: factories.counted(awa, sheet, coke, 11),
        lambda: withdraw_product(awa, sheet.pk, beer.pk, key=uuid.uuid4()),
        lambda: (discard_count if decide == apply_count else apply_count)(yao, sheet.pk, at=NOON),
    ):
        with pytest.raises(CountDecided):
            write()

    assert books() == before


def test_discarding_changes_no_stock_and_may_be_asked_twice(awa, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 2)

    first, again = (discard_count(yao, sheet.pk, at=NOON) for _ in range(2))

    assert (first.status, again.status, adjusted(), shelf(beer)) == ("discarded", "discarded", [], [(24, 0)])


def test_an_applied_count_is_told_at_the_cost_it_was_applied_at(awa, koffi, yao, sheet, bar):
    beer = factories.product(bar, "Beaufort", stock=24, cost=Decimal(400))
    factories.counted(awa, sheet, beer, 22)
    apply(yao, sheet)

    factories.supply(koffi, beer, 1, 24, 24_000)

    assert [line.value for line in review(yao, sheet.pk).products] == [-800]


@pytest.mark.parametrize("count", [1, 3])
def test_applying_costs_the_same_statements_whatever_the_number_of_products(count, awa, yao, sheet, bar):
    for number in range(count):
        factories.counted(awa, sheet, factories.product(bar, f"Bière {number}"), 20)

    with CaptureQueriesContext(connection) as queries:
        apply(yao, sheet)

    assert Adjustment.objects.count() == count
    assert len([query for query in queries if query["sql"].split()[0] not in ("SAVEPOINT", "RELEASE")]) == 6


# The database


def test_the_database_writes_on_an_open_sheet_only(awa, yao, sheet, beer):
    factories.counted(awa, sheet, beer, 22)
    apply(yao, sheet)
    before = books()
    fields = {"bar": yao.bar, "product": beer, "count": sheet}

    for write in (
        lambda: CountEntry.objects.create(**fields, counted_by=yao.user, key=uuid.uuid4(), quantity=1, stock_then=1),
        lambda: Adjustment.objects.create(
            **fields, key=uuid.uuid4(), quantity=-1, reason="count", unit_cost=0, created_by=yao.user
        ),
    ):
        with pytest.raises(IntegrityError, match="is not open|while it is open"), transaction.atomic():
            write()

    assert books() == before


def test_the_database_lets_one_sheet_of_a_bar_be_open(yao, sheet):
    before = books()

    with pytest.raises(IntegrityError, match="a_bar_counts_one_sheet_at_a_time"), transaction.atomic():
        StockCount.objects.create(bar=yao.bar, opened_by=yao.user)

    assert books() == before


# By the API


def test_a_count_by_the_api(awa, koffi, yao, beer, coke):
    owner = Asker(yao)
    opened, again = (owner.post("counts") for _ in range(2))
    address = f"counts/{opened.json()['id']}"

    noted = Asker(awa).put(f"{address}/products/{beer.pk}", {"key": uuid.uuid4(), "quantity": 23})
    Asker(koffi).put(f"{address}/products/{coke.pk}", {"key": uuid.uuid4(), "quantity": 1})
    withdrawn = Asker(koffi).delete(f"{address}/products/{coke.pk}?key={uuid.uuid4()}")
    applied = owner.post(f"{address}/apply")

    assert (opened.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == opened.json()
    assert [(answer.status_code, answer.content) for answer in (noted, withdrawn)] == [(204, b"")] * 2
    assert (applied.status_code, applied.json()["sheet"]["status"], applied.json()["sheet"]["decided_by"]) == (
        200,
        "applied",
        "yao",
    )
    assert [(one["name"], one["difference"]) for one in applied.json()["products"]] == [("Beaufort", -1)]
    assert [one["status"] for one in owner.get("counts").json()["counts"]] == ["applied"]
    assert check_problem(owner.post(f"{address}/discard"), 409, "count_decided")["now"] == "applied"
    assert shelf(beer, coke) == [(23, 0), (12, 0)]


@pytest.mark.parametrize("quantity", [-1, 1.5, "1", True, None, 1_000_001, 10**400])
def test_a_number_that_cannot_be_counted_is_refused(quantity, awa, sheet, beer):
    before = books()

    answer = Asker(awa).put(f"counts/{sheet.pk}/products/{beer.pk}", {"key": uuid.uuid4(), "quantity": quantity})

    check_problem(answer, 400, "invalid")
    assert books() == before


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("awa", "POST", "counts", 403),
        ("awa", "GET", "counts", 403),
        ("awa", "GET", "counts/{count}", 403),
        ("awa", "POST", "counts/{count}/apply", 403),
        ("koffi", "POST", "counts", 403),
        ("koffi", "GET", "counts/{count}", 403),
        ("koffi", "POST", "counts/{count}/apply", 403),
        ("koffi", "POST", "counts/{count}/discard", 403),
        ("zoe", "GET", "counts/open", 404),
        ("zoe", "GET", "counts/{count}", 404),
        ("zoe", "PUT", "counts/{count}/products/{product}", 404),
        ("zoe", "POST", "counts/{count}/apply", 404),
    ],
)
def test_who_may_not_decide_learns_nothing(who, method, path, status, request):
    sheet, beer = (request.getfixturevalue(name) for name in ("sheet", "beer"))
    asker = Asker(request.getfixturevalue(who), bar=beer.bar)
    before = books()

    answer = asker.ask(
        method,
        path.format(count=sheet.pk, product=beer.pk),
        {"key": uuid.uuid4(), "quantity": 1} if method == "PUT" else {},
    )

    assert (answer.status_code, b"Beaufort" in answer.content) == (status, False)
    assert books() == before


def test_another_bars_count_is_as_unknown_as_none(zoe, sheet):
    def ask(method, path, pk):
        answer = Asker(zoe).ask(method, path.format(pk))
        return answer.status_code, answer.json() | {"request_id": ""}

    before = books()

    for method, path in (("GET", "counts/{}"), ("POST", "counts/{}/apply"), ("POST", "counts/{}/discard")):
        theirs, none = ask(method, path, sheet.pk), ask(method, path, uuid.uuid4())
        assert theirs == none
        assert theirs[0] == 404
    assert books() == before
