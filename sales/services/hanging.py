"""What hangs on a sale, returns and consignments: no more of a line than was sold, counted under the sale's lock."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.permissions import Permission
from realtime.errors import NotFound, Problem
from sales.models import Sale

LOCK = """
SELECT line.id, line.sale_id, sale.status, sale.paid_with, sale.sold_by_id
FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
WHERE line.id = %(line)s AND line.bar_id = %(bar)s AND (%(all)s OR sale.sold_by_id = %(user)s)
FOR NO KEY UPDATE OF sale
"""


class LockedLine(NamedTuple):
    """A line whose sale is locked, and how that sale stands."""

    id: UUID
    sale_id: UUID
    status: str
    paid_with: str | None
    sold_by_id: UUID


class SaleNotValidated(Problem):
    """`sale_status` is how the sale stands."""

    status, code = 409, "sale_not_validated"
    title = _("Only of a validated sale something comes back: validate it first.")
    constraints = ("only_what_was_sold_comes_back",)


class LessIsLeft(Problem):
    """`left` of the line have neither been returned nor consigned."""

    status, code, title = 409, "less_is_left", _("Less of this line is left than that: enter a smaller number.")
    constraints = ("no_more_comes_back_than_was_sold",)


def lock_line(member: Member, line_id: UUID) -> LockedLine:
    """A line of a sale that the member may see, with its sale locked. Raises NotFound. Call with the books open."""
    params: dict[str, Any] = {
        "line": line_id,
        "bar": member.bar_id,
        "all": member.can(Permission.SEE_ALL_SALES),
        "user": member.user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK, params)
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no such line."))
    return LockedLine(*row)


def check_left(line: LockedLine, quantity: int) -> None:
    """Raises SaleNotValidated or LessIsLeft. A statement of its own: it sees what was written until the lock."""
    if line.status != Sale.Status.VALIDATED:
        raise SaleNotValidated(sale_status=line.status)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sales_left_of_line(%s)", [line.id])
        left = cursor.fetchone()[0]
    if quantity > left:
        raise LessIsLeft(left=left)
