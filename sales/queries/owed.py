"""Reads of what is sold and not paid yet: on tabs, on credit, by seller, by client. Amounts are in minor units."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.pages import PAGE, newest_first
from bars.permissions import Permission
from realtime.errors import NotFound
from sales.models import Line, Return, Sale, Settlement, Tab

# What the client of a tab has to pay: validated sales, less what came back of them while they were owed.
DUE = "coalesce(sum(sale.total - given.refund) FILTER (WHERE sale.status = 'validated'), 0)::bigint"
UNDECIDED = "coalesce(sum(sale.total) FILTER (WHERE sale.status IN ('pending', 'needs_review')), 0)::bigint"
GIVEN = """
LEFT JOIN LATERAL (
    SELECT coalesce(sum(refund), 0) AS refund FROM sales_return WHERE sale_id = sale.id
) AS given ON true
"""
OF_TABS = f"""
SELECT sale.tab_id, {DUE}, {UNDECIDED}
FROM sales_sale AS sale {GIVEN}
WHERE sale.tab_id = ANY(%(tabs)s) AND sale.settlement_id IS NULL
GROUP BY sale.tab_id
"""
# Who has sold answers for the sum; for a tab that nobody has sold on, who has opened it.
BY_SELLER = f"""
WITH open AS (
    SELECT tab.id, tab.number, tab.business_date, tab.name, tab.opened_at,
           coalesce(sale.sold_by_id, tab.opened_by_id) AS seller_id, {DUE} AS due, {UNDECIDED} AS undecided
    FROM sales_tab AS tab
    LEFT JOIN sales_sale AS sale
        ON sale.tab_id = tab.id AND sale.settlement_id IS NULL
        AND sale.status IN ('validated', 'pending', 'needs_review')
    {GIVEN}
    WHERE tab.bar_id = %(bar)s AND tab.status = 'open'
    GROUP BY tab.id, coalesce(sale.sold_by_id, tab.opened_by_id)
)
SELECT seller.id, seller.username, count(*), sum(open.due)::bigint, sum(open.undecided)::bigint, jsonb_path_query_array(
           jsonb_agg(jsonb_build_object(
               'id', open.id, 'number', open.number, 'business_date', open.business_date, 'name', open.name,
               'due', open.due, 'undecided', open.undecided
           ) ORDER BY open.opened_at, open.id), '$[0 to {PAGE - 1}]')::text
FROM open JOIN bars_user AS seller ON seller.id = open.seller_id
WHERE %(all)s OR seller.id = %(user)s
GROUP BY seller.id
ORDER BY seller.username
"""
BY_CLIENT = f"""
SELECT owed.client, count(*), sum(owed.due)::bigint, min(owed.occurred_at)
FROM (
    SELECT CASE sale.client WHEN '' THEN tab.name ELSE sale.client END AS client,
           sale.total - given.refund AS due, sale.occurred_at
    FROM sales_sale AS sale LEFT JOIN sales_tab AS tab ON tab.id = sale.tab_id {GIVEN}
    WHERE sale.bar_id = %(bar)s AND sale.status = 'validated' AND sale.paid_with IS NULL
      AND (sale.tab_id IS NULL OR tab.status = 'settled')
) AS owed
WHERE owed.client > %(after)s
GROUP BY owed.client
ORDER BY owed.client
LIMIT {PAGE + 1}
"""


class Sums(NamedTuple):
    """`due` can be paid now; `undecided` waits for a manager."""

    due: int
    undecided: int


NOTHING = Sums(0, 0)


def sums_of(tabs: Iterable[Tab]) -> dict[UUID, Sums]:
    """What is to be paid on each of these tabs; those without a sale are missing."""
    with connection.cursor() as cursor:
        cursor.execute(OF_TABS, {"tabs": [tab.pk for tab in tabs]})
        return {pk: Sums(due, undecided) for pk, due, undecided in cursor.fetchall()}


def page_of_tabs(
    member: Member, *, status: Tab.Status | None = None, on: date | None = None, before: UUID | None = None
) -> tuple[list[Tab], UUID | None]:
    """Fifty of the bar's tabs, newest first, each with its `sums`; open ones are found at any age."""
    tabs = Tab.objects.filter(bar_id=member.bar_id).select_related("opened_by")
    if status:
        tabs = tabs.filter(status=status)
    if on:
        tabs = tabs.filter(business_date=on)
    page, following = newest_first(tabs, before)
    sums = sums_of(page)
    tab: Any
    for tab in page:
        tab.sums = sums.get(tab.pk, NOTHING)
    return page, following


def one_tab(member: Member, tab_id: UUID, *, before: UUID | None = None) -> Tab:
    """A tab, what is due on it, and fifty of its sales that the member may see, newest first. Raises NotFound."""
    tab: Any = Tab.objects.filter(bar_id=member.bar_id, pk=tab_id).select_related("opened_by").first()
    if tab is None:
        raise NotFound(_("There is no such tab."))
    tab.sums = sums_of([tab]).get(tab.pk, NOTHING)
    tab.settlement = Settlement.objects.filter(tab=tab).first()
    sales = _with_lines(Sale.objects.visible_to(member).filter(tab=tab))
    tab.shown, tab.following = newest_first(sales, before)
    return tab


def open_by_seller(member: Member) -> list[dict[str, Any]]:
    """For each seller that the member may see: open tabs, their sums, and the fifty oldest of them."""
    params: dict[str, Any] = {
        "bar": member.bar_id,
        "all": member.can(Permission.SEE_ALL_SALES),
        "user": member.user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_SELLER, params)
        return [
            {
                "seller": pk,
                "name": name,
                "open_tabs": count,
                "due": due,
                "undecided": undecided,
                "tabs": json.loads(tabs),
            }
            for pk, name, count, due, undecided, tabs in cursor.fetchall()
        ]


def page_of_credits(member: Member, *, client: str = "", before: UUID | None = None) -> tuple[list[Sale], UUID | None]:
    """Fifty sales that are owed and on no open tab, newest first, each with what was `refunded` of it."""
    given = Return.objects.filter(sale=OuterRef("pk")).values("sale").annotate(given=Sum("refund")).values("given")
    owed = Sale.objects.visible_to(member).filter(Q(tab=None) | Q(tab__status=Tab.Status.SETTLED))
    owed = owed.validated().filter(paid_with=None).annotate(refunded=Coalesce(Subquery(given), 0))
    if client:
        owed = owed.filter(Q(client__icontains=client) | Q(client="", tab__name__icontains=client))
    return newest_first(_with_lines(owed.select_related("tab")), before)


def page_of_debtors(member: Member, *, after: str = "") -> tuple[list[dict[str, Any]], str]:
    """Fifty clients who owe, by name: how many sales, how much, since when; and the name to ask for more with."""
    with connection.cursor() as cursor:
        cursor.execute(BY_CLIENT, {"bar": member.bar_id, "after": after})
        rows = cursor.fetchall()
    clients = [
        {"client": client, "sales": count, "due": due, "since": since} for client, count, due, since in rows[:PAGE]
    ]
    return clients, clients[-1]["client"] if len(rows) > PAGE else ""


def _with_lines(sales: QuerySet[Sale]) -> QuerySet[Sale]:
    return sales.select_related("sold_by").prefetch_related(Prefetch("lines", Line.objects.order_by("name", "id")))
