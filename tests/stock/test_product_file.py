"""Files of products: what is read, what is refused and on which line, and that a spreadsheet runs none of it."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bars.faults import Fault, FileRefused
from bars.texts import clean
from stock.files import sheets
from stock.files.products import product_lines, read_products
from stock.files.sheets import Format, read, shield, unshield, write
from stock.files.tables import amount, shown_amount

pytestmark = pytest.mark.usefixtures("english")

HEADER = "name,category,sku,price,cost,stock,alert,on_sale"
BEER = "Beaufort 33 cl,Bières,BF33,1000,410.5,24,6,yes"
HOSTILE = [
    '=HYPERLINK("http://evil","x")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\tTAB",
    "\rCR",
    "\n=LF",
    " =1",
    "a;=1",
    'a",=1',
    "'=1",
    "''-1",
    "＝1",
    "_x0041_",
]


def read_csv(*lines, header=HEADER, currency="XOF"):
    return read_products("\n".join([header, *lines]).encode(), Format.CSV, currency)


def faults_of(content, kind=Format.CSV, currency="XOF"):
    with pytest.raises(FileRefused) as refused:
        read_products(content if isinstance(content, bytes) else content.encode(), kind, currency)
    return refused.value.faults


def book(*rows, sheets_of=1):
    """An .xlsx file of these rows."""
    made = Workbook()
    for _ in range(sheets_of - 1):
        made.create_sheet()
    for row in rows:
        made.worksheets[0].append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


# What is read


def test_a_product_is_read_with_its_money_in_minor_units():
    [row] = read_csv("Mojito,Cocktails,M1,12.50,3.1234,24,6,no", currency="EUR")

    assert (row.line, row.values) == (
        2,
        {
            "name": "Mojito",
            "category": "Cocktails",
            "sku": "M1",
            "price": 1250,
            "cost": Decimal("312.34"),
            "stock": 24,
            "alert": 6,
            "on_sale": False,
        },
    )


@pytest.mark.parametrize(
    "content",
    [
        "name,category,price\nFlag,Bières,800\n",
        "\ufeffname,category,price\r\nFlag,Bières,800\r\n",
        "Nom;Catégorie;Prix\nFlag;Bières;800",
        "PRIX;NOM;CATEGORIE\n800;  Flag ;Bières\n;;\n\n",
        'name,category,price\n"Flag","Bières","800"\n',
    ],
    ids=["plain", "BOM and CRLF", "French with semicolons", "other order, spaces and empty rows", "quoted"],
)
def test_files_as_spreadsheets_of_both_languages_save_them(content):
    [row] = read_products(content.encode(), Format.CSV, "XOF")

    assert row.values == {"name": "Flag", "category": "Bières", "price": 800}


def test_an_excel_file_is_read_as_it_looks():
    content = book(["Nom", "catégorie", "prix", "stock", "en vente"], [1664, "Bières", 12.5, 24.0, True], [None], [])

    [row] = read_products(content, Format.XLSX, "EUR")

    assert row.values == {"name": "1664", "category": "Bières", "price": 1250, "stock": 24, "on_sale": True}


def test_an_empty_cell_says_nothing():
    [row] = read_csv("Flag,Bières,,800,,,,")

    assert row.values == {"name": "Flag", "category": "Bières", "price": 800}


# What is refused (integrity C43, E)

REFUSED_CSV = {
    "nothing at all": (b"", [(0, "the file is empty")]),
    "spaces only": (b" \n ", [(0, "the file is empty")]),
    "a header only": (HEADER.encode(), [(0, "there is no line under the header")]),
    "NUL": (f"{HEADER}\n{BEER}\nA\0,B".encode(), [(3, "a NUL byte: this is no text in UTF-8")]),
    "latin-1": (f"{HEADER}\n{BEER}".encode("latin-1"), [(2, "this is not UTF-8: save the file as CSV UTF-8")]),
    "UTF-16": (HEADER.encode("utf-16"), [(1, "a NUL byte: this is no text in UTF-8")]),
    "old Excel": (
        b"\xd0\xcf\x11\xe0...",
        [(0, "this is an Excel file of before 2007: save it as .xlsx or as CSV UTF-8")],
    ),
    "Excel renamed": (book(["name"]), [(0, "this is a zip or an Excel file, not CSV: send it as .xlsx")]),
    "missing": (
        "name,price\nFlag,800",
        [(1, "the columns must be of name, category, sku, price, cost, stock, alert, on_sale (missing: category)")],
    ),
    "unknown": (
        "name,category,price,colour\nFlag,B,800,red",
        [(1, "the columns must be of name, category, sku, price, cost, stock, alert, on_sale (unknown: colour)")],
    ),
    "twice": (
        "name,nom,category,price\nFlag,Flag,B,800",
        [(1, "the columns must be of name, category, sku, price, cost, stock, alert, on_sale (twice: name)")],
    ),
    "ragged": (
        "name,category,price\nFlag,B\nCoca,B,1,2",
        [(2, "2 cells under 3 columns"), (3, "4 cells under 3 columns")],
    ),
    "an open quote": ('name,category,price\n"Flag,B,800', [(2, "this is not CSV: unexpected end of data")]),
    "a quoted newline": (
        'name,category,price\n"Fl\nag",B,800\nCoca,,5',
        [(2, "name holds a control character (U+000A)"), (4, "category is empty")],
    ),
    "name twice": ("name,category,price\nFlag,B,8\nFlag,C,9", [(3, "name Flag stands on line 2 already")]),
    "two spellings": ("name,category,price\nCafe\u0301,B,8\nCafé,C,9", [(3, "name Café stands on line 2 already")]),
    "sku twice": ("name,category,price,sku\nA,B,8,x\nC,B,9,x", [(3, "sku x stands on line 2 already")]),
    "a formula": (
        "name,category,price\n=1+1,B,8",
        [(2, "name is a formula: write its result, or an apostrophe before it")],
    ),
    "long": (
        f"name,category,price\n{'x' * 81},B,8",
        [(2, "name 'xxxxxxxxxxxxxxxxxxxx'… is longer than 80 characters")],
    ),
    "hidden": ("name,category,price\nFl\u200bag,B,8", [(2, "name holds an invisible character (U+200B)")]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "faults"), REFUSED_CSV.values(), ids=REFUSED_CSV)
def test_c43_a_file_that_is_wrong_is_refused_with_its_lines(content, faults):
    assert [tuple(fault) for fault in faults_of(content)] == faults


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *[("stock", cell) for cell in ('"1 000"', '"1,5"', "1.5", "-1", "1e3", "+1", "x", "1000001", "９", "9" * 400)],
        *[("price", cell) for cell in ('"1 000"', '"1,5"', "-1", "1e3", "0.5", "NaN", "1000000001", "$5", "9" * 400)],
        *[("cost", cell) for cell in ("0.12345", "-0.1", "Infinity")],
        *[("alert", cell) for cell in ("1.0", "-6", "many")],
        *[("on_sale", cell) for cell in ("perhaps", "2")],
    ],
)
def test_c43_a_number_that_could_mean_two_things_is_refused(column, cell):
    values = dict(zip(HEADER.split(","), BEER.split(","), strict=True)) | {column: cell}

    [fault] = faults_of(f"{HEADER}\n{','.join(values.values())}")

    assert fault.line == 2
    assert fault.message.startswith(f"{column} ")


def test_every_fault_is_told_with_its_line():
    lines = [f"Flag {number},B,free" for number in range(2, 82)]

    with pytest.raises(FileRefused) as refused:
        read_csv(*lines, header="name,category,price")

    assert [fault.line for fault in refused.value.faults] == list(range(2, 82))
    assert (len(refused.value.data["errors"]), refused.value.data["count"]) == (50, 80)
    assert str(refused.value).endswith("and 60 more")


@pytest.mark.parametrize(("rows", "is_good"), [(10_000, True), (10_001, False)])
@pytest.mark.parametrize("kind", Format)
def test_c43_ten_thousand_rows_are_read_and_no_more(kind, rows, is_good):
    content = write([("name", "category", "price"), *((f"N{n}", "B", 5) for n in range(rows))], kind)

    if is_good:
        assert len(read_products(content, kind, "XOF")) == rows
    else:
        assert faults_of(content, kind) == [Fault(10_002, "the file has more than 10000 rows: send it in parts")]


@pytest.mark.parametrize("kind", Format)
def test_c43_six_megabytes_are_not_even_looked_at(kind):
    assert faults_of(b"x" * 6 * 2**20, kind) == [Fault(0, "the file is larger than 5 MB")]


def packed(name="xl/workbook.xml", content=b"x"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return file.getvalue()


def with_part(content, name, change):
    """An .xlsx file with one of its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for part in old.namelist():
            made.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return file.getvalue()


