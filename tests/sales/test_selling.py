import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bars.access import find_member
from bars.models import Member
from realtime.errors import NotAllowed
from sales.models import Line, Sale, Settlement
from sales.services.selling import DiscountTooHigh, KeyReused, PriceChanged, TabNotOpen, UnknownSeller, sell
from sales.services.tabs import Payment, settle_tab
from stock.models import Adjustment, Movement, Product
from stock.services.shelf import OutOfStock, UnknownProduct
from tests import factories
from tests.books import books, shelf
from tests.realtime.numbering import read

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def order(quantities, **fields):
    return factories.basket(quantities, **fields)


def lines_of(sale):
    return sorted(Line.objects.filter(sale=sale).values_list("name", "unit_price", "unit_cost", "quantity"))


def movements_of(sale):
    found = Movement.objects.filter(cause_id=sale.pk)
    return sorted(found.values_list("product__name", "quantity", "cause", "created_by__username"))


@pytest.mark.parametrize("seller", ["yao", "koffi"])
def test_who_may_validate_takes_the_stock_at_once(request, seller, bar, beer, coke):
    member = request.getfixturevalue(seller)
    basket = order({beer.pk: 2, coke.pk: 3})

    sold = sell(member, basket, at=NOON)

    assert not sold.is_replay
    assert Sale.objects.values().get() == {
        "id": sold.sale.pk,
        "bar_id": bar.pk,
        "key": basket.key,
        "fingerprint": basket.fingerprint(member.user_id),
        "status": "validated",
        "mode": "full",
        "origin": "online",
        "payment": "cash",
        "reference": "",
        "to_verify": False,
        "verified_by_id": None,
        "client": "",
        "tab_id": None,
        "paid_with": "cash",
        "paid_on": date(2026, 11, 20),
        "settlement_id": None,
        "discount": 0,
        "total": 3500,
        "currency": "XOF",
        "sold_by_id": member.user_id,
        "created_by_id": member.user_id,
        "occurred_at": NOON,
        "received_at": Sale.objects.get().received_at,
        "business_date": date(2026, 11, 20),
        "review": None,
        "decided_by_id": None,
        "decided_at": None,
        "reason": "",
    }
    assert lines_of(sold.sale) == [("Beaufort", 1000, Decimal(0), 2), ("Coca", 500, Decimal(0), 3)]
    assert movements_of(sold.sale) == [("Beaufort", -2, "sale", seller), ("Coca", -3, "sale", seller)]
    assert shelf(beer, coke) == [(22, 0), (9, 0)]


def test_a_waiters_sale_waits_and_reserves(awa, beer, coke):
    sold = sell(awa, order({beer.pk: 2, coke.pk: 3}), at=NOON)

    assert (sold.sale.status, sold.sale.total) == (Sale.Status.PENDING, 3500)
    assert lines_of(sold.sale) == [("Beaufort", 1000, Decimal(0), 2), ("Coca", 500, Decimal(0), 3)]
    assert movements_of(sold.sale) == []
    assert shelf(beer, coke) == [(24, 2), (12, 3)]


def test_what_is_reserved_is_not_sold_to_another(awa, koffi, beer):
    sell(awa, order({beer.pk: 20}), at=NOON)
    before = books()

    with pytest.raises(OutOfStock) as refusal:
        sell(koffi, order({beer.pk: 5}), at=NOON)

    assert [short["available"] for short in refusal.value.data["shortages"]] == [4]
    assert books() == before


def test_in_simplified_mode_the_waiter_does_not_sell_and_the_manager_does(db):
    bar = factories.bar("Chez Yao", mode="simplified")
    beer = factories.product(bar, "Beaufort")
    awa, koffi = factories.member(bar, "awa", "waiter"), factories.member(bar, "koffi", "manager")
    before = books()

    with pytest.raises(NotAllowed):
        sell(awa, order({beer.pk: 1}), at=NOON)
    assert books() == before

    sale = sell(koffi, order({beer.pk: 1}), at=NOON).sale
    assert (sale.status, sale.mode) == (Sale.Status.VALIDATED, "simplified")


