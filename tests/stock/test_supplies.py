"""Deliveries: what they do to stock and cost, and how they are taken back."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bars.pages import PAGE
from bars.transactions import KeyReused
from realtime.errors import NotFound
from stock.models import Movement, Product, Supplier, Supply
from stock.services.shelf import OutOfStock, UnknownProduct
from stock.services.supplies import NotReversible, UnknownSupplier, receive, reverse_supply
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem
from tests.stock.asking import Asker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def brasserie(bar):
    return Supplier.objects.create(bar=bar, name="Brasserie")


def cost_of(product):
    return Product.objects.values_list("cost", flat=True).get(pk=product.pk)


def movements_of(supply):
    found = Movement.objects.filter(cause="supply", cause_id=supply.pk)
    return list(found.values_list("product_id", "quantity", "created_by__username"))


# Receiving


def test_a_delivery_brings_stock_and_its_price_into_the_average(koffi, bar, brasserie):
    beer = factories.product(bar, "Beaufort", stock=10, cost=Decimal(400))

    received = receive(koffi, factories.delivery(beer, 2, 5, 2_500, supplier=brasserie.pk, note="BL 12"), at=NOON)

    supply = received.supply
    assert (received.is_replay, supply.units, supply.total, supply.cost_before) == (False, 10, 5_000, Decimal(400))
    assert (supply.supplier, supply.note, supply.business_date) == (brasserie, "BL 12", date(2026, 11, 20))
    assert (shelf(beer), cost_of(beer)) == ([(20, 0)], Decimal(450))
    assert movements_of(supply) == [(beer.pk, 10, "koffi")]


def test_the_first_delivery_says_what_a_unit_costs(koffi, bar):
    beer = factories.product(bar, "Beaufort", stock=0, cost=Decimal(999))

    factories.supply(koffi, beer, 1, 24, 10_000)

    assert cost_of(beer) == Decimal("416.6667")


def test_a_delivery_in_the_night_belongs_to_the_day_before(koffi, beer):
    assert factories.supply(koffi, beer, at=NOON.replace(hour=5)).business_date == date(2026, 11, 19)


def test_what_is_off_sale_can_be_received(koffi, bar):
    beer = factories.product(bar, "Beaufort", stock=0, is_active=False)

    factories.supply(koffi, beer, 1, 24)

    assert shelf(beer) == [(24, 0)]


def test_the_same_key_answers_with_the_same_supply_and_writes_nothing_more(koffi, beer):
    delivery = factories.delivery(beer, 2)
    first = receive(koffi, delivery, at=NOON)
    before = books()

    again = receive(koffi, delivery, at=NOON.replace(hour=15))

    assert (first.is_replay, again.is_replay, again.supply.pk) == (False, True, first.supply.pk)
    assert books() == before


@pytest.mark.parametrize(
    "change",
    [{"lots": 3}, {"lot_size": 12}, {"lot_price": 9_999}, {"payment": Supply.Payment.CREDIT}, {"note": "another"}],
    ids=lambda change: next(iter(change)),
)
def test_a_key_that_has_received_something_else_is_refused(change, koffi, beer):
    key = factories.supply(koffi, beer).key
    before = books()

    with pytest.raises(KeyReused):
        receive(koffi, factories.delivery(beer, key=key, **change), at=NOON)

    assert books() == before


def test_a_key_is_its_product_its_persons_and_its_bars(koffi, yao, zoe, beer, coke):
    key = factories.supply(koffi, beer).key
    before = books()

    for member, product in ((koffi, coke), (yao, beer)):
        with pytest.raises(KeyReused):
            receive(member, factories.delivery(product, key=key), at=NOON)
    assert books() == before

    theirs = factories.product(zoe.bar, "Awooyo")
    assert receive(zoe, factories.delivery(theirs, key=key), at=NOON).is_replay is False


def test_what_the_bar_has_not_got_is_not_received(koffi, zoe, beer):
    theirs = factories.product(zoe.bar, "Awooyo")
    before = books()

    with pytest.raises(UnknownProduct) as refusal:
        factories.supply(koffi, theirs)

    assert refusal.value.data == {"products": [str(theirs.pk)]}
    assert books() == before


@pytest.mark.parametrize("kind", ["another bar's", "one who delivers no more", "nobody"])
def test_an_unknown_supplier_brings_nothing(kind, koffi, zoe, bar, beer):
    who = {
        "another bar's": lambda: Supplier.objects.create(bar=zoe.bar, name="Solibra").pk,
        "one who delivers no more": lambda: Supplier.objects.create(bar=bar, name="Solibra", is_active=False).pk,
        "nobody": uuid.uuid4,
    }[kind]()
    before = books()

    with pytest.raises(UnknownSupplier):
        factories.supply(koffi, beer, supplier=who)

    assert books() == before


# Taking back


def test_i06_a_reversal_is_a_mirror_and_gives_back_stock_and_cost(koffi, yao, bar):
    beer = factories.product(bar, "Beaufort", stock=10, cost=Decimal("399.1234"))
    supply = factories.supply(koffi, beer, 2, 5, 2_500)

    mirror = reverse_supply(yao, supply.pk, note="wrong bar", at=NOON).supply

    told = (mirror.lots, mirror.lot_size, mirror.lot_price, mirror.payment, mirror.reverses_id, mirror.note)
    assert told == (-2, 5, 2_500, "cash", supply.pk, "wrong bar")
    assert movements_of(mirror) == [(beer.pk, -10, "yao")]
    assert shelf(beer) == [(10, 0)]
    assert abs(cost_of(beer) - Decimal("399.1234")) <= Decimal("0.0002")


def test_the_reversal_of_all_there_is_gives_back_the_cost_from_before(koffi, yao, bar):
    beer = factories.product(bar, "Beaufort", stock=0, cost=Decimal(410))
    supply = factories.supply(koffi, beer, 1, 24, 100_000)  # one nought too many

    reverse_supply(yao, supply.pk, at=NOON)

    assert (shelf(beer), cost_of(beer)) == ([(0, 0)], Decimal(410))


def test_reversing_twice_answers_with_the_same_mirror_and_writes_nothing_more(koffi, yao, beer):
    supply = factories.supply(koffi, beer)
    first = reverse_supply(yao, supply.pk, at=NOON)
    before = books()

    again = reverse_supply(yao, supply.pk, note="again", at=NOON)

    assert (first.is_replay, again.is_replay, again.supply.pk) == (False, True, first.supply.pk)
    assert books() == before


def test_a_reversal_is_not_reversed(koffi, yao, beer):
    mirror = reverse_supply(yao, factories.supply(koffi, beer).pk, at=NOON).supply
    before = books()

    with pytest.raises(NotReversible):
        reverse_supply(yao, mirror.pk, at=NOON)

    assert books() == before


@pytest.mark.parametrize("seller", ["koffi", "awa"])
def test_what_is_sold_or_promised_is_not_taken_back(seller, request, koffi, yao, bar):
    beer = factories.product(bar, "Beaufort", stock=0)
    supply = factories.supply(koffi, beer, 1, 24)
    factories.sale(request.getfixturevalue(seller), {beer.pk: 1})
    before = books()

    with pytest.raises(OutOfStock) as refusal:
        reverse_supply(yao, supply.pk, at=NOON)

    assert refusal.value.data["shortages"] == [
        {"product": str(beer.pk), "name": "Beaufort", "wanted": 24, "available": 23}
    ]
    assert books() == before


def test_a_dear_delivery_taken_back_after_sales_never_makes_the_cost_negative(koffi, yao, bar):
    beer = factories.product(bar, "Beaufort", stock=10, cost=Decimal(100))
    supply = factories.supply(koffi, beer, 1, 10, 9_000)  # 500 on average from here
    factories.sale(koffi, {beer.pk: 9})

    reverse_supply(yao, supply.pk, at=NOON)

    assert (shelf(beer), cost_of(beer)) == ([(1, 0)], Decimal(0))


def test_another_bars_supply_is_nowhere(koffi, zoe, beer):
    supply = factories.supply(koffi, beer)
    before = books()

    for pk in (supply.pk, uuid.uuid4()):
        with pytest.raises(NotFound):
            reverse_supply(zoe, pk, at=NOON)

    assert books() == before


@pytest.mark.parametrize(
    "change", [{"lots": -3}, {"lot_size": 12}, {"lot_price": 1}, {"payment": "card"}, {"product": None}]
)
def test_the_database_refuses_a_mirror_that_is_none(change, koffi, beer, coke):
    supply = factories.supply(koffi, beer, 2)
    mirror = {"lots": -2, "lot_size": 24, "lot_price": 10_000, "payment": "cash", "product": beer} | change
    mirror["product"] = mirror["product"] or coke
    before = books()

    def write(**fields):
        with transaction.atomic():
            Supply.objects.create(
                bar=koffi.bar, key=uuid.uuid4(), created_by=koffi.user, reverses=supply, **(mirror | fields)
            )

    with pytest.raises(IntegrityError, match="does not mirror"):
        write()
    assert books() == before

    write(lots=-2, lot_size=24, lot_price=10_000, payment="cash", product=beer)
    with pytest.raises(IntegrityError, match="reverses_id"):
        write(lots=-2, lot_size=24, lot_price=10_000, payment="cash", product=beer)


# By the API


def form(product, **fields):
    body = {"key": str(uuid.uuid4()), "product": str(product.pk), "lots": 1, "lot_size": 24, "lot_price": 10_000}
    return body | {"payment": "cash"} | fields


def test_a_delivery_by_the_api_and_its_reversal(koffi, yao, bar, brasserie):
    beer = factories.product(bar, "Beaufort", stock=0)
    body = form(beer, supplier=str(brasserie.pk), note=" BL  12 ")

    received, again = (Asker(koffi).post("supplies", body) for _ in range(2))
    mirror = Asker(yao).post(f"supplies/{received.json()['id']}/reversal", {"note": "not ours"})

    supply = Supply.objects.get(reverses=None)
    assert (received.status_code, received.json()) == (
        201,
        {
            "id": str(supply.pk),
            "key": body["key"],
            "product": str(beer.pk),
            "product_name": "Beaufort",
            "supplier": str(brasserie.pk),
            "supplier_name": "Brasserie",
            "lots": 1,
            "lot_size": 24,
            "units": 24,
            "lot_price": 10_000,
            "total": 10_000,
            "payment": "cash",
            "cost_before": "0.0000",
            "reverses": None,
            "reversed_by": None,
            "note": "BL 12",
            "business_date": supply.business_date.isoformat(),
            "at": received.json()["at"],
            "by": "koffi",
        },
    )
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (received.json(), "true")
    assert (mirror.status_code, mirror.json()["units"], mirror.json()["reverses"]) == (201, -24, str(supply.pk))
    listed = Asker(koffi).get("supplies").json()["supplies"]
    assert [(one["units"], one["reversed_by"]) for one in listed] == [(-24, None), (24, mirror.json()["id"])]


BAD = {
    "no lots": ("lots", 0),
    "lots below 0": ("lots", -1),
    "10 001 lots": ("lots", 10_001),
    "half a lot": ("lots", 1.5),
    "lots as text": ("lots", "1"),
    "lots of true": ("lots", True),
    "empty lots": ("lot_size", 0),
    "1 001 in a lot": ("lot_size", 1_001),
    "a price below 0": ("lot_price", -1),
    "too high a price": ("lot_price", 10**9 + 1),
    "a price of 10^400": ("lot_price", 10**400),
    "an unknown payment": ("payment", "shells"),
    "on a tab": ("payment", "tab"),
    "a key that is none": ("key", "1"),
    "a note too long": ("note", "x" * 201),
    "a note with NUL": ("note", "\0"),
    "the server's date": ("business_date", "2026-11-20"),
    "a mirror": ("reverses", str(uuid.uuid4())),
}


@pytest.mark.parametrize(("field", "value"), BAD.values(), ids=BAD)
def test_a_delivery_that_cannot_be_is_refused_by_the_field(field, value, koffi, beer):
    before = books()

    answer = Asker(koffi).post("supplies", form(beer) | {field: value})

    errors = check_problem(answer, 400, "invalid")["errors"]
    assert [error["field"] for error in errors] == [f"body.supply.{field}"]
    assert books() == before


def test_more_stock_than_can_be_counted_is_refused(koffi, beer):
    Product.objects.filter(pk=beer.pk).update(cost=1)
    for _ in range(3):
        factories.supply(koffi, beer, 10_000, 1_000, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)"
            " VALUES (%s, %s, 2100000000, 'opening', gen_random_uuid(), %s)",
            [koffi.bar_id, beer.pk, koffi.user_id],
        )
    before = books()

    for _ in range(2):
        answer = Asker(koffi).post("supplies", form(beer, lots=10_000, lot_size=1_000, lot_price=0))
        if answer.status_code != 201:
            break
        before = books()

    check_problem(answer, 400, "invalid")
    assert books() == before


def test_supplies_are_filtered_and_paged(koffi, beer, coke, brasserie):
    factories.supply(koffi, coke, supplier=brasserie.pk, at=NOON)
    for _ in range(PAGE):
        factories.supply(koffi, beer, at=NOON.replace(day=19))
    asker = Asker(koffi)

    first = asker.get("supplies").json()
    second = asker.get("supplies", before=first["next"]).json()
    by_product, by_supplier, by_date = (
        [one["product_name"] for one in asker.get("supplies", **filters).json()["supplies"]]
        for filters in ({"product": coke.pk}, {"supplier": brasserie.pk}, {"on": "2026-11-20"})
    )

    assert (len(first["supplies"]), len(second["supplies"]), second["next"]) == (PAGE, 1, None)
    assert by_product == by_supplier == by_date == ["Coca"]
    check_problem(asker.get("supplies", before="x"), 400, "invalid")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_queries_whatever_its_length(count, koffi, beer, brasserie):
    for _ in range(count):
        factories.supply(koffi, beer, supplier=brasserie.pk)
    asker = Asker(koffi)

    with CaptureQueriesContext(connection) as queries:
        answer = asker.get("supplies")

    assert len(answer.json()["supplies"]) == count
    assert len([query for query in queries if "stock_" in query["sql"]]) == 1


def test_suppliers_are_added_changed_and_kept(koffi):
    asker = Asker(koffi)

    added = asker.post("suppliers", {"name": "Solibra", "phone": "+225 07"})
    changed = asker.patch(f"suppliers/{added.json()['id']}", {"is_active": False, "note": "closed"})

    assert added.status_code == 201
    assert changed.json() == added.json() | {"is_active": False, "note": "closed"}
    assert asker.get("suppliers").json() == [changed.json()]


def test_two_suppliers_of_a_name_are_refused(koffi, brasserie):
    other = Supplier.objects.create(bar=koffi.bar, name="Solibra")
    before = books()

    for answer in (
        Asker(koffi).post("suppliers", {"name": "Brasserie"}),
        Asker(koffi).patch(f"suppliers/{other.pk}", {"name": "Brasserie"}),
    ):
        assert check_problem(answer, 409, "taken")["field"] == "name"
    assert books() == before


# Who may


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("awa", "GET", "supplies", 403),
        ("awa", "POST", "supplies", 403),
        ("awa", "GET", "suppliers", 403),
        ("awa", "POST", "suppliers", 403),
        ("awa", "PATCH", "suppliers/{supplier}", 403),
        ("awa", "POST", "supplies/{supply}/reversal", 403),
        ("koffi", "POST", "supplies/{supply}/reversal", 403),
        ("zoe", "GET", "supplies", 404),
        ("zoe", "POST", "supplies", 404),
        ("zoe", "POST", "supplies/{supply}/reversal", 404),
        ("zoe", "PATCH", "suppliers/{supplier}", 404),
    ],
)
def test_who_may_not_receive_or_reverse_learns_nothing(who, method, path, status, request):
    koffi, beer, brasserie = (request.getfixturevalue(name) for name in ("koffi", "beer", "brasserie"))
    supply = factories.supply(koffi, beer, lot_price=98_765)
    body = form(beer) if path == "supplies" else {"name": "Mine"} if "supplier" in path else {}
    asker = Asker(request.getfixturevalue(who), bar=beer.bar)
    before = books()

    answer = asker.ask(method, path.format(supply=supply.pk, supplier=brasserie.pk), body)

    assert answer.status_code == status
    assert not any(word in answer.content for word in (b"98765", b"Brasserie"))
    assert books() == before


def test_another_bars_supplier_is_as_unknown_as_none(zoe, brasserie):
    before = books()

    answers = [Asker(zoe).patch(f"suppliers/{pk}", {"name": "Mine"}) for pk in (brasserie.pk, uuid.uuid4())]

    assert [check_problem(answer, 404, "not_found") | {"request_id": ""} for answer in answers[:1]] == [
        answers[1].json() | {"request_id": ""}
    ]
    assert books() == before
