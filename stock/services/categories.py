"""The shelves of the till, in the order that the bar likes."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from bars.copying import new_ids
from bars.models import Member
from bars.transactions import durably, open_books
from realtime.errors import Problem
from stock.models import Category
from stock.services.names import add_row, change_row

LOCK = "SELECT id FROM stock_category WHERE bar_id = %s ORDER BY id FOR NO KEY UPDATE"
# Named ones first, as they are named; the others behind them, in the order they had.
REORDER = """
UPDATE stock_category AS category SET position = wanted.position
FROM (
    SELECT id, row_number() OVER (ORDER BY array_position(%(named)s::uuid[], id), position, name, id) - 1 AS position
    FROM stock_category WHERE bar_id = %(bar)s
) AS wanted
WHERE category.id = wanted.id AND category.position <> wanted.position
"""


class UnknownCategory(Problem):
    status, code, title = 404, "unknown_category", _("This bar has no such category.")


def add_category(member: Member, *, name: str) -> Category:
    """A new shelf behind the others. Raises Taken."""
    position = place_behind(member.bar_id)
    category = Category(pk=new_ids(1)[0], bar_id=member.bar_id, name=name, position=position)
    add_row(category)
    return category


def place_behind(bar_id: UUID) -> int:
    """The position behind the bar's categories. Two who ask at once get the same, and stand there by name."""
    last = Category.objects.filter(bar_id=bar_id).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def rename_category(member: Member, category_id: UUID, *, name: str) -> Category:
    """Raises NotFound or Taken."""
    change_row(Category, bar_id=member.bar_id, pk=category_id, changes={"name": name})
    return Category.objects.get(pk=category_id)


@durably
def reorder_categories(member: Member, *, named: Sequence[UUID]) -> None:
    """Put these first, in this order; those that aren't named follow as they stood. Raises UnknownCategory."""
    open_books(member.bar_id)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [member.bar_id])
        known = {row[0] for row in cursor.fetchall()}
        if unknown := [str(pk) for pk in named if pk not in known]:
            raise UnknownCategory(categories=unknown)
        cursor.execute(REORDER, {"named": list(named), "bar": member.bar_id})
