"""Which row of a file is which row of a table: by article number, else by name. Pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from bars.faults import Fault, FileRefused
from stock.files.tables import Row


class Article(Protocol):
    """What is known under a name, and perhaps an article number."""

    @property
    def name(self) -> str: ...
    @property
    def sku(self) -> str: ...


A = TypeVar("A", bound=Article)


def match(rows: Sequence[Row], known: Iterable[A]) -> list[tuple[Row, A | None]]:
    """Each row with what it describes, or None where that is new.

    Raises FileRefused where two rows describe one article, or where a row's name or number is another's.
    """
    articles = list(known)
    by_sku = {article.sku: article for article in articles if article.sku}
    by_name = {article.name: article for article in articles}
    matched: list[tuple[Row, A | None]] = []
    lines: dict[str, int] = {}  # by the name that an article has now
    faults = []
    for row in rows:
        name, sku = row.values["name"], row.values.get("sku")
        of_name = by_name.get(name)
        found = by_sku.get(sku) or of_name if sku else of_name
        matched.append((row, found))
        if of_name and of_name is not found:
            faults.append(Fault(row.line, _("name %(name)s is another product's") % {"name": name}))
        elif found and sku and found.sku not in ("", sku):
            told = _("name %(name)s is the product of sku %(sku)s") % {"name": name, "sku": found.sku}
            faults.append(Fault(row.line, told))
        elif found and lines.setdefault(found.name, row.line) != row.line:
            told = _("this product stands on line %(line)d already") % {"line": lines[found.name]}
            faults.append(Fault(row.line, told))
    if faults:
        raise FileRefused(faults)
    return matched
