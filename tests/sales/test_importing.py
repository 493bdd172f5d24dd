"""Importing baskets: what becomes of a file, what is refused, and that nothing is half done."""

import os
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.management import CommandError, call_command

from bars.access import find_member
from bars.invariants import verify
from bars.models import Bar, Member
from realtime.models import Event
from sales import importing
from sales.basket_file import COLUMNS, FileRefused, Terms, read_baskets
from sales.models import Line, Sale
from stats.models import SalesMinute
from stock.models import Movement, Product
from tests import factories
from tests.books import books, shelf
from tests.settling import settle
from tests.stack import url_of_test_database

pytestmark = pytest.mark.usefixtures("english")

REAL_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "drink_baskets_10_stores.csv"
NEW_YORK = ZoneInfo("America/New_York")
TERMS = Terms(NEW_YORK, "USD", datetime(2026, 11, 20, 12, tzinfo=UTC))
HEADER = ",".join(COLUMNS)
EVENING = (
    "7,100,2026-07-01T21:05:00,11,Cola 33 cl,Sodas,2,1.50",
    "7,100,2026-07-01T21:05:00,12,Lager 50 cl,Beers,1,3.25",
    "7,101,2026-07-02T01:30:00,11,Cola 33 cl,Sodas,4,1.60",
    "8,100,2026-07-01T22:00:00,11,Cola 33 cl,Sodas,3,1.40",
)


def csv_of(*lines, header=HEADER):
    return "\n".join([header, *lines]) + "\n"


def line(**cells):
    """One good line but for these cells."""
    good = dict(zip(COLUMNS, ("7", "100", "2026-07-01T21:05:00", "11", "Cola", "Sodas", "2", "1.50"), strict=True))
    return ",".join({**good, **cells}.values())


def refusal(content, terms=TERMS):
    with pytest.raises(FileRefused) as refused:
        read_baskets(content if isinstance(content, bytes) else content.encode(), terms)
    return str(refused.value)


@pytest.fixture
def owner(db):
    return factories.user("yao")


@pytest.fixture
def run(owner, tmp_path, capsys):
    """Import these lines as the command does; what it prints."""

    def run(*lines, content=None, **options):
        file = tmp_path / "baskets.csv"
        file.write_bytes(content if content is not None else csv_of(*lines).encode())
        given = {"time_zone": "America/New_York", "currency": "USD"} | options
        call_command("import_sales", file, **given)
        settle()
        return capsys.readouterr().out

    return run


def bar_of(store):
    return Bar.objects.get(slug=f"store-{store}")


def stocks(store):
    return dict(bar_of(store).products.values_list("sku", "stock"))


def openings(store):
    found = Movement.objects.filter(bar=bar_of(store), cause="opening").order_by("id")
    return list(found.values_list("product__sku", "quantity"))


# What becomes of a file


def test_each_store_becomes_a_bar_of_the_owner(run, owner):
    said = run(*EVENING)

    bars = Bar.objects.order_by("slug").values_list("name", "slug", "currency", "time_zone", "closing_hour", "mode")
    assert said.startswith("Imported 3 sales with 4 lines, 3 new products, 2 new bars.")
    assert list(bars) == [
        ("Store 7", "store-7", "USD", "America/New_York", 6, "full"),
        ("Store 8", "store-8", "USD", "America/New_York", 6, "full"),
    ]
    assert [find_member(owner, bar.pk).role for bar in Bar.objects.all()] == [Member.Role.OWNER] * 2


def test_products_come_with_their_latest_price_and_with_what_is_spared(run):
    run(*EVENING, spare=5)

    products = bar_of(7).products.order_by("sku")
    assert list(products.values_list("sku", "name", "category__name", "price", "cost", "stock", "reserved")) == [
        ("11", "Cola 33 cl", "Sodas", 160, Decimal(0), 5, 0),
        ("12", "Lager 50 cl", "Beers", 325, Decimal(0), 5, 0),
    ]
    assert openings(7) == [("11", 2 + 4 + 5), ("12", 1 + 5)]
    assert openings(8) == [("11", 3 + 5)]


