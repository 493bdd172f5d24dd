"""The ledger moves the stock, and nobody else does: not the application, nor psql as the owner of the database."""

import uuid

import psycopg
import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from bars.grants import ROLE
from bars.invariants import all_invariants, check
from stock.models import HIGHEST_PRICE, Movement, Product
from stock.services.counting import apply_count
from stock.services.products import Article, Opening, add_product, change_product
from stock.services.supplies import reverse_supply
from tests import factories
from tests.books import books, shelf
from tests.settling import run, settle

CAUSES = [cause.value for cause in Movement.Cause]
GAINS, LOSSES, BOTH = {"opening", "return", "cancel", "consign"}, {"sale", "claim"}, {"supply", "adjustment"}


@pytest.fixture(params=["superuser", ROLE])
def role(request, db):
    """Both may try: the owner of the database, and the role of the web, relay and worker processes."""
    return request.param


def run_as(role, statement, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        if role == ROLE:
            cursor.execute(f"SET LOCAL ROLE {ROLE}")
        cursor.execute(statement, params)
        count = cursor.rowcount
        cursor.execute("RESET ROLE")
    return count


def refusal_of(role, statement, *params):
    """The SQLSTATE with which Postgres refuses a statement."""
    with pytest.raises((ProgrammingError, InternalError, IntegrityError)) as refusal:
        run_as(role, statement, *params)
    assert isinstance(refusal.value.__cause__, psycopg.Error)
    return refusal.value.__cause__.sqlstate


@pytest.mark.parametrize("change", ["stock = 25", "stock = stock - 1", "reserved = 1", "stock = 30, reserved = 2"])
def test_i02_c20_stock_is_not_written_directly(change, role, beer):
    before = books()

    assert refusal_of(role, f"UPDATE stock_product SET {change} WHERE id = %s", beer.pk) == "42501"
    assert books() == before

    assert run_as(role, "UPDATE stock_product SET price = 1100, alert_threshold = 7 WHERE id = %s", beer.pk) == 1


def test_i02_c20_not_by_the_orm_either(beer):
    before = books()

    with pytest.raises(ProgrammingError, match="stock is changed by documents alone"), transaction.atomic():
        Product.objects.filter(pk=beer.pk).update(stock=0)

    assert books() == before


@pytest.mark.parametrize("numbers", [(1, 0), (0, 1), (5, 2), (-1, 0)])
def test_i02_a_product_is_not_born_with_stock(numbers, role, beer):
    copy = """
        INSERT INTO stock_product (
            bar_id, category_id, name, sku, price, cost, stock, reserved, alert_threshold, is_active
        )
        SELECT bar_id, category_id, name || ' 2', sku, price, cost, %s, %s, alert_threshold, is_active
        FROM stock_product WHERE id = %s
    """
    before = books()

    assert refusal_of(role, copy, *numbers, beer.pk) == "42501"
    assert books() == before

    assert run_as(role, copy, 0, 0, beer.pk) == 1


MOVE = """
INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
VALUES (%s, %s, %s, %s, gen_random_uuid(), %s)
"""


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "opening"])
@pytest.mark.parametrize("quantity", [1, -1])
def test_i06_c20_a_movement_without_its_document_is_refused(quantity, cause, role, koffi, beer):
    before = books()

    assert refusal_of(role, MOVE, koffi.bar_id, beer.pk, quantity, cause, koffi.user_id) == "42501"
    assert books() == before


def test_i02_an_opening_movement_brings_stock(role, koffi, beer):
    run_as(role, MOVE, koffi.bar_id, beer.pk, 6, "opening", koffi.user_id)

    assert shelf(beer) == [(30, 0)]


def test_i02_many_movements_at_once_move_each_product_by_their_sum(koffi, beer, coke):
    run_as(
        "superuser",
        """
        INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)
        SELECT %s, moved.product, moved.quantity, 'opening', gen_random_uuid(), %s
        FROM unnest(%s::uuid[], %s::int[]) AS moved (product, quantity)
        """,
        koffi.bar_id,
        koffi.user_id,
        [beer.pk, coke.pk, beer.pk],
        [1, 2, 3],
    )

    assert shelf(beer, coke) == [(28, 0), (14, 0)]


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("quantity", [-3, 0, 3])
def test_i13_a_movement_goes_the_way_of_its_cause(quantity, cause, koffi, beer):
    """As if it came from a document: with the trigger off that asks for one."""
    settle()
    run("ALTER TABLE stock_movement DISABLE TRIGGER movements_come_from_documents")
    before = books()
    move = (MOVE, koffi.bar_id, beer.pk, quantity, cause, koffi.user_id)

    if quantity > 0 and cause in GAINS | BOTH or quantity < 0 and cause in LOSSES | BOTH:
        run_as("superuser", *move)
        assert shelf(beer) == [(24 + quantity, 0)]
    else:
        assert refusal_of("superuser", *move) == "23514"
        assert books() == before


