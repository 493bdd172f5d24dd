"""A bar that has left: its books go into a file, and then nothing of it stays but ids."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from bars.copying import Tell, expect_many_rows, silent
from bars.leaving import export_bar, tables
from bars.models import Bar, Member, User
from bars.transactions import durably
from config.erasing import alias_of
from config.erasing.guards import against_deleting, put_to_sleep
from realtime.errors import Problem
from realtime.forgetting import forget_stream
from realtime.models import Feature

# Which table refers to which: the rows that refer go first.
REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid AND conrelid::regclass::text = ANY(%(tables)s)
  AND confrelid::regclass::text = ANY(%(tables)s)
"""
# On a seller's own stream, which goes on without a hole: what was told of a sale becomes "read your sales again".
FORGET_SALES = """
UPDATE realtime_event AS event SET type = 'invalidate', data = '{"topics": ["sales"]}'
FROM sales_sale AS sale
WHERE event.stream = 'user.' || sale.sold_by_id AND event.type IN ('sale.created', 'sale.changed')
  AND event.data ->> 'sale' = sale.id::text AND sale.bar_id = %s
"""
log = logging.getLogger(__name__)


class StillOpen(Problem):
    status, code = 409, "bar_open"
    title = _("A bar is erased once it is closed: take away “active” from it in the admin first.")


class BooksChanged(Problem):
    status, code = 409, "books_changed"
    title = _("The bar’s books have changed since the file was written. Nothing was erased: write a new file.")


@dataclass(frozen=True)
class ErasedBar:
    """How many rows of its books are gone, and the usernames of who worked there and works in no bar now."""

    rows: int
    without_bar: list[str]


def erase_bar(bar_id: UUID, path: Path, tell: Tell = silent) -> ErasedBar:
    """Write a closed bar's books to a new file, then erase all that the file holds, what was said, and what was told.

    If anything goes wrong nothing was erased, and a file that was written stays. Raises Bar.DoesNotExist, StillOpen,
    BooksChanged, StillRunning, FileExistsError or OSError.
    """
    bar = Bar.objects.get(pk=bar_id)
    if bar.is_active:
        raise StillOpen()
    written = export_bar(bar, path, tell)
    erased = erase_rows(bar.pk, written, tell)
    log.warning("a bar was erased", extra={"bar": str(bar.pk), "rows": erased.rows})
    return erased


@durably
def erase_rows(bar_id: UUID, written: Counter[str], tell: Tell) -> ErasedBar:
    bar = Bar.objects.select_for_update().get(pk=bar_id)
    if bar.is_active:
        raise StillOpen()
    expect_many_rows()
    put_to_sleep(against_deleting())
    people = list(Member.objects.filter(bar=bar).values_list("user_id", flat=True))
    forget_elsewhere(bar)
    erased = delete_rows(bar, tell)
    if erased != Counter({table: written[table] for table in erased}):
        raise BooksChanged()
    forget_stream(f"bar.{bar.pk}")
    works = Member.objects.active().filter(user=OuterRef("pk"))
    idle = User.objects.filter(~Exists(works), pk__in=people, is_active=True).order_by("username")
    return ErasedBar(erased.total(), list(idle.values_list("username", flat=True)))


def forget_elsewhere(bar: Bar) -> None:
    """What is said of the bar where others' rows are, while its own still tell which those are."""
    forget_in_trail(bar)
    for feature in Feature.objects.select_for_update().filter(keys__contains=[bar.pk]):
        feature.keys.remove(bar.pk)
        feature.save()
    with connection.cursor() as cursor:
        cursor.execute(FORGET_SALES, [bar.pk])


def forget_in_trail(bar: Bar) -> None:
    """What the admin's trail calls the bar's things and says of them: that something was changed stays known."""
    for kind in ContentType.objects.filter(pk__in=LogEntry.objects.values("content_type")):
        if (model := kind.model_class()) in tables():
            owner = {"pk" if model is Bar else "bar_id": bar.pk}
            keys = model._base_manager.filter(**owner).values_list(Cast("pk", TextField()))
            entries = LogEntry.objects.filter(content_type=kind, object_id__in=keys)
            entries.update(object_repr=alias_of(bar.pk), change_message="")


def delete_rows(bar: Bar, tell: Tell) -> Counter[str]:
    """Every row that belongs to the bar, and the bar: how many went, by table."""
    erased = Counter[str]()
    with connection.cursor() as cursor:
        names = [model._meta.db_table for model in tables()]
        for number, name in enumerate(in_order(names)):
            tell(f"erasing {name}", number, len(names))
            owner = "id" if name == Bar._meta.db_table else "bar_id"
            statement = sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(name), sql.Identifier(owner))
            cursor.execute(statement, [bar.pk])
            erased[name] = cursor.rowcount
    return erased


def in_order(names: list[str]) -> Iterable[str]:
    """The tables, each before those that its rows refer to."""
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES, {"tables": names})
        order = TopologicalSorter[str]({name: set() for name in names})
        for refers, referred in cursor.fetchall():
            order.add(referred, refers)
    return order.static_order()