@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_short_stock_names_every_product_and_writes_nothing(request, seller, bar, beer, coke):
    water = factories.product(bar, "Awa 1,5 l", price=600, stock=50)
    member = request.getfixturevalue(seller)
    before = books()

    with pytest.raises(OutOfStock) as refusal:
        sell(member, order({beer.pk: 25, coke.pk: 13, water.pk: 1}), at=NOON)

    assert refusal.value.data["shortages"] == [
        {"product": str(beer.pk), "name": "Beaufort", "wanted": 25, "available": 24},
        {"product": str(coke.pk), "name": "Coca", "wanted": 13, "available": 12},
    ]
    assert books() == before


def test_the_last_bottle_can_be_sold_and_the_next_can_not(koffi, beer):
    sell(koffi, order({beer.pk: 24}), at=NOON)
    before = books()

    with pytest.raises(OutOfStock):
        sell(koffi, order({beer.pk: 1}), at=NOON)

    assert shelf(beer) == [(0, 0)]
    assert books() == before


def test_a_price_that_has_changed_is_told_and_nothing_written(koffi, beer, coke):
    before = books()

    with pytest.raises(PriceChanged) as refusal:
        sell(koffi, order({beer.pk: 1, coke.pk: 1}, prices={beer.pk: 900, coke.pk: 500}), at=NOON)

    assert refusal.value.data["prices"] == [{"product": str(beer.pk), "price": 1000}]
    assert books() == before


def test_prices_are_the_servers_and_stay_on_the_line(koffi, beer):
    sale = sell(koffi, order({beer.pk: 1}, prices={beer.pk: 1000}), at=NOON).sale
    beer.price = 1200
    beer.save(update_fields=["price"])

    assert lines_of(sale) == [("Beaufort", 1000, Decimal(0), 1)]
    assert factories.sale(koffi, {beer.pk: 1}).total == 1200


@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_the_same_key_answers_with_the_same_sale_and_writes_nothing_more(request, seller, beer, coke):
    member = request.getfixturevalue(seller)
    basket = order({beer.pk: 2, coke.pk: 1})
    first = sell(member, basket, at=NOON)
    before = books()
    turned = order({coke.pk: 1, beer.pk: 2}, key=basket.key)

    again = sell(member, turned, at=NOON.replace(hour=15))

    assert (first.is_replay, again.is_replay) == (False, True)
    assert (again.sale.pk, again.sale.occurred_at) == (first.sale.pk, NOON)
    assert books() == before


def test_the_same_key_answers_even_when_the_shelf_is_empty_or_the_product_gone(koffi, beer, coke):
    basket = order({beer.pk: 24, coke.pk: 1}, prices={coke.pk: 500})
    first = sell(koffi, basket, at=NOON)
    type(coke).objects.filter(pk=coke.pk).update(is_active=False, price=700)
    before = books()

    again = sell(koffi, basket, at=NOON)

    assert (again.sale.pk, again.is_replay) == (first.sale.pk, True)
    assert books() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda basket, beer, coke: {"quantities": {beer.pk: 3}},
        lambda basket, beer, coke: {"quantities": {coke.pk: 2}},
        lambda basket, beer, coke: {"quantities": {beer.pk: 2, coke.pk: 1}},
        lambda basket, beer, coke: {"payment": Sale.Payment.CARD},
        lambda basket, beer, coke: {"discount": 100},
        lambda basket, beer, coke: {"client": "Ama"},
        lambda basket, beer, coke: {"reference": "OM-1"},
        lambda basket, beer, coke: {"sold_by": factories.member(beer.bar, "issa", "waiter").user_id},
    ],
    ids=["quantity", "product", "one line more", "payment", "discount", "client", "reference", "seller"],
)
def test_a_key_that_has_sold_something_else_is_refused(change, koffi, beer, coke):
    basket = order({beer.pk: 2})
    sell(koffi, basket, at=NOON)
    other = {"quantities": basket.quantities, "key": basket.key} | change(basket, beer, coke)
    before = books()

    with pytest.raises(KeyReused):
        sell(koffi, order(**other), at=NOON)

    assert books() == before


def test_a_key_is_its_sellers(awa, koffi, beer):
    basket = order({beer.pk: 2})
    sell(koffi, basket, at=NOON)
    before = books()

    with pytest.raises(KeyReused):
        sell(awa, basket, at=NOON)

    assert books() == before


