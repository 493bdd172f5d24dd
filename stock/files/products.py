"""The products of a bar as a file that people fill in and send back. Pure: no database, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stock.files.sheets import Format, Value
from stock.files.tables import (
    Column,
    Row,
    amount,
    check_each_once,
    label,
    read_rows,
    shown_amount,
    whole,
    yes_or_no,
)
from stock.models import HIGHEST_PRICE
from stock.models.adjustments import MOST_ADJUSTED

COST_PLACES = 4  # decimals of a minor unit: a cost is an average


def columns(currency: str) -> tuple[Column, ...]:
    """What a file of products may hold, in the order that it is written in."""
    return (
        Column("name", ("name", "nom", "product", "produit"), label(80), is_required=True),
        Column("category", ("category", "catégorie"), label(60), is_required=True),
        Column("sku", ("sku", "référence", "article number", "numéro d'article"), label(40)),
        Column("price", ("price", "prix"), amount(currency, HIGHEST_PRICE), is_required=True),
        Column("cost", ("cost", "coût"), amount(currency, HIGHEST_PRICE, COST_PLACES)),
        Column("stock", ("stock", "stock"), whole(0, MOST_ADJUSTED)),
        Column("alert", ("alert", "seuil", "alert threshold", "seuil d'alerte"), whole(0, MOST_ADJUSTED)),
        Column("on_sale", ("on sale", "en vente"), yes_or_no),
    )


def read_products(content: bytes, kind: Format, currency: str) -> list[Row]:
    """The products of a file, prices and costs in minor units. Raises FileRefused with all that is wrong with it."""
    rows = read_rows(content, kind, columns(currency))
    check_each_once(rows, "name", "sku")
    return rows


def product_lines(
    products: Iterable[Mapping[str, Any]], *, currency: str, language: str, with_costs: bool
) -> Iterator[Sequence[Value]]:
    """The header in this language and a line for each product; amounts as people write them."""
    shown = [column for column in columns(currency) if with_costs or column.name != "cost"]
    yield [column.heading(language) for column in shown]
    for product in products:
        values: dict[str, Any] = dict(product) | {
            "price": shown_amount(product["price"], currency),
            "cost": shown_amount(product["cost"], currency),
            "on_sale": answer(product["on_sale"], language),
        }
        yield [values[column.name] for column in shown]


def answer(value: bool, language: str) -> str:
    french = language.startswith("fr")
    return ("oui" if french else "yes") if value else ("non" if french else "no")
