"""Rows that are known by a name of their own in their bar: two of a name are refused, whoever is first."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

from bars.transactions import constraint_of, durably, open_books
from realtime.errors import NotFound, Problem

FIELDS = {
    "category_name_is_unique_in_its_bar": "name",
    "product_name_is_unique_in_its_bar": "name",
    "article_number_is_unique_in_its_bar": "sku",
    "supplier_name_is_unique_in_its_bar": "name",
}


class Taken(Problem):
    """`field` says what another row of this bar has already: its name, or its article number."""

    status, code, title = 409, "taken", _("This bar has another one of that name or number: choose another.")


@contextmanager
def told_when_taken() -> Iterator[None]:
    """Raises Taken where the database finds a name twice. Around the transaction: an error has ended it."""
    try:
        yield
    except IntegrityError as error:
        constraint = constraint_of(error)
        if constraint not in FIELDS:
            raise
        raise Taken(field=FIELDS[constraint]) from error


@told_when_taken()
@durably
def add_row(row: models.Model) -> None:
    """Insert a row that has its id already, by which a second try knows the first. Raises Taken."""
    open_books(row.bar_id)  # type: ignore[attr-defined]
    if not type(row)._default_manager.filter(pk=row.pk).exists():
        row.save(force_insert=True)


@told_when_taken()
@durably
def change_row(model: type[models.Model], *, bar_id: UUID, pk: UUID, changes: dict[str, Any]) -> None:
    """Write these columns and no other of the bar's row. Raises NotFound or Taken."""
    open_books(bar_id)
    found = model._default_manager.filter(bar_id=bar_id, pk=pk)
    if not (found.update(**changes) if changes else found.exists()):
        raise NotFound()