def test_the_same_key_in_another_bar_is_another_sale(koffi, beer, zoe, other_bar):
    basket = order({beer.pk: 2})
    first = sell(koffi, basket, at=NOON).sale
    heineken = factories.product(other_bar, "Heineken", price=1500)

    second = sell(zoe, order({heineken.pk: 1}, key=basket.key), at=NOON)

    assert (second.is_replay, second.sale.bar_id, second.sale.total) == (False, other_bar.pk, 1500)
    assert first.pk != second.sale.pk
    assert shelf(beer, heineken) == [(22, 0), (23, 0)]


def test_a_refused_key_may_sell_later(koffi, beer):
    basket = order({beer.pk: 25})
    with pytest.raises(OutOfStock):
        sell(koffi, basket, at=NOON)
    Adjustment.objects.create(
        bar=beer.bar, key=uuid.uuid4(), product=beer, quantity=1, reason="count", unit_cost=0, created_by=koffi.user
    )

    sold = sell(koffi, basket, at=NOON)

    assert not sold.is_replay
    assert shelf(beer) == [(0, 0)]


def test_i09_the_price_that_was_seen_is_no_part_of_the_order(koffi, beer):
    """A phone that asks again after the price has changed has already sold."""
    basket = order({beer.pk: 2}, prices={beer.pk: 1000})
    first = sell(koffi, basket, at=NOON)
    type(beer).objects.filter(pk=beer.pk).update(price=1200)
    before = books()

    again = sell(koffi, order({beer.pk: 2}, key=basket.key, prices={beer.pk: 1200}), at=NOON)

    assert (again.sale.pk, again.is_replay, books()) == (first.sale.pk, True, before)


@pytest.mark.parametrize("kind", ["another bar's", "inactive", "unknown"])
def test_a_product_that_the_bar_does_not_sell_is_named_and_nothing_written(kind, bar, other_bar, koffi, beer):
    strange = {
        "another bar's": lambda: factories.product(other_bar, "Heineken").pk,
        "inactive": lambda: factories.product(bar, "Flag", is_active=False).pk,
        "unknown": uuid.uuid4,
    }[kind]()
    before = books()

    with pytest.raises(UnknownProduct) as refusal:
        sell(koffi, order({beer.pk: 1, strange: 1}), at=NOON)

    assert refusal.value.data == {"products": [str(strange)]}
    assert books() == before


@pytest.mark.parametrize(
    ("zone", "hour", "expected"),
    [
        ("Africa/Abidjan", 5, date(2026, 11, 19)),
        ("Africa/Abidjan", 6, date(2026, 11, 20)),
        ("Africa/Lagos", 4, date(2026, 11, 19)),
        ("Africa/Lagos", 5, date(2026, 11, 20)),
    ],
)
def test_f27_a_late_sale_belongs_to_the_day_before(zone, hour, expected, db):
    bar = factories.bar("Chez Yao", time_zone=zone)
    koffi, beer = factories.member(bar, "koffi", "manager"), factories.product(bar, "Beaufort")

    sale = sell(koffi, order({beer.pk: 1}), at=NOON.replace(hour=hour)).sale

    sale.refresh_from_db()
    assert sale.business_date == expected


def test_the_sale_is_in_the_currency_of_its_bar(db):
    bar = factories.bar("The Crown", currency="USD", time_zone="America/New_York")
    ann, beer = factories.member(bar, "ann", "owner"), factories.product(bar, "IPA", price=799)

    sale = sell(ann, order({beer.pk: 3}), at=NOON).sale

    sale.refresh_from_db()
    assert (sale.total, sale.currency) == (2397, "USD")


@pytest.mark.parametrize("lines", [1, 3, 20])
@pytest.mark.parametrize("seller", ["awa", "koffi"])
@pytest.mark.django_db(transaction=True)
def test_a_sale_costs_three_statements_whatever_its_length(lines, seller, request, bar):
    member = request.getfixturevalue(seller)
    products = [factories.product(bar, f"Bière {number}") for number in range(lines)]
    basket = order({product.pk: 1 for product in products})

    with CaptureQueriesContext(connection) as queries:
        sell(member, basket, at=NOON)

    statements = [query["sql"].split()[0] for query in queries.captured_queries]
    assert statements == ["BEGIN", "SELECT", "INSERT", "SELECT", "COMMIT"]  # look, write, fill
    assert Line.objects.count() == lines