def test_sales_are_what_the_till_would_have_written(run, owner):
    run(*EVENING)

    sale = Sale.objects.get(bar=bar_of(7), total=625)
    assert Sale.objects.values().get(pk=sale.pk) == {
        "id": sale.pk,
        "bar_id": bar_of(7).pk,
        "key": sale.key,
        "fingerprint": sale.fingerprint,
        "status": "validated",
        "mode": "full",
        "origin": "import",
        "payment": "cash",
        "reference": "",
        "to_verify": False,
        "verified_by_id": None,
        "client": "",
        "tab_id": None,
        "paid_with": "cash",
        "paid_on": date(2026, 7, 1),
        "settlement_id": None,
        "discount": 0,
        "total": 625,
        "currency": "USD",
        "sold_by_id": owner.pk,
        "created_by_id": owner.pk,
        "occurred_at": datetime(2026, 7, 2, 1, 5, tzinfo=UTC),
        "received_at": sale.received_at,
        "business_date": date(2026, 7, 1),
        "review": None,
        "decided_by_id": None,
        "decided_at": None,
        "reason": "",
    }
    lines = Line.objects.filter(sale=sale).order_by("name")
    assert list(lines.values_list("name", "unit_price", "unit_cost", "quantity")) == [
        ("Cola 33 cl", 150, Decimal(0), 2),
        ("Lager 50 cl", 325, Decimal(0), 1),
    ]
    moved = Movement.objects.filter(cause_id=sale.pk).order_by("quantity")
    assert list(moved.values_list("product__sku", "quantity", "cause", "created_by")) == [
        ("11", -2, "sale", owner.pk),
        ("12", -1, "sale", owner.pk),
    ]


def test_a_sale_after_midnight_belongs_to_the_day_before(run):
    run(*EVENING)

    assert sorted(Sale.objects.values_list("business_date", "total")) == [
        (date(2026, 7, 1), 420),
        (date(2026, 7, 1), 625),
        (date(2026, 7, 1), 640),
    ]
    assert sorted(SalesMinute.objects.values_list("business_date", "sales", "revenue")) == [
        (date(2026, 7, 1), 1, 420),
        (date(2026, 7, 1), 1, 625),
        (date(2026, 7, 1), 1, 640),
    ]


def test_of_an_hour_that_comes_twice_the_first_is_meant(run):
    run(line(sold_at="2026-11-01T01:30:00"))

    assert Sale.objects.get().occurred_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_currency_without_decimals_counts_whole_units(run):
    run(line(price="500"), currency="XOF", time_zone="Africa/Abidjan")

    assert (Sale.objects.get().total, Product.objects.get().price) == (1000, 500)


def test_products_of_one_name_are_told_apart_by_their_number(run):
    run(
        line(product_id="11"),
        line(product_id="12"),
        line(product_id="13", name="Cola #12"),
        line(product_id="14", name="x" * 80),
        line(product_id="15", name="x" * 80),
        line(store_id="8", product_id="12"),
    )

    assert list(bar_of(7).products.order_by("sku").values_list("name", flat=True)) == [
        "Cola",
        "Cola #12",
        "Cola #12 #13",
        "x" * 80,
        "x" * 76 + " #15",
    ]
    assert bar_of(8).products.get().name == "Cola"


def test_a_byte_order_mark_and_columns_in_another_order_are_fine(run):
    rows = [row.split(",") for row in (HEADER, *EVENING)]
    turned = "\r\n".join(",".join(reversed(row)) for row in rows)

    run(content=b"\xef\xbb\xbf" + turned.encode())

    assert Sale.objects.count() == 3


def test_every_invariant_holds_after_an_import(run):
    run(*EVENING)

    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


def test_a_small_import_is_told_event_by_event_and_a_large_one_as_a_whole(run):
    run(*EVENING)
    small = Counter(Event.objects.filter(stream=f"bar.{bar_of(7).pk}").values_list("type", flat=True))
    run(*(line(store_id="9", basket_id=str(number)) for number in range(201)))
    large = Event.objects.filter(stream=f"bar.{bar_of(9).pk}").values_list("type", "data")

    assert small == {
        "member.changed": 1,
        "category.changed": 2,
        "product.changed": 2,
        "stock.changed": 4,  # brought for the sales, and sold
        "sale.created": 2,
    }
    assert list(large) == [("invalidate", {"topics": ["sales", "stock", "team"]})]


# Again, and with more in it