GOOD_ROWS = (["name", "category", "price"], ["Flag", "B", 800])
BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
DAMAGED = "this Excel file is damaged, or no program should have made it"
REFUSED_EXCEL = {
    "a text": (b"name,category\n", "this is no Excel file (.xlsx)"),
    "another zip": (packed(), DAMAGED),
    "a zip bomb": (packed(content=b"\0" * 17 * 2**20), "the file unpacks to more than 16 MB"),
    "cut off": (book(*GOOD_ROWS)[:-50], "this is no Excel file (.xlsx)"),
    "two sheets": (book(*GOOD_ROWS, sheets_of=2), "the file has 2 sheets: keep the one to import"),
    "an entity bomb": (
        with_part(book(*GOOD_ROWS), "xl/worksheets/sheet1.xml", lambda xml: BOMB + xml),
        DAMAGED,
    ),
    "broken XML": (
        with_part(book(*GOOD_ROWS), "xl/worksheets/sheet1.xml", lambda xml: xml[:-30]),
        DAMAGED,
    ),
    "empty": (book(), "the file is empty"),
}


def test_c43_excel_files_are_parsed_by_what_refuses_entities():
    assert openpyxl.DEFUSEDXML


@pytest.mark.parametrize(("content", "why"), REFUSED_EXCEL.values(), ids=REFUSED_EXCEL)
def test_c43_what_is_no_honest_excel_file_is_refused(content, why):
    assert faults_of(content, Format.XLSX) == [Fault(0, why)]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("=1+1", "name is a formula"),
        ("#N/A", "a cell holds the error #N/A"),
        (date(2026, 11, 21), "a cell holds the date or time 2026-11-21"),
    ],
)
def test_c43_an_excel_cell_that_is_computed_or_a_date_is_refused_with_its_row(cell, why):
    [fault] = faults_of(book(["name", "category", "price"], ["Flag", "B", 8], [cell, "B", 8]), Format.XLSX)

    assert fault.line == 3
    assert fault.message.startswith(why)


