"""Products and sales as files: who gets them, what stands in them, and that they come back."""

import csv
import io
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from sales.queries import exports
from stock.files.sheets import MEDIA_TYPES, Format
from stock.models import Product
from tests import factories
from tests.books import books

HOSTILE = ['=HYPERLINK("http://evil")', "+1", "-1+1", "@SUM(A1)", 'a;=1,"x"', "'=1", "<img onerror=x>"]


@pytest.fixture
def shop(koffi, bar):
    """A bar whose products are called like attacks."""
    for number, name in enumerate(HOSTILE):
        factories.product(bar, name, sku=f"{name[:10]}{number}", cost="410.5", stock=number)
    return koffi


def ask(member, path, **query):
    client = Client(headers=factories.bearer(member) | {"Accept-Language": "en"})
    return client.get(f"/api/v1/bars/{member.bar_id}/{path}", query)


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def everything():
    return books(), sorted(Product.objects.values_list())


# Products


@pytest.mark.parametrize("kind", Format)
def test_a_file_of_products_is_saved_and_not_shown(kind, shop, bar):
    answer = ask(shop, "products/export", format=kind)

    today = timezone.now().astimezone(bar.zone).date()
    assert {name: answer.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": MEDIA_TYPES[kind],
        "Content-Disposition": f'attachment; filename="{bar.slug}-products-{today}.{kind}"',
        "Cache-Control": "no-store",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_of_products_says_what_the_bar_has(koffi, bar):
    factories.product(bar, "Flag", sku="F33", price=800, cost="410.5", stock=24, alert_threshold=4, is_active=False)

    rows = rows_of(ask(koffi, "products/export").content)

    assert rows == [
        ["name", "category", "sku", "price", "cost", "stock", "alert", "on sale"],
        ["Flag", "Boissons", "F33", "800", "410.5", "24", "4", "no"],
    ]


def test_c42_no_cell_of_an_export_is_a_formula(shop):
    rows = rows_of(ask(shop, "products/export").content)

    names = ['\'=HYPERLINK("http://evil")', "'+1", "'-1+1", "'@SUM(A1)", 'a;\'=1,"x"', "''=1", "<img onerror=x>"]
    assert sorted(row[0] for row in rows[1:]) == sorted(names)


@pytest.mark.parametrize("kind", Format)
def test_c42_an_export_that_is_imported_again_changes_nothing(kind, shop):
    content = ask(shop, "products/export", format=kind).content
    before = everything()

    answer = Client(headers=factories.bearer(shop)).post(
        f"/api/v1/bars/{shop.bar_id}/products/import", content, content_type=MEDIA_TYPES[kind]
    )

    said = {"created": 0, "changed": 0, "unchanged": len(HOSTILE), "kept_stock": 0, "kept_cost": 0, "written": True}
    assert (answer.status_code, answer.json(), everything()) == (200, said, before)


def test_an_export_goes_to_another_bar_and_makes_the_same_products_there(shop, zoe):
    content = ask(shop, "products/export").content

    answer = Client(headers=factories.bearer(zoe)).post(
        f"/api/v1/bars/{zoe.bar_id}/products/import", content, content_type="text/csv"
    )

    assert answer.json()["created"] == len(HOSTILE)
    shelves = [
        sorted(Product.objects.filter(bar_id=one.bar_id).values_list("name", "sku", "price", "cost", "stock"))
        for one in (shop, zoe)
    ]
    assert shelves[0] == shelves[1]


@pytest.mark.parametrize("path", ["products/export", "sales/export?from=2026-11-01&to=2026-11-30"])
@pytest.mark.parametrize(("name", "status"), [("awa", 403), ("koffi", 200), ("yao", 200), ("zoe", 404)])
def test_only_who_may_export_gets_a_file(name, status, path, bar, request):
    member = request.getfixturevalue(name)
    member.bar_id = bar.pk

    assert ask(member, path).status_code == status


@pytest.mark.parametrize("kind", ["xls", "", "CSV", "../csv"])
def test_another_format_is_refused(kind, koffi):
    assert ask(koffi, "products/export", format=kind).status_code == 400


# Sales


@pytest.fixture
def read_sales():
    """The rows of the file of sales, as a client gets them."""

    async def everything(answer):
        return b"".join([part async for part in answer.streaming_content])

    def read(member, first, last):
        answer = ask(member, "sales/export", **{"from": first, "to": last})
        return rows_of(async_to_sync(everything)(answer))

    return read


@pytest.fixture
def in_this_thread(monkeypatch):
    """The pages are read on the connection of the test."""

    def here(function):
        async def run(*args):
            from asgiref.sync import sync_to_async

            return await sync_to_async(function, thread_sensitive=True)(*args)

        return run

    monkeypatch.setattr(exports, "in_thread", here)


@pytest.mark.usefixtures("in_this_thread")
def test_every_line_of_a_sale_is_a_row(read_sales, koffi, beer, coke):
    sale = factories.sale(koffi, {beer.pk: 2, coke.pk: 1})
    day = sale.business_date

    header, *rows = read_sales(koffi, day, day)

    sold_at = sale.occurred_at.astimezone(koffi.bar.zone).isoformat(timespec="seconds")
    start = [str(sale.pk), str(day), sold_at, "validated", "cash", "cash", "koffi"]
    assert header == list(exports.HEADER)
    assert rows == [
        [*start, "Beaufort", "Boissons", "2", "1000", "0", "2000", "0", "2500", "XOF"],
        [*start, "Coca", "Boissons", "1", "500", "0", "500", "", "", "XOF"],
    ]


@pytest.mark.usefixtures("in_this_thread")
def test_sales_are_read_page_by_page_and_none_is_missed_or_told_twice(read_sales, koffi, zoe, beer, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 2)
    at = timezone.now() - timedelta(hours=1)
    sold = [factories.sale(koffi, {beer.pk: 1}, at=at) for _ in range(5)]  # all at one moment
    factories.sale(zoe, {factories.product(zoe.bar, "Heineken").pk: 1}, at=at)
    day = sold[0].business_date

    rows = read_sales(koffi, day, day)

    assert [row[0] for row in rows[1:]] == sorted(str(sale.pk) for sale in sold)


@pytest.mark.usefixtures("in_this_thread")
def test_only_sales_of_these_business_dates_are_told(read_sales, koffi, beer):
    now = timezone.now()
    days = {factories.sale(koffi, {beer.pk: 1}, at=now - timedelta(days=ago)).business_date for ago in range(4)}
    first, second, third, _ = sorted(days)

    assert [row[1] for row in read_sales(koffi, second, third)[1:]] == [str(second), str(third)]
    assert [row[1] for row in read_sales(koffi, first, first)[1:]] == [str(first)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-02", "2026-11-01"),
        ("2025-01-01", "2026-12-31"),
        ("0000-00-00", "2026-01-01"),
        ("2027-02-29", "2027-03-01"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-01"),
        ("", ""),
    ],
)
def test_dates_that_are_none_are_refused(first, last, koffi):
    assert ask(koffi, "sales/export", **{"from": first, "to": last}).status_code == 400