def test_importing_twice_adds_nothing(run):
    run(*EVENING)
    before = books(), Movement.objects.count(), Bar.objects.count(), Member.objects.count()

    said = run(*EVENING)

    assert said.startswith("Nothing new: all 3 sales were imported before.")
    assert (books(), Movement.objects.count(), Bar.objects.count(), Member.objects.count()) == before


def test_a_longer_file_adds_only_what_is_new(run):
    run(*EVENING[:3], spare=5)

    said = run(
        *EVENING, line(basket_id="102", quantity="9"), line(basket_id="103", product_id="13", name="Gin"), spare=5
    )

    assert said.startswith("Imported 3 sales with 3 lines, 2 new products, 1 new bars.")
    assert openings(7) == [("11", 11), ("12", 6), ("13", 7), ("11", 9)]
    assert stocks(7) == {"11": 5, "12": 5, "13": 5}
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


def test_what_people_did_in_between_stays(run, owner):
    run(*EVENING, spare=5)
    cola = bar_of(7).products.get(sku="11")
    factories.sale(find_member(owner, bar_of(7).pk), {cola.pk: 2})
    Product.objects.filter(pk=cola.pk).update(price=200, name="Cola, cold")

    run(*EVENING, line(basket_id="102"), line(basket_id="102", product_id="13", name='"Cola, cold"'), spare=5)

    cola.refresh_from_db()
    assert (cola.price, cola.name, shelf(cola)) == (200, "Cola, cold", [(3, 0)])
    assert bar_of(7).products.get(sku="13").name == "Cola, cold #13"
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


@pytest.mark.parametrize(
    "changed",
    [
        line(basket_id="100", quantity="3"),
        line(basket_id="100", price="1.51"),
        line(basket_id="100", product_id="12"),
        line(basket_id="100", product_id="99"),
    ],
)
def test_a_known_basket_with_other_lines_is_refused(run, changed):
    run(line(), line(basket_id="101", product_id="12", name="Lager"))
    before = books()

    with pytest.raises(CommandError, match="line 3: basket 100 was imported before with other lines"):
        run(line(basket_id="500"), changed)

    assert books() == before


def test_the_bar_of_a_stranger_is_left_alone(run):
    run(*EVENING)
    factories.user("zoe")
    before = books()

    with pytest.raises(CommandError, match="the bar store-7 exists, and zoe may not add sales and products to it"):
        run(line(basket_id="102"), owner="zoe")

    assert books() == before


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"currency": "EUR"}, "the bar store-7 counts in USD, not in EUR"),
        ({"time_zone": "America/Chicago"}, "the bar store-7 is in America/New_York, not in America/Chicago"),
    ],
)
def test_a_bar_does_not_change_its_currency_or_zone(run, options, why):
    run(*EVENING)
    before = books()

    with pytest.raises(CommandError, match=why):
        run(line(basket_id="102"), **options)

    assert books() == before