def test_a_sheet_that_pretends_to_be_endless_is_read_to_its_last_row():
    content = with_part(
        book(*GOOD_ROWS),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<row r="2"', b'<row r="1048576"').replace(b'"A2"', b'"A1048576"')
        .replace(b'"B2"', b'"B1048576"').replace(b'"C2"', b'"C1048576"'),
    )  # fmt: skip

    assert [row.line for row in read_products(content, Format.XLSX, "XOF")] == [1_048_576]


# What is written (integrity C42)

DANGEROUS = re.compile(r"\s*[=+\-@\t\r\n\0＝＋－＠]")


@pytest.mark.parametrize("text", HOSTILE)
def test_c42_no_cell_begins_as_a_formula_whatever_parts_the_cells(text):
    content = write([["name"], [text]], Format.CSV).decode("utf-8-sig")

    cells = [cell.strip('"') for line in content.split("\r\n") for cell in re.split(r"[,;\t\n]", line)]

    assert [cell for cell in cells if re.match(r"\s*[=+\-@＝＋－＠]", cell)] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_c42_no_excel_cell_is_a_formula(text):
    sheet = load_workbook(io.BytesIO(write([["name"], [text]], Format.XLSX))).active

    [cell] = sheet[2]

    assert (cell.data_type, bool(DANGEROUS.match(cell.value))) == ("s", False)


