"""The catalogue of the operators as a file. Pure: no database, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stock.files.products import answer
from stock.files.sheets import Format, Value
from stock.files.tables import Column, Row, check_each_once, label, read_rows, whole, yes_or_no
from stock.models.supplies import MOST_IN_LOT

COLUMNS = (
    Column("name", ("name", "nom"), label(80), is_required=True),
    Column("category", ("category", "catégorie"), label(60), is_required=True),
    Column("sku", ("sku", "référence", "article number", "numéro d'article"), label(40)),
    Column("lot_size", ("lot size", "unités par lot", "lot"), whole(1, MOST_IN_LOT)),
    Column("offered", ("offered", "proposé"), yes_or_no),
)


def read_catalogue(content: bytes, kind: Format) -> list[Row]:
    """The articles of a file. Raises FileRefused with all that is wrong with it."""
    rows = read_rows(content, kind, COLUMNS)
    check_each_once(rows, "name", "sku")
    return rows


def catalogue_lines(articles: Iterable[Mapping[str, Any]], language: str) -> Iterator[Sequence[Value]]:
    """The header in this language and a line for each article."""
    yield [column.heading(language) for column in COLUMNS]
    for article in articles:
        values: dict[str, Any] = dict(article) | {"offered": answer(article["offered"], language)}
        yield [values[column.name] for column in COLUMNS]
