"""Products from a file by the API: what becomes of them, and that a wrong file changes nothing."""

import pytest
from django.db import connection
from django.test import Client

from bars.invariants import verify
from stock.files.sheets import MEDIA_TYPES, Format, write
from stock.models import Category, Movement, Price, Product
from tests import factories
from tests.books import books

HEADER = "name,category,sku,price,cost,stock,alert,on_sale"


@pytest.fixture
def send(koffi):
    """Import these lines as Koffi does."""
    return sender(koffi)


def sender(member):
    client = Client(headers=factories.bearer(member))

    def send(*lines, header=HEADER, content=None, kind="text/csv", **query):
        body = content if content is not None else "\n".join([header, *lines]).encode()
        address = f"/api/v1/bars/{member.bar_id}/products/import"
        return client.post(address, body, content_type=kind, query_params=query)

    return send


def outcome(**said):
    return {"created": 0, "changed": 0, "unchanged": 0, "kept_stock": 0, "kept_cost": 0, "written": True} | said


def products(bar):
    fields = ("name", "category__name", "sku", "price", "cost", "stock", "alert_threshold", "is_active")
    return list(Product.objects.filter(bar=bar).order_by("name").values_list(*fields))


def everything():
    """The books, and what an import may write besides."""
    return books(), sorted(Product.objects.values_list()), sorted(Category.objects.values_list("name", "bar"))


# What becomes of a file


def test_new_products_come_with_their_opening_stock(send, koffi, bar):
    answer = send("Flag,Bières,F33,800,410.5,24,4,yes", "Water,Soft,,500,,,,no")

    assert (answer.status_code, answer.json()) == (200, outcome(created=2))
    assert products(bar) == [
        ("Flag", "Bières", "F33", 800, 410.5, 24, 4, True),
        ("Water", "Soft", "", 500, 0, 0, 6, False),
    ]
    moved = Movement.objects.values_list("product__name", "quantity", "cause", "created_by")
    assert list(moved) == [("Flag", 24, "opening", koffi.user_id)]
    assert [finding.invariant.id for finding in verify() if finding.broken] == []


def test_a_known_product_is_changed_but_for_its_stock_and_cost(send, bar, beer):
    answer = send("Beaufort,Bières,B33,1200,99,500,3,no")

    assert answer.json() == outcome(changed=1, kept_stock=1, kept_cost=1)
    assert products(bar) == [("Beaufort", "Bières", "B33", 1200, 0, 24, 3, False)]
    assert list(Price.objects.filter(product=beer).order_by("id").values_list("price", flat=True)) == [1000, 1200]


def test_a_known_article_number_may_get_another_name(send, bar, beer):
    Product.objects.filter(pk=beer.pk).update(sku="B33")

    answer = send("Beaufort Lager,Boissons,B33,1000,,,,")

    assert answer.json() == outcome(changed=1)
    assert Product.objects.get(pk=beer.pk).name == "Beaufort Lager"


def test_an_empty_cell_leaves_a_known_product_as_it_is(send, beer):
    Product.objects.filter(pk=beer.pk).update(sku="B33", alert_threshold=2, is_active=False)
    before = Product.objects.values().get(pk=beer.pk)

    answer = send("Beaufort,Boissons,,1000,,,,")

    assert answer.json() == outcome(unchanged=1)
    assert Product.objects.values().get(pk=beer.pk) == before


def test_the_same_file_twice_brings_no_stock_twice(send):
    lines = [f"Product {number},Bières,S{number},800,,24,,yes" for number in range(30)]
    first = send(*lines)
    before = everything()

    again = send(*lines)

    assert (first.json(), again.json()) == (outcome(created=30), outcome(unchanged=30))
    assert everything() == before


def test_a_file_sent_again_after_sales_leaves_the_stock_that_is_left(send, koffi, bar):
    line = "Flag,Bières,,800,,24,,yes"
    send(line)
    factories.sale(koffi, {Product.objects.get().pk: 5})

    answer = send(line)

    assert answer.json() == outcome(unchanged=1, kept_stock=1)
    assert Product.objects.get().stock == 19


def test_a_check_tells_what_would_be_and_writes_nothing(send, beer):
    lines = ["Beaufort,Boissons,,1200,,,,", "Flag,Bières,,800,,24,,"]
    before = everything()

    told = send(*lines, check=1)

    assert (told.json(), everything()) == (outcome(changed=1, created=1, written=False), before)
    assert send(*lines).json() == outcome(changed=1, created=1)


def test_an_article_number_of_another_bar_is_nobodys_here(send, bar, other_bar):
    factories.product(other_bar, "Heineken", sku="H33", price=700)
    before = products(other_bar)

    answer = send("Flag,Bières,H33,800,,5,,yes", "Heineken,Bières,,900,,5,,yes")

    assert answer.json() == outcome(created=2)
    assert products(other_bar) == before
    assert [row[:4] for row in products(bar)] == [
        ("Flag", "Bières", "H33", 800),
        ("Heineken", "Bières", "", 900),
    ]


