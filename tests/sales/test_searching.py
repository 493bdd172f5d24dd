"""Sales are found by what people remember of them: the receipt's number, the exact total, a drink."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from sales.models import Sale
from sales.queries import sales as queries
from sales.queries import searching
from sales.queries.sales import Wanted, page_of_sales
from sales.receipts import reference_of
from sales.services.deciding import cancel
from tests import factories

EVENING = datetime(2026, 11, 20, 22, tzinfo=UTC)


def found(member, search, **wanted):
    return [sale.pk for sale in page_of_sales(member, Wanted(search=search, **wanted))[0]]


@pytest.fixture
def beers(koffi):
    """One sale of two Bières Flag at 1 500, and an older one of a Coca."""
    flag = factories.product(koffi.bar, "Bière Flag", price=750)
    coke = factories.product(koffi.bar, "Coca", price=500)
    older = factories.sale(koffi, {coke.pk: 1}, at=EVENING - timedelta(hours=1))
    return factories.sale(koffi, {flag.pk: 2}, at=EVENING), older


@pytest.mark.parametrize(
    "spelled",
    [
        reference_of,
        lambda pk: reference_of(pk).lower(),
        lambda pk: reference_of(pk).replace("-", ""),
        lambda pk: reference_of(pk).replace("-", " "),
        str,
    ],
    ids=["as printed", "small", "without its dash", "with a space", "by its id"],
)
def test_a_sale_is_found_by_the_number_on_its_receipt(spelled, koffi, beers):
    assert found(koffi, spelled(beers[0].pk)) == [beers[0].pk]


@pytest.mark.parametrize("typed", ["1500", "1 500", "1\u202f500 F CFA", "1.500 F", "1500 XOF"])
def test_sales_are_found_by_their_exact_total(typed, koffi, beers):
    assert found(koffi, typed) == [beers[0].pk]
    assert found(koffi, "150") == found(koffi, "1501") == []


@pytest.mark.parametrize(("typed", "finds"), [("$12.50", 1), ("12,5", 1), ("12.05", 0), ("1250", 0)])
def test_a_total_is_read_in_the_bars_currency(typed, finds, db):
    bar = factories.bar("Chez Ama", currency="USD")
    ama = factories.member(bar, "ama", "owner")
    factories.sale(ama, {factories.product(bar, "Club", price=1250).pk: 1})

    assert len(found(ama, typed)) == finds


@pytest.mark.parametrize("typed", ["bière", "BIERE", "flag", "lag biè", "Bie\u0300re Flag"])
def test_sales_are_found_by_a_drink_on_them(typed, koffi, beers):
    assert found(koffi, typed) == [beers[0].pk]
    assert found(koffi, f"{typed} coca") == []


def test_what_is_not_sold_any_more_is_still_found(koffi, beers):
    flag = koffi.bar.products.get(name="Bière Flag")
    flag.is_active = False
    flag.save()

    assert found(koffi, "flag") == [beers[0].pk]


def test_whatever_a_search_can_mean_is_found_once_and_newest_first(koffi):
    export = factories.product(koffi.bar, "33 Export", price=33)
    water = factories.product(koffi.bar, "Awa", price=11)
    sold = [
        factories.sale(koffi, {product.pk: count}, at=EVENING - timedelta(minutes=minutes)).pk
        for minutes, (product, count) in enumerate([(water, 3), (export, 1), (export, 2), (water, 2)])
    ]

    assert found(koffi, "33") == sold[:3]


@pytest.mark.parametrize("few", [searching.FEW_LINES, 0], ids=["by its lines", "among the newest"])
@pytest.mark.parametrize("search", ["flag", "1 500", "1500"])
def test_pages_of_what_is_found_go_on_where_they_end(search, few, koffi, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)
    monkeypatch.setattr(searching, "FEW_LINES", few)
    flag = factories.product(koffi.bar, "Flag", price=1500, stock=99)
    factories.product(koffi.bar, "Eau 1500 ml", price=300)
    coke = factories.product(koffi.bar, "Coca", price=500, stock=99)
    for minutes in range(8):
        at = EVENING - timedelta(minutes=minutes // 2)  # two of each moment
        factories.sale(koffi, {flag.pk: 1}, at=at)
        factories.sale(koffi, {coke.pk: 1}, at=at)

    pages, before = [], ""
    while before or not pages:
        page, before = page_of_sales(koffi, Wanted(search=search), before=before)
        pages.append([sale.pk for sale in page])

    whole = Sale.objects.filter(total=1500).newest_first().values_list("pk", flat=True)
    assert pages == [list(whole[:3]), list(whole[3:6]), list(whole[6:])]


@pytest.mark.parametrize("few", [searching.FEW_LINES, 0], ids=["by its lines", "among the newest"])
def test_the_sales_of_another_bar_are_never_found(few, koffi, zoe, beers, monkeypatch):
    monkeypatch.setattr(searching, "FEW_LINES", few)
    star = factories.product(zoe.bar, "Étoile", price=1700)
    theirs = factories.sale(zoe, {star.pk: 1})
    searches = [reference_of(theirs.pk), str(theirs.pk), "1 700", "étoile"]

    assert [found(koffi, search) for search in searches] == [[]] * 4
    assert [found(zoe, search) for search in searches] == [[theirs.pk]] * 4
    assert found(zoe, "flag") == []


def test_a_waiter_finds_own_sales_only(awa, koffi, beers):
    flag = koffi.bar.products.get(name="Bière Flag")
    mine = factories.sale(awa, {flag.pk: 2}).pk

    assert [found(awa, search) for search in ("flag", "1 500")] == [[mine]] * 2
    assert found(awa, reference_of(beers[0].pk)) == []


def test_a_search_is_within_the_other_filters(koffi, beers):
    again = factories.sale(koffi, {koffi.bar.products.get(name="Bière Flag").pk: 1}, at=EVENING - timedelta(days=1))
    cancel(koffi, beers[0].pk, reason="x")

    assert found(koffi, "flag") == [beers[0].pk, again.pk]
    assert found(koffi, "flag", status=Sale.Status.CANCELLED) == [beers[0].pk]
    assert found(koffi, "flag", on=again.business_date) == [again.pk]
    assert found(koffi, "flag", payment=Sale.Payment.CARD) == []


# By the API


@pytest.mark.parametrize("search", [lambda sale: reference_of(sale.pk), lambda sale: "1 500", lambda sale: "fLÁg"])
def test_the_api_searches(search, till, beers):
    answer = till.get(till.address, {"q": search(beers[0])}).json()

    assert [sale["id"] for sale in answer["sales"]] == [str(beers[0].pk)]
    assert (answer["next"], answer["total"], answer["pages"]) == ("", None, None)


NOTHING = [
    "9" * 80,
    "99999999999999999999",
    "9223372036854775808",
    "-1500",
    "1e5",
    "1.500.00",
    "%",
    "_",
    "\\",
    "' OR 1=1 --",
    "0000-0000",
    "🍺" * 80,
    str(uuid.UUID(int=0)),
]
REFUSED = ["9" * 81, "9" * 1_000_000, "\0", "flag\x07", "\u202eflag", "e" + "\u0301" * 60]


@pytest.mark.parametrize("search", NOTHING)
def test_what_can_be_no_sale_finds_none(search, till, client, koffi, beers):
    client.force_login(koffi.user)

    answer, page = till.get(till.address, {"q": search}), client.get(f"/bars/{koffi.bar_id}/sales", {"q": search})

    assert (answer.status_code, answer.json()["sales"]) == (200, [])
    assert (page.status_code, page.context["sales"]) == (200, [])


@pytest.mark.parametrize("search", REFUSED, ids=lambda search: repr(search[:8]))
def test_what_nobody_types_is_refused(search, till, client, koffi, beers):
    client.force_login(koffi.user)

    answer, page = till.get(till.address, {"q": search}), client.get(f"/bars/{koffi.bar_id}/sales", {"q": search})

    assert (answer.status_code, answer.json()["code"], page.status_code) == (400, "invalid", 400)


def test_a_found_list_has_no_numbers(till, beers):
    assert till.get(till.address, {"q": "flag", "page": 1}).json()["code"] == "bad_page"


def test_a_word_of_too_many_drinks_is_asked_for_again(till, client, koffi, beers, monkeypatch):
    monkeypatch.setattr(searching, "MOST_PRODUCTS", 1)
    client.force_login(koffi.user)

    answer, page = till.get(till.address, {"q": "a"}), client.get(f"/bars/{koffi.bar_id}/sales", {"q": "a"})

    assert (answer.status_code, answer.json()["code"]) == (400, "too_vague")
    assert page.status_code == 200
    assert "Trop de boissons" in page.content.decode()
    assert till.get(till.address, {"q": "fla"}).status_code == 200


# On the page


def test_the_page_keeps_the_search_and_the_filters(client, koffi, beers):
    client.force_login(koffi.user)

    text = client.get(f"/bars/{koffi.bar_id}/sales", {"q": "flag", "status": "validated"}).content.decode()

    assert "2\u00a0×\u00a0Bière Flag" in text
    assert "Coca" not in text
    assert '<input type="search" name="q" value="flag"' in text
    assert '<input type="hidden" name="q" value="flag">' in text
    assert '<input type="hidden" name="status" value="validated">' in text
    assert 'href="?q=flag&amp;status=cancelled"' in text


def test_a_search_that_finds_nothing_says_what_to_type(client, koffi, beers):
    client.force_login(koffi.user)

    text = client.get(f"/bars/{koffi.bar_id}/sales", {"q": "<b>absinthe"}).content.decode()

    assert "Aucune vente pour «\u00a0&lt;b&gt;absinthe\u00a0»." in text
    assert "(1\u202f500\u00a0F\u202fCFA)" in text
    assert "<b>absinthe" not in text


def test_a_total_is_read_in_the_readers_language(db):
    """Dinars have three decimals: only a language tells whether a comma parts thousands."""
    bar = factories.bar("Chez Sami", currency="TND")
    sami = factories.member(bar, "sami", "owner")
    factories.sale(sami, {factories.product(bar, "Celtia", price=4500).pk: 1})
    till = Client(headers=factories.bearer(sami))

    address = f"/api/v1/bars/{bar.pk}/sales"
    answers = [till.get(address, {"q": "4,500"}, headers={"Accept-Language": one}).json() for one in ("fr", "en")]

    assert [len(answer["sales"]) for answer in answers] == [1, 0]
