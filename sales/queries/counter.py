"""Reads of the till besides its shelf."""

from typing import Any
from uuid import UUID

from django.db import connection

from bars.pages import PAGE
from sales.models import Tab

FAVOURITES = 8
# A look at the newest sales by their index: it costs the same however many there are.
MOST_SOLD = """
SELECT line.product_id
FROM (
    SELECT id FROM sales_sale
    WHERE bar_id = %(bar)s AND status IN ('validated', 'pending')
    ORDER BY occurred_at DESC, id DESC
    LIMIT 200
) AS sale
JOIN sales_line AS line ON line.sale_id = sale.id
GROUP BY line.product_id
ORDER BY count(*) DESC, sum(line.quantity) DESC, line.product_id
LIMIT %(most)s
"""


def favourites(bar_id: UUID) -> set[UUID]:
    """The products that stood in most of the bar's newest sales."""
    with connection.cursor() as cursor:
        cursor.execute(MOST_SOLD, {"bar": bar_id, "most": FAVOURITES})
        return {product for (product,) in cursor.fetchall()}


def open_tabs(bar_id: UUID) -> list[dict[str, Any]]:
    """The newest fifty of the tabs that take sales, as little of each as it takes to choose one."""
    tabs = Tab.objects.filter(bar_id=bar_id, status=Tab.Status.OPEN).order_by("-id").values("id", "number", "name")
    return [dict(tab) for tab in tabs[:PAGE]]