def test_an_excel_file_is_imported_likewise(send, bar):
    content = write([("nom", "catégorie", "prix", "stock"), ("Flag", "Bières", 800, 24)], Format.XLSX)

    answer = send(content=content, kind=MEDIA_TYPES[Format.XLSX])

    assert answer.json() == outcome(created=1)
    assert products(bar) == [("Flag", "Bières", "", 800, 0, 24, 6, True)]


# What is refused

REFUSED = {
    "a name that is another number's": (["Beaufort,B,X9,1,,,,"], [(2, "name Beaufort is the product of sku B33")]),
    "a name that is another product's": (["Coca,B,B33,1,,,,"], [(2, "name Coca is another product's")]),
    "one product on two lines": (
        ["Lager,B,B33,1,,,,", "Beaufort,B,,1,,,,"],
        [(3, "this product stands on line 2 already")],
    ),
    "two that change names": (
        ["Beaufort,B,C33,1,,,,", "Coca,B,B33,1,,,,"],
        [(2, "name Beaufort is another product's"), (3, "name Coca is another product's")],
    ),
    "a wrong cell in a good file": (
        ["Flag,B,,800,,24,,", "Fanta,B,,free,,,,"],
        [(3, "price 'free' is not an amount, such as 1000 or 12.50")],
    ),
}  # fmt: skip


@pytest.fixture
def numbered(beer, coke):
    """Both have an article number."""
    Product.objects.filter(pk=beer.pk).update(sku="B33")
    Product.objects.filter(pk=coke.pk).update(sku="C33")


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize(("lines", "faults"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("check", [0, 1])
def test_c43_one_wrong_line_and_nothing_is_written(check, lines, faults, send):
    before = everything()

    answer = send(*lines, check=check)

    told = [(fault["line"], fault["message"]) for fault in answer.json()["errors"]]
    assert (answer.status_code, answer.json()["code"], told) == (400, "file_refused", faults)
    assert everything() == before


def test_c43_fifty_faults_are_told_and_all_are_counted(send):
    answer = send(*[f"Product {number},B,,free,,,," for number in range(60)])

    assert (len(answer.json()["errors"]), answer.json()["count"]) == (50, 60)


@pytest.mark.usefixtures("beer")
@pytest.mark.parametrize(
    ("kind", "content", "status", "code"),
    [
        ("application/json", b"{}", 415, "not_a_file"),
        ("multipart/form-data; boundary=x", b"--x--", 415, "not_a_file"),
        ("text/plain", b"name", 415, "not_a_file"),
        ("text/csv", b"x" * (5 * 2**20 + 1), 413, "too_large"),
        ("text/csv", b"\n", 400, "file_refused"),
        ("text/csv", write([["name"]], Format.XLSX), 400, "file_refused"),
        (MEDIA_TYPES[Format.XLSX], b"name,category,price\nFlag,B,800", 400, "file_refused"),
    ],
)
def test_c43_what_is_no_file_of_products_is_refused(kind, content, status, code, send):
    before = everything()

    answer = send(content=content, kind=kind)

    assert (answer.status_code, answer.json()["code"], everything()) == (status, code, before)


def test_c43_a_file_may_be_larger_than_other_bodies_are(send, bar, settings):
    lines = [f"{'x' * 70} {number},Category,{number},100,,,," for number in range(9_999)]
    wide = [line + " " * 100 for line in lines]

    answer = send(*wide, check=1)

    assert len("\n".join(wide)) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert answer.json() == outcome(created=9_999, written=False)


@pytest.mark.parametrize("role", ["awa", "zoe"])
def test_only_who_edits_products_imports_them(role, bar, request):
    member = request.getfixturevalue(role)
    member.bar_id = bar.pk
    before = everything()

    answer = sender(member)("Flag,Bières,,800,,24,,yes")

    assert (answer.status_code, everything()) == ({"awa": 403, "zoe": 404}[role], before)


def test_an_import_by_cookie_needs_the_token_against_forgery(koffi):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(koffi.user)
    before = everything()

    answer = browser.post(f"/api/v1/bars/{koffi.bar_id}/products/import", b"x", content_type="text/csv")

    assert (answer.status_code, answer.json()["code"], everything()) == (403, "csrf", before)


@pytest.mark.parametrize("kind", ["new", "known"])
def test_an_import_costs_as_many_queries_for_3_products_as_for_30(kind, send, django_assert_max_num_queries):
    lines = [f"Product {number},Bières,,800,,24,,yes" for number in range(33)]
    send(*lines)
    counts = []
    for start, count in ((0, 3), (3, 30)):
        price = 900 if kind == "known" else 800
        name = "Product" if kind == "known" else "New"
        with django_assert_max_num_queries(100) as captured:
            send(*[f"{name} {number},Bières,,{price},,24,,yes" for number in range(start, start + count)])
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_the_time_limit_of_other_statements_is_not_for_an_import(send):
    lines = [f"Product {number},Bières,S{number},800,410.5,24,,yes" for number in range(2_000)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '50ms'")

    answers = [send(*lines).json(), send(*[line.replace(",800,", ",900,") for line in lines]).json()]

    assert answers == [outcome(created=2_000), outcome(changed=2_000)]