def test_i01_i13_a_document_that_takes_more_than_there_is_is_refused_by_the_database(koffi, beer):
    adjust = """
        INSERT INTO stock_adjustment (bar_id, key, product_id, quantity, reason, note, unit_cost, created_by_id)
        VALUES (%s, gen_random_uuid(), %s, %s, 'breakage', '', 0, %s)
    """
    before = books()

    assert refusal_of("superuser", adjust, koffi.bar_id, beer.pk, -25, koffi.user_id) == "23514"
    assert books() == before

    run_as("superuser", adjust, koffi.bar_id, beer.pk, -24, koffi.user_id)
    assert shelf(beer) == [(0, 0)]


def test_i01_what_is_promised_is_not_taken_by_the_database_either(awa, koffi, beer):
    factories.sale(awa, {beer.pk: 20})
    before = books()

    with pytest.raises(IntegrityError, match="reserved_is_between_0_and_stock"), transaction.atomic():
        koffi.bar.adjustments.create(
            key=uuid.uuid4(), product=beer, quantity=-5, reason="theft", unit_cost=0, created_by=koffi.user
        )

    assert books() == before


@pytest.mark.parametrize("change", ["quantity = 1", "cause = 'supply'", "product_id = gen_random_uuid()"])
def test_i18_a_movement_is_never_changed(change, role, beer):
    before = books()

    assert refusal_of(role, f"UPDATE stock_movement SET {change}") in ("42501", "P0001")
    assert refusal_of(role, "DELETE FROM stock_movement") in ("42501", "P0001")
    assert books() == before


@pytest.mark.parametrize("table", ["stock_supply", "stock_adjustment", "stock_price"])
def test_i18_nor_is_a_document_of_the_stock(table, role, yao, beer):
    factories.supply(yao, beer)
    factories.adjustment(yao, beer, -1)
    before = books()

    assert refusal_of(role, f"UPDATE {table} SET product_id = product_id") in ("42501", "P0001")
    assert refusal_of(role, f"DELETE FROM {table}") in ("42501", "P0001")
    assert books() == before


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("price = -1", "stock_product_price_check"),
        (f"price = {HIGHEST_PRICE + 1}", "price_is_in_bounds"),
        ("cost = -0.0001", "cost_is_never_negative"),
    ],
)
def test_i17_prices_and_costs_stay_in_bounds(change, constraint, role, beer):
    before = books()

    with pytest.raises(IntegrityError, match=constraint):
        run_as(role, f"UPDATE stock_product SET {change} WHERE id = %s", beer.pk)

    assert books() == before


def test_i02_i13_i17_hold_after_a_delivery_an_adjustment_and_a_count(yao, koffi, beer, coke):
    factories.supply(koffi, beer, 2)
    factories.adjustment(yao, coke, -3)
    factories.sale(koffi, {beer.pk: 4})

    found = [check(one) for one in all_invariants() if one.id in ("I01", "I02", "I06", "I13", "I17", "I18")]

    assert len(found) >= 8
    assert [finding.invariant.sentence for finding in found if finding.broken] == []


def test_i18_the_history_of_prices_is_the_databases(koffi, beer):
    Product.objects.filter(pk=beer.pk).update(price=1200)
    Product.objects.filter(pk=beer.pk).update(price=1200, name="Beaufort 65 cl")
    Product.objects.filter(pk=beer.pk).update(price=1000)

    assert list(beer.prices.order_by("since").values_list("price", flat=True)) == [1000, 1200, 1000]


def test_c20_the_application_may_receive_reverse_adjust_and_count(yao, bar):
    """With no more rights than its role has."""
    beer, at = factories.product(bar, "Beaufort", stock=24), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        supply = factories.supply(yao, beer)
        reverse_supply(yao, supply.pk, at=at)
        factories.adjustment(yao, beer, -1)
        sheet = factories.sheet(yao)
        assert factories.sheet(yao).pk == sheet.pk
        for number in (20, 21):
            factories.counted(yao, sheet, beer, number)
        apply_count(yao, sheet.pk, at=at)
        made = add_product(yao, Article("Flag", beer.category_id, 800), Opening(5))
        change_product(yao, made.pk, {"price": 900})
        cursor.execute("RESET ROLE")

    assert shelf(beer, made) == [(21, 0), (5, 0)]