def test_c42_quotes_and_separators_are_written_as_rfc_4180_wants():
    content = write([["a", "b"], ['say "hi", twice', "two\r\nlines"]], Format.CSV)

    assert content == b'\xef\xbb\xbfa,b\r\n"say ""hi"", twice","two\r\nlines"\r\n'.replace(b"\r\n'lines", b"\r\nlines")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text(
    "=+-@'\",;\t\r\n a_x04＝1", max_size=12
)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_c42_every_text_comes_back_from_its_shield(text):
    assert DANGEROUS.match(shield(text)) is None
    assert unshield(shield(text)) == text


HEAD = ["a", "b", "c"]


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.lists(TEXTS.map(lambda text: text + "."), min_size=3, max_size=3), min_size=1, max_size=4))
@pytest.mark.parametrize("kind", Format)
def test_c42_every_table_comes_back_from_its_file(kind, rows):
    rows = [[cell.replace("\0", "") for cell in row] for row in rows]

    header, *back = [[unshield(cell) for cell in record.cells] for record in read(write([HEAD, *rows], kind), kind)]

    assert (header, back) == (HEAD, rows)


def is_a_name(text):
    try:
        return clean(text) == text != ""
    except ValueError:
        return False


NAMES = TEXTS.filter(is_a_name) | st.sampled_from([text for text in HOSTILE if is_a_name(text)])
PRODUCTS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "category": NAMES,
        "sku": NAMES,
        "price": st.integers(0, 10**9),
        "cost": st.decimals(0, 10**6, places=4),
        "stock": st.integers(0, 10**6),
        "alert": st.integers(0, 10**6),
        "on_sale": st.booleans(),
    }
)


@settings(max_examples=100, deadline=None)
@given(
    products=st.lists(PRODUCTS, min_size=1, max_size=3, unique_by=(lambda p: p["name"], lambda p: p["sku"])),
    currency=st.sampled_from(["XOF", "EUR", "KWD"]),
    language=st.sampled_from(["fr", "en"]),
)
@pytest.mark.parametrize("kind", Format)
def test_c42_every_product_comes_back_from_its_file(kind, currency, language, products):
    lines = product_lines(products, currency=currency, language=language, with_costs=True)

    rows = read_products(write(lines, kind), kind, currency)

    assert [row.values for row in rows] == products


@given(minor=st.integers(0, 10**9), currency=st.sampled_from(["XOF", "EUR", "KWD"]))
def test_an_amount_is_read_as_it_was_shown(minor, currency):
    assert amount(currency, 10**9)(f"{shown_amount(minor, currency):f}") == minor


def test_who_may_not_see_costs_gets_no_column_of_them():
    product = {"name": "Flag", "category": "B", "sku": "", "price": 800, "cost": Decimal("410.5"), "stock": 3}
    product |= {"alert": 6, "on_sale": True}

    tables = [
        list(product_lines([product], currency="XOF", language="fr-ci", with_costs=costs)) for costs in (True, False)
    ]

    assert tables == [
        [
            ["nom", "catégorie", "référence", "prix", "coût", "stock", "seuil", "en vente"],
            ["Flag", "B", "", Decimal(800), Decimal("410.5"), 3, 6, "oui"],
        ],
        [["nom", "catégorie", "référence", "prix", "stock", "seuil", "en vente"], ["Flag", "B", "", 800, 3, 6, "oui"]],
    ]


def test_a_wide_row_is_refused_before_it_is_read():
    assert faults_of(",".join("abc"[:1] for _ in range(sheets.MOST_COLUMNS + 1))) == [
        Fault(1, f"{sheets.MOST_COLUMNS + 1} cells: at most {sheets.MOST_COLUMNS} are read")
    ]
