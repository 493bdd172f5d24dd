"""Tables as CSV and Excel files, in and out. Pure: no database, no clock.

What people open in a spreadsheet must not run there: a text that would be taken for a formula gets an
apostrophe before it, and loses it when it comes back. Every text returns as it left.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.dimensions import ColumnDimension

from bars.faults import Fault, FileRefused

MOST_BYTES = 5 * 2**20
MOST_UNPACKED = 16 * 2**20  # bytes of an Excel file, which is a zip
MOST_ROWS = 10_000  # under the header
MOST_COLUMNS = 50
LAST_EXCEL_ROW = 2**20
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BOM = "\ufeff"

# Where a spreadsheet begins to read a cell: at the start, and behind what it may take for the end of the one
# before, because which of , ; and TAB parts the cells depends on the reader's language.
SPACES, SIGNS = r"[^\S\t\r\n]*", "=+\\-@＝＋－＠"
FIRST, LATER = rf"(?='*{SPACES}[{SIGNS}\t\r\n\0])", rf"(?='*{SPACES}[{SIGNS}])"
FORMULA = re.compile(rf"^{FIRST}|(?<=[,;\t\r\n\"]){LATER}")
SHIELDED = re.compile(rf"^'{FIRST}|(?<=[,;\t\r\n\"])'{LATER}")
# What XML can't hold is spelled _x0001_ in Excel's files, and so is an underscore before what looks like that.
UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
SPELLED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Value = str | int | Decimal


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Record(NamedTuple):
    """The cells of a row that isn't empty, as they stand in the file, and the line where it begins."""

    line: int
    cells: list[str]


def shield(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would begin a formula (OWASP: CSV injection)."""
    return FORMULA.sub("'", text)


def unshield(text: str) -> str:
    """What `shield` was given. Raises ValueError for a formula."""
    if text.lstrip().startswith("="):
        raise ValueError(_("is a formula: write its result, or an apostrophe before it"))
    return SHIELDED.sub("", text)


# Writing


class _Lines:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Lines of RFC 4180, with a byte order mark before the first: without it Excel takes them for Latin."""
    writer = csv.writer(_Lines())
    start = BOM
    for row in rows:
        yield start + writer.writerow([shield(cell) if isinstance(cell, str) else f"{Decimal(cell):f}" for cell in row])
        start = ""


def write(rows: Iterable[Sequence[Value]], kind: Format) -> bytes:
    """A file of these rows, the first of them its header."""
    return "".join(csv_lines(rows)).encode() if kind == Format.CSV else _excel(rows)


def _excel(rows: Iterable[Sequence[Value]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for letter in "AB":
        sheet.column_dimensions[letter] = ColumnDimension(sheet, index=letter, width=28, customWidth=True)
    for row in rows:
        sheet.append([_spell(shield(cell)) if isinstance(cell, str) else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _spell(text: str) -> str:
    return UNSPEAKABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)


# Reading


def read(content: bytes, kind: Format) -> Iterator[Record]:
    """The rows of a file that hold anything, its header first. Raises FileRefused where it stops being one."""
    if len(content) > MOST_BYTES:
        raise FileRefused([Fault(0, _("the file is larger than %(most)d MB") % {"most": MOST_BYTES // 2**20})])
    if not content.strip():
        raise FileRefused([Fault(0, _("the file is empty"))])
    if content.startswith(OLD_EXCEL):
        raise FileRefused([Fault(0, _("this is an Excel file of before 2007: save it as .xlsx or as CSV UTF-8"))])
    rows = _csv_records(content) if kind == Format.CSV else _excel_records(content)
    for number, record in enumerate(rows):
        if number > MOST_ROWS:
            told = _("the file has more than %(most)d rows: send it in parts") % {"most": MOST_ROWS}
            raise FileRefused([Fault(record.line, told)])
        if len(record.cells) > MOST_COLUMNS:
            facts = {"cells": len(record.cells), "most": MOST_COLUMNS}
            raise FileRefused([Fault(record.line, _("%(cells)d cells: at most %(most)d are read") % facts)])
        yield record


def _csv_records(content: bytes) -> Iterator[Record]:
    text = _text_of(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Record(line + 1, cells)
            line = reader.line_num
    except csv.Error as error:
        raise FileRefused([Fault(line + 1, _("this is not CSV: %(error)s") % {"error": error})]) from None


def _text_of(content: bytes) -> str:
    if content.startswith(ZIP):
        raise FileRefused([Fault(0, _("this is a zip or an Excel file, not CSV: send it as .xlsx"))])
    if b"\0" in content:
        raise FileRefused([Fault(_line_at(content, content.index(b"\0")), _("a NUL byte: this is no text in UTF-8"))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_at(content, error.start)
        raise FileRefused([Fault(line, _("this is not UTF-8: save the file as CSV UTF-8"))]) from None


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _separator(text: str) -> str:
    """What parts the cells of the header: a comma, or the semicolon of spreadsheets that count in French."""
    header = text.lstrip().partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _excel_records(content: bytes) -> Iterator[Record]:
    _check_zip(content)
    try:
        yield from _cells(content)
    except FileRefused:
        raise
    except Exception:  # openpyxl lets out whatever a damaged file makes it stumble over
        raise FileRefused([Fault(0, _("this Excel file is damaged, or no program should have made it"))]) from None


def _check_zip(content: bytes) -> None:
    """Raises FileRefused for a zip bomb. zipfile unpacks no more of a part than the part says it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise FileRefused([Fault(0, _("this is no Excel file (.xlsx)"))]) from None
    if unpacked > MOST_UNPACKED:
        told = _("the file unpacks to more than %(most)d MB") % {"most": MOST_UNPACKED // 2**20}
        raise FileRefused([Fault(0, told)])


def _cells(content: bytes) -> Iterator[Record]:
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    if len(book.worksheets) != 1:
        told = _("the file has %(sheets)d sheets: keep the one to import") % {"sheets": len(book.worksheets)}
        raise FileRefused([Fault(0, told)])
    width = 0  # of the header: a sheet has no ragged rows, only empty cells
    blank = None  # one and the same for all rows that are missing, perhaps a million
    for line, row in enumerate(book.worksheets[0].iter_rows(1, LAST_EXCEL_ROW, 1, MOST_COLUMNS + 1), start=1):
        if row is blank:
            continue
        try:
            cells = [_plain(cell) for cell in row]
        except ValueError as error:
            raise FileRefused([Fault(line, str(error))]) from None
        filled = max((number for number, cell in enumerate(cells, start=1) if cell.strip()), default=0)
        if filled:
            width = width or filled
            yield Record(line, cells[: max(filled, width)])
        else:
            blank = row


def _plain(cell: Any) -> str:
    """What a cell shows. Raises ValueError for a date or an error."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return "="
    if cell.data_type == "e":
        raise ValueError(_("a cell holds the error %(value)s") % {"value": value})
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):  # 12.1 is kept as 12.0999… in the file
        return f"{Decimal(str(round(value, 9))).normalize():f}"
    if isinstance(value, str):
        return SPELLED.sub(lambda found: chr(int(found.group(1), 16)), value)
    raise ValueError(_("a cell holds the date or time %(value)s: write it as text") % {"value": value})
