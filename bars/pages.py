"""Lists by page: fifty rows, newest first, at the same cost however deep."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
PAGE = 50


def newest_first(rows: QuerySet[M], before: UUID | None = None) -> tuple[list[M], UUID | None]:
    """Fifty rows by falling uuidv7 from before this id on, and the id to ask with for the next page (None on the last).

    The id only says a place: rows of others are not in `rows`, whatever id is sent.
    """
    if before:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None