VERSIONS = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'stock_product'"


def test_a_sale_writes_no_index_of_the_products_it_sells(koffi, beer, coke):
    """The new version of a row stays on its page, if no index holds what has changed."""
    before = read(VERSIONS)[0]
    sell(koffi, order({beer.pk: 2, coke.pk: 1}), at=NOON)
    sold = read(VERSIONS)[0]
    Product.objects.filter(pk=beer.pk).update(name="Flag")
    renamed = read(VERSIONS)[0]

    assert [after - was for was, after in zip(before, sold, strict=True)] == [2, 2]
    assert [after - was for was, after in zip(sold, renamed, strict=True)] == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_tab_and_another_seller_cost_a_statement_each(koffi, awa, beer):
    tab = factories.tab(koffi)
    basket = order({beer.pk: 1}, payment=Sale.Payment.TAB, tab=tab.pk, sold_by=awa.user_id)

    with CaptureQueriesContext(connection) as queries:
        sell(koffi, basket, at=NOON)

    assert len(queries.captured_queries) == 3 + 2 + 2  # BEGIN and COMMIT too


# Discounts, sellers, and what is paid later


@pytest.mark.parametrize(("discount", "total"), [(0, 3500), (1, 3499), (700, 2800)])
def test_a_discount_comes_off_the_sum(discount, total, koffi, beer, coke):
    sale = sell(koffi, order({beer.pk: 2, coke.pk: 3}, discount=discount), at=NOON).sale

    assert Sale.objects.values_list("discount", "total").get(pk=sale.pk) == (discount, total)


@pytest.mark.parametrize(("limit", "most"), [(20, 700), (0, 0), (100, 3500), (33, 1155)])
def test_a_discount_above_the_bars_limit_says_how_much_it_may_be(limit, most, koffi, beer, coke):
    type(koffi.bar).objects.filter(pk=koffi.bar_id).update(discount_limit=limit)
    koffi.bar.refresh_from_db()
    before = books()

    with pytest.raises(DiscountTooHigh) as refusal:
        sell(koffi, order({beer.pk: 2, coke.pk: 3}, discount=most + 1), at=NOON)

    assert (refusal.value.data, books()) == ({"most": most}, before)
    assert sell(koffi, order({beer.pk: 2, coke.pk: 3}, discount=most), at=NOON).sale.total == 3500 - most


def test_a_waiter_gives_no_discount_and_sells_under_no_other_name(awa, koffi, beer):
    before = books()

    for fields in ({"discount": 1}, {"sold_by": koffi.user_id}):
        with pytest.raises(NotAllowed):
            sell(awa, order({beer.pk: 1}, **fields), at=NOON)

    assert books() == before


def test_a_manager_types_what_a_waiter_has_sold_and_the_waiter_earns_the_credit(koffi, awa, beer):
    sale = sell(koffi, order({beer.pk: 1}, sold_by=awa.user_id), at=NOON).sale

    assert (sale.status, sale.sold_by_id, sale.created_by_id) == ("validated", awa.user_id, koffi.user_id)


def test_nobody_outside_the_bar_earns_its_credit(koffi, zoe, awa, beer):
    Member.objects.filter(pk=awa.pk).update(is_active=False)
    before = books()

    for stranger in (zoe.user_id, awa.user_id, uuid.uuid4()):
        with pytest.raises(UnknownSeller):
            sell(koffi, order({beer.pk: 1}, sold_by=stranger), at=NOON)

    assert books() == before


@pytest.mark.parametrize("payment", ["tab", "credit"])
def test_what_is_paid_later_is_sold_now(payment, koffi, beer):
    later = {"tab": {"tab": factories.tab(koffi).pk}, "credit": {"client": "Ibrahim"}}[payment]

    sale = sell(koffi, order({beer.pk: 1}, payment=Sale.Payment(payment), **later), at=NOON).sale

    sale.refresh_from_db()
    assert (sale.status, sale.paid_with, sale.paid_on, shelf(beer)) == ("validated", None, None, [(23, 0)])