# What is refused


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n", "the file is empty"),
        (csv_of(), "there is no line under the header"),
        (csv_of(line()).replace("Cola", "Bi\xe8re").encode("latin-1"), "line 2: not UTF-8: save the file as UTF-8"),
        (csv_of(line()).encode("utf-16"), "line 1: a NUL byte: this is not a text file"),
        (csv_of(line(), line(name="Co\0la")), "line 3: a NUL byte: this is not a text file"),
        (csv_of(line(name='"Cola')), "line 2: this is not CSV: unexpected end of data"),
        (csv_of(line()[:-5]), "line 2: 7 cells under 8 columns"),
        (csv_of(line() + ",1"), "line 2: 9 cells under 8 columns"),
        (csv_of(line(name="Cola, cold")), "line 2: 9 cells under 8 columns"),
    ],
)
def test_what_is_no_table_is_refused(content, why):
    assert refusal(content) == why


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (HEADER.replace(",price", ""), "missing: price"),
        (HEADER + ",discount", "unknown: discount"),
        (HEADER + ",", "unknown: (no name)"),
        (HEADER.replace("name", "price"), "missing: name; twice: price"),
        (HEADER.replace(",", ";"), f"missing: {', '.join(COLUMNS)}; unknown: {HEADER.replace(',', ';')}"),
    ],
)
def test_the_columns_must_be_those_eight(header, why):
    assert refusal(csv_of(line(), header=header)) == f"line 1: the columns must be {HEADER} ({why})"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        *(
            ({"quantity": text}, f"quantity {text!r} is not a whole number from 1 to 999")
            for text in ("0", "-1", "1.5", "1000", "1 000", "two", "", "1e2", "٣", "9" * 30)
        ),
        *(
            ({"price": text}, f"price {text!r} is not a price such as 12.50")
            for text in ("-1", "free", "", "1e2", "NaN", "1_000", "$1", ".5")
        ),
        ({"price": "1.299"}, "price '1.299' has more decimals than USD (2)"),
        ({"price": "10000000.01"}, "price '10000000.01' is out of bounds"),
        (
            {"sold_at": "2026-03-08T02:30:00"},
            "sold_at 2026-03-08T02:30:00 did not exist in America/New_York: the clocks went forward",
        ),
        ({"sold_at": "2026-11-20T07:00:01"}, "sold_at '2026-11-20T07:00:01' is before 1970 or in the future"),
        ({"sold_at": "1969-12-31T18:00:00"}, "sold_at '1969-12-31T18:00:00' is before 1970 or in the future"),
        ({"sold_at": "0001-01-01T00:00:00"}, "sold_at '0001-01-01T00:00:00' is before 1970 or in the future"),
        ({"sold_at": "9999-12-31T23:59:59"}, "sold_at '9999-12-31T23:59:59' is out of the calendar"),
        ({"sold_at": "2027-02-29T12:00:00"}, "sold_at day is out of range for month"),
        *(
            ({"sold_at": text}, f"sold_at {text!r} is not a local time such as 2017-01-31T21:05:00")
            for text in ("2026-07-01", "2026-07-01T21:05:00Z", "2026-07-01T21:05:00+02:00", "01/07/2026 21:05", "")
        ),
        ({"store_id": "7 bis"}, "store_id '7 bis' is not a store's number: at most 34 letters, digits, - and _"),
        ({"store_id": ""}, "store_id '' is not a store's number: at most 34 letters, digits, - and _"),
        ({"product_id": " "}, "product_id is empty"),
        ({"product_id": "1" * 41}, f"product_id {'1' * 20!r}… is longer than 40 characters"),
        ({"name": ""}, "name is empty"),
        ({"name": "x" * 81}, f"name {'x' * 20!r}… is longer than 80 characters"),
        ({"name": "Co\u202ela"}, "name 'Co\\u202ela' holds an invisible character"),
        ({"category": "x" * 61}, f"category {'x' * 20!r}… is longer than 60 characters"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(cells, why):
    assert refusal(csv_of(line(basket_id="99"), line(**cells))) == f"line 3: {why}"


def test_a_name_is_kept_composed_and_without_spare_spaces():
    (basket,) = read_baskets(csv_of(line(name='"  Bie\u0300re\n\tblonde\u00a0"')).encode(), TERMS)

    assert basket.lines["11"].name == "Bière blonde"


def test_lines_are_numbered_as_an_editor_numbers_them():
    content = csv_of(line(name='"Cola\ncold"'), "", line(basket_id="101", quantity="0"))

    assert refusal(content) == "line 5: quantity '0' is not a whole number from 1 to 999"


def test_a_product_stands_once_in_a_basket():
    content = csv_of(line(), line(basket_id="101"), line(quantity="5"))

    assert refusal(content) == "line 4: product 11 stands twice in basket 100"


def test_a_basket_is_sold_at_one_time():
    content = csv_of(line(), line(product_id="12", sold_at="2026-07-01T21:06:00"))

    assert refusal(content) == "line 3: basket 100 has another sold_at on line 2"


def test_every_fault_is_found_and_the_first_twenty_are_shown():
    faults = [line(basket_id=str(number), quantity="0", price="free") for number in range(15)]

    said = refusal(csv_of(*faults)).splitlines()

    assert len(said) == 21
    assert said[:2] == [
        "line 2: quantity '0' is not a whole number from 1 to 999",
        "line 2: price 'free' is not a price such as 12.50",
    ]
    assert said[-1] == "and 10 more"


def test_a_broken_file_writes_nothing(run):
    with pytest.raises(CommandError, match="baskets.csv was not imported:\nline 6: quantity '0'"):
        run(*EVENING, line(basket_id="9", quantity="0"))

    assert (Bar.objects.count(), Product.objects.count(), Sale.objects.count()) == (0, 0, 0)


def test_a_skipped_time_is_that_of_a_clock_not_put_forward_if_one_says_so(run):
    run(line(sold_at="2026-03-08T02:30:00"), skipped_times="shift")

    assert Sale.objects.get().occurred_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--currency", "usd"), "usd is not a currency, such as USD or XOF"),
        (("--currency", "ABC"), "ABC is not a currency, such as USD or XOF"),
        (("--time-zone", "America/Nowhere"), "America/Nowhere is not a time zone, such as America/New_York"),
        (("--time-zone", "../../etc/passwd"), "../../etc/passwd is not a time zone, such as America/New_York"),
        (("--owner", "nobody"), "There is no user nobody: name who owns the bars with --owner"),
        (("--spare", "-1"), "Error: argument --spare: -1 is not a whole number from 0 on"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(owner, tmp_path, arguments, why):
    file = tmp_path / "baskets.csv"
    file.write_text(csv_of(*EVENING))

    with pytest.raises(CommandError) as refused:
        call_command("import_sales", str(file), "--time-zone", "America/New_York", "--currency", "USD", *arguments)

    assert (str(refused.value), Bar.objects.count()) == (why, 0)


def test_a_missing_file_and_a_folder_are_refused_in_one_line(owner, tmp_path):
    said = []
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CommandError) as refused:
            call_command("import_sales", path, time_zone="America/New_York", currency="USD")
        said.append(str(refused.value))

    assert said == [f"{tmp_path}/none.csv: No such file or directory", f"{tmp_path}: Is a directory"]


# All or nothing


@pytest.mark.parametrize("moment", ["products", "sales", "committing"])
def test_ctrl_c_leaves_nothing_behind(run, monkeypatch, capsys, moment):
    def interrupt(*, tell, **given):
        record(tell=lambda step, done, total: stop(step), **given)

    def stop(step):
        if step == moment:
            raise KeyboardInterrupt

    record = importing.record_history
    monkeypatch.setattr(importing, "record_history", interrupt)
    with pytest.raises(SystemExit) as ended:
        run(*EVENING)

    assert (ended.value.code, capsys.readouterr().err) == (130, "Stopped: nothing was written.\n")
    assert (Bar.objects.count(), Product.objects.count(), Sale.objects.count()) == (0, 0, 0)


def test_two_imports_do_not_run_at_once(run):
    with psycopg.connect(url_of_test_database()) as other:
        other.execute(importing.LOCK)
        with pytest.raises(CommandError, match="another import is running: try again when it has ended"):
            run(*EVENING)

    assert run(*EVENING).startswith("Imported 3 sales")


def test_what_the_database_refuses_is_one_line_and_writes_nothing(run, monkeypatch):
    monkeypatch.setattr(importing, "_free_name", lambda bar, line, taken: "the same for all")

    with pytest.raises(CommandError, match="^The database refused: duplicate key value .*product_name_is_unique.*$"):
        run(*EVENING)

    assert (Bar.objects.count(), Sale.objects.count()) == (0, 0)


@pytest.mark.slow
def test_the_real_file_becomes_ten_bars(run):
    if not REAL_FILE.exists():
        message = f"{REAL_FILE} is not here: the real baskets are not part of the repository"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)

    said = run(content=REAL_FILE.read_bytes(), skipped_times="shift")

    assert said.startswith("Imported 9678 sales with 17562 lines, 5260 new products, 10 new bars.")
    assert (Bar.objects.count(), Sale.objects.count(), Line.objects.count()) == (10, 9678, 17562)
    assert Product.objects.values("sku").distinct().count() == 1890
    assert run(content=REAL_FILE.read_bytes(), skipped_times="shift").startswith("Nothing new: all 9678 sales")
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


def test_the_real_file_has_one_time_that_never_was(db):
    if not REAL_FILE.exists():
        pytest.skip(f"{REAL_FILE} is not here")

    assert refusal(REAL_FILE.read_bytes()) == (
        "line 3467: sold_at 2017-03-12T02:57:37 did not exist in America/New_York: the clocks went forward"
    )
