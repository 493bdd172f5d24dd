"""The sales of some days as CSV, page by page: however many there are, few are in memory."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from django.db.models import Prefetch, Q

from bars.days import Days
from bars.models import Member
from bars.permissions import Permission
from realtime.threads import in_thread
from sales.models import Line, Sale
from stock.files.sheets import Value, csv_lines
from stock.files.tables import shown_amount

PAGE = 500  # sales
A_DAY = timedelta(days=1)
HEADER = (
    "sale", "business_date", "sold_at", "status", "payment", "paid_with", "seller", "product", "category", "quantity",
    "unit_price", "unit_cost", "amount", "discount", "total", "currency",
)  # fmt: skip


async def export_sales(member: Member, days: Days) -> AsyncIterator[str]:
    """Lines of CSV, oldest sale first: the header, then one for each line of a sale.

    Discount and total stand on the first line of their sale only, so that every column can be summed.
    """
    yield "".join(csv_lines([_shown(member, HEADER)]))
    read = in_thread(_page)
    page = await read(member, days, None)
    while page:
        rows = [_shown(member, row) for sale in page for row in _rows(member, sale)]
        yield "".join(csv_lines(rows)).removeprefix("\ufeff")
        page = await read(member, days, page[-1]) if len(page) == PAGE else []


def _page(member: Member, days: Days, after: Sale | None) -> list[Sale]:
    """The next sales of these days that the member may see. A business date strays less than a day from UTC's twice."""
    sales = Sale.objects.visible_to(member).filter(
        business_date__range=days,
        occurred_at__gte=datetime.combine(days.first, time(), UTC) - A_DAY,
        occurred_at__lt=datetime.combine(days.last, time(), UTC) + 3 * A_DAY,
    )
    if after:
        at, pk = after.occurred_at, after.pk
        sales = sales.filter(Q(occurred_at__gt=at) | Q(occurred_at=at, pk__gt=pk), occurred_at__gte=at)
    lines = Line.objects.select_related("product__category").order_by("name", "id")
    return list(sales.order_by("occurred_at", "id").select_related("sold_by").prefetch_related(
        Prefetch("lines", lines))[:PAGE])  # fmt: skip


def _rows(member: Member, sale: Sale) -> Iterator[tuple[Value, ...]]:
    def money(minor: int) -> Value:
        return shown_amount(minor, sale.currency)

    for number, line in enumerate(sale.lines.all()):
        yield (
            str(sale.pk),
            sale.business_date.isoformat(),
            sale.occurred_at.astimezone(member.bar.zone).isoformat(timespec="seconds"),
            sale.status,
            sale.payment,
            sale.paid_with or "",
            sale.sold_by.username,
            line.name,
            line.product.category.name,
            line.quantity,
            money(line.unit_price),
            shown_amount(line.unit_cost, sale.currency),
            money(line.quantity * line.unit_price),
            "" if number else money(sale.discount),
            "" if number else money(sale.total),
            sale.currency,
        )


def _shown(member: Member, row: Sequence[Value]) -> list[Value]:
    """Without the cost for those who may not see it."""
    hidden = set() if member.can(Permission.SEE_COSTS) else {HEADER.index("unit_cost")}
    return [cell for place, cell in enumerate(row) if place not in hidden]