@pytest.mark.parametrize("whose", ["another bar's", "settled", "unknown"])
def test_nothing_goes_on_a_tab_that_is_not_open_here(whose, koffi, zoe, beer):
    tab = {"another bar's": lambda: factories.tab(zoe).pk, "settled": lambda: settled_tab(koffi), "unknown": uuid.uuid4}
    basket = order({beer.pk: 1}, payment=Sale.Payment.TAB, tab=tab[whose]())
    before = books()

    with pytest.raises(TabNotOpen):
        sell(koffi, basket, at=NOON)

    assert books() == before


def settled_tab(member):
    tab = factories.tab(member)
    settle_tab(member, tab.pk, Payment(key=uuid.uuid4(), payment=Settlement.Payment.CASH), at=NOON)
    return tab.pk


def test_mobile_money_waits_to_be_seen_and_cash_does_not(koffi, beer):
    money = sell(koffi, order({beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY, reference="OM-7"), at=NOON).sale

    assert (money.to_verify, money.reference, money.paid_with) == (True, "OM-7", "mobile_money")
    assert sell(koffi, order({beer.pk: 1}), at=NOON).sale.to_verify is False


# What the database promises by itself


@pytest.mark.parametrize(
    "change",
    [{"total": 1}, {"discount": 1}, {"business_date": date(2020, 1, 1)}, {"currency": "EUR"}, {"payment": "card"},
     {"occurred_at": NOON.replace(year=2020)}, {"sold_by": None}, {"fingerprint": "0" * 64}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_i18_the_facts_of_a_sale_stay(change, koffi, beer):
    sale = sell(koffi, order({beer.pk: 1}), at=NOON).sale
    before = Sale.objects.values().get()

    with pytest.raises(DatabaseError), transaction.atomic():
        Sale.objects.filter(pk=sale.pk).update(**change)

    assert Sale.objects.values().get() == before


@pytest.mark.parametrize("field", ["unit_price", "quantity", "fewer lines", "another line"])
@pytest.mark.django_db(transaction=True)
def test_i03_c22_lines_that_are_not_the_sale_are_refused_by_the_database(field, koffi, beer, coke):
    """The same rows with their own total and fingerprint, the control, are written."""
    before = books()

    with pytest.raises(DatabaseError):
        write_by_hand(koffi, beer, coke, **{field: True})

    assert books() == before
    write_by_hand(koffi, beer, coke)
    assert (Sale.objects.get().total, shelf(beer, coke)) == (2500, [(22, 0), (11, 0)])


@transaction.atomic
def write_by_hand(member, beer, coke, **wrong):
    """A sale of two beers and a coke, as somebody with a grip on the tables would write it."""
    basket = order({beer.pk: 2, coke.pk: 1})
    sale = Sale.objects.create(
        bar=member.bar, key=basket.key, fingerprint=basket.fingerprint(member.user_id), status="validated",
        mode="full", payment="cash", paid_with="cash", total=2500, sold_by=member.user, created_by=member.user,
        occurred_at=NOON,
    )  # fmt: skip
    sale.refresh_from_db()
    given = {"bar": member.bar, "sale": sale, "unit_cost": 0}
    lines = [
        Line(product=beer, name="Beaufort", unit_price=900 if "unit_price" in wrong else 1000, quantity=2, **given),
        Line(product=coke, name="Coca", unit_price=500, quantity=2 if "quantity" in wrong else 1, **given),
    ]
    Line.objects.bulk_create(lines[: 1 if "fewer lines" in wrong else 2])
    if "another line" in wrong:
        free = factories.product(member.bar, "Eau", price=0)
        Line.objects.create(product=free, name="Eau", unit_price=0, quantity=1, **given)


@pytest.mark.django_db(transaction=True)
def test_i04_a_sale_without_a_line_is_refused_by_the_database(koffi):
    with pytest.raises(DatabaseError, match="has no line"), transaction.atomic():
        Sale.objects.create(
            bar=koffi.bar, key=uuid.uuid4(), fingerprint="0" * 64, status="validated", mode="full", payment="cash",
            paid_with="cash", total=0, sold_by=koffi.user, created_by=koffi.user, occurred_at=NOON,
        )  # fmt: skip

    assert Sale.objects.count() == 0


def test_the_membership_lookup_brings_what_selling_needs(koffi, beer, django_assert_num_queries):
    person = koffi.user

    with django_assert_num_queries(1):
        member = find_member(person, koffi.bar_id)
        assert member.bar.zone.key == "Africa/Abidjan"
