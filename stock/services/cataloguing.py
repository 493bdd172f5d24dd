"""The operators' catalogue from a file. A bar's own products never change with it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection

from bars.transactions import durably
from stock.files.matching import match
from stock.files.tables import Row
from stock.models import CatalogueProduct
from stock.queries.catalogue import CATALOGUE_FIELDS
from stock.services.importing import ChangedMeanwhile, Imported

ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 0))"
MOST_AT_ONCE = 1000  # rows of a statement


class KnownArticle(NamedTuple):
    """An article as the catalogue has it."""

    id: UUID
    name: str
    category: str
    sku: str
    lot_size: int
    offered: bool

    def changed_by(self, row: Row) -> "KnownArticle":
        return self._replace(**row.values)


def import_catalogue(rows: Sequence[Row]) -> Imported:
    """Add and change these articles, all or nothing.

    Raises FileRefused where a row's name or article number is another article's, ChangedMeanwhile or StillRunning.
    """
    try:
        return _import(rows)
    except IntegrityError as error:
        raise ChangedMeanwhile() from error


def check_catalogue(rows: Sequence[Row]) -> Imported:
    """What `import_catalogue` would do now, nothing being written. Raises FileRefused."""
    return _summary(match(rows, _known()))


@durably
def _import(rows: Sequence[Row]) -> Imported:
    with connection.cursor() as cursor:
        cursor.execute(ONE_BY_ONE)
    matched = match(rows, _known())
    changed = [new for row, old in matched if old and (new := old.changed_by(row)) != old]
    CatalogueProduct.objects.bulk_update(
        [_article(known._asdict()) for known in changed], list(CATALOGUE_FIELDS.values()), batch_size=MOST_AT_ONCE
    )
    CatalogueProduct.objects.bulk_create(
        [_article(row.values) for row, old in matched if old is None], batch_size=MOST_AT_ONCE
    )
    return _summary(matched)


def _known() -> list[KnownArticle]:
    rows = CatalogueProduct.objects.order_by("id").values_list("id", *CATALOGUE_FIELDS.values())
    return [KnownArticle(*row) for row in rows]


def _article(values: dict[str, Any]) -> CatalogueProduct:
    return CatalogueProduct(**{CATALOGUE_FIELDS.get(name, name): value for name, value in values.items()})


def _summary(matched: Sequence[tuple[Row, KnownArticle | None]]) -> Imported:
    known = [(row, old) for row, old in matched if old]
    changed = sum(old.changed_by(row) != old for row, old in known)
    return Imported(
        created=len(matched) - len(known), changed=changed, unchanged=len(known) - changed, kept_stock=0, kept_cost=0
    )
