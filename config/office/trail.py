"""Who changed what: the admin's own log, changes of settings, people and switches, and what the trade keeps."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from bars import changes, telling
from bars.models import Member
from bars.money import format_money
from sales.models import Sale
from sales.services.deciding import UNDONE
from sales.services.expiring import NOT_DECIDED
from stock.models import Adjustment

PAGE = 100

# Each source gives its newest rows alone; of uuidv7 keys the order is that of time.
TRAIL = """
WITH asked AS (
    SELECT %(person)s::uuid AS person, %(bar)s::uuid AS bar, %(day)s::date AS day, %(most)s::integer AS most
), found AS (
    (SELECT 'admin' AS kind, log.action_time AS at, log.user_id AS person, bar.id AS bar, json_build_object(
         'flag', log.action_flag, 'type', log.content_type_id, 'subject', log.object_repr, 'message', log.change_message
     ) AS told
     FROM asked, django_admin_log AS log
     LEFT JOIN django_content_type AS type ON type.id = log.content_type_id
     LEFT JOIN bars_bar AS bar ON (type.app_label, type.model) = ('bars', 'bar') AND bar.id::text = log.object_id
     WHERE (asked.person IS NULL OR log.user_id = asked.person) AND (asked.bar IS NULL OR bar.id = asked.bar)
       AND (asked.day IS NULL OR log.action_time::date = asked.day)
     ORDER BY log.action_time DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'decision', one.decided_at, one.decided_by_id, one.bar_id, json_build_object(
         'was', one.was, 'became', one.became, 'reason', one.reason, 'total', sale.total
     )
     FROM asked, sales_decision AS one JOIN sales_sale AS sale ON sale.id = one.sale_id
     WHERE (asked.person IS NULL OR one.decided_by_id = asked.person) AND (asked.bar IS NULL OR one.bar_id = asked.bar)
       AND (asked.day IS NULL OR one.decided_at::date = asked.day)
     ORDER BY one.id DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'price', one.since, NULL, one.bar_id, json_build_object('product', product.name, 'price', one.price)
     FROM asked, stock_price AS one JOIN stock_product AS product ON product.id = one.product_id
     WHERE asked.person IS NULL AND (asked.bar IS NULL OR one.bar_id = asked.bar)
       AND (asked.day IS NULL OR one.since::date = asked.day)
     ORDER BY one.id DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'adjustment', one.created_at, one.created_by_id, one.bar_id, json_build_object(
         'product', product.name, 'quantity', one.quantity, 'reason', one.reason, 'note', one.note
     )
     FROM asked, stock_adjustment AS one JOIN stock_product AS product ON product.id = one.product_id
     WHERE (asked.person IS NULL OR one.created_by_id = asked.person) AND (asked.bar IS NULL OR one.bar_id = asked.bar)
       AND (asked.day IS NULL OR one.created_at::date = asked.day)
     ORDER BY one.id DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'invitation', one.created_at, one.created_by_id, one.bar_id, json_build_object('role', one.role)
     FROM asked, bars_invitation AS one
     WHERE (asked.person IS NULL OR one.created_by_id = asked.person) AND (asked.bar IS NULL OR one.bar_id = asked.bar)
       AND (asked.day IS NULL OR one.created_at::date = asked.day)
     ORDER BY one.id DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'expense', one.voided_at, one.voided_by_id, one.bar_id, json_build_object(
         'amount', one.amount, 'reason', one.void_reason
     )
     FROM asked, sales_expense AS one
     WHERE one.voided_at IS NOT NULL AND (asked.person IS NULL OR one.voided_by_id = asked.person)
       AND (asked.bar IS NULL OR one.bar_id = asked.bar) AND (asked.day IS NULL OR one.voided_at::date = asked.day)
     ORDER BY one.voided_at DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'reopened', one.reopened_at, one.reopened_by_id, one.bar_id, json_build_object(
         'number', one.number, 'reason', one.reopen_reason
     )
     FROM asked, sales_dayclose AS one
     WHERE one.reopened_at IS NOT NULL AND (asked.person IS NULL OR one.reopened_by_id = asked.person)
       AND (asked.bar IS NULL OR one.bar_id = asked.bar) AND (asked.day IS NULL OR one.reopened_at::date = asked.day)
     ORDER BY one.reopened_at DESC LIMIT (SELECT most FROM asked))
    UNION ALL
    (SELECT 'change', one.at, one.who_id, one.bar_id, json_build_object(
         'kind', one.kind, 'subject', coalesce(subject.username, one.name), 'was', one.was, 'became', one.became,
         'role', CASE WHEN one.who_id IS NULL THEN one.role END
     )
     FROM asked, bars_change AS one LEFT JOIN bars_user AS subject ON subject.id = one.person_id
     WHERE (asked.person IS NULL OR one.who_id = asked.person) AND (asked.bar IS NULL OR one.bar_id = asked.bar)
       AND (asked.day IS NULL OR one.at::date = asked.day)
     ORDER BY one.id DESC LIMIT (SELECT most FROM asked))
)
SELECT found.kind, found.at, coalesce(person.username, ''), coalesce(bar.name, ''),
       coalesce(bar.currency, 'XOF'), found.told
FROM found
LEFT JOIN bars_user AS person ON person.id = found.person
LEFT JOIN bars_bar AS bar ON bar.id = found.bar
ORDER BY found.at DESC, found.kind LIMIT %(page)s OFFSET %(first)s
"""


@dataclass(frozen=True)
class Wanted:
    """Whose changes, in which bar, on which day of UTC; None for all."""

    person: UUID | None = None
    bar: UUID | None = None
    day: date | None = None


@dataclass(frozen=True)
class Change:
    """One line of the trail; `who` is empty where a trigger or nobody has done it."""

    kind: str
    at: datetime
    who: str
    bar: str
    what: str


def trail(wanted: Wanted, number: int = 1) -> tuple[list[Change], bool]:
    """A hundred changes, newest first, and whether there are older ones. In one query, and one of all content types."""
    first = (number - 1) * PAGE
    params = {"person": wanted.person, "bar": wanted.bar, "day": wanted.day}
    with connection.cursor() as cursor:
        cursor.execute(TRAIL, params | {"most": first + PAGE + 1, "page": PAGE + 1, "first": first})
        rows = cursor.fetchall()
    return [
        Change(kind, at, who, bar, words(kind, as_dict(told), currency))
        for kind, at, who, bar, currency, told in rows[:PAGE]
    ], len(rows) > PAGE


def as_dict(told: Any) -> dict[str, Any]:
    return json.loads(told) if isinstance(told, str) else told


def words(kind: str, told: dict[str, Any], currency: str) -> str:
    """What was done, for people."""
    return TELLING[kind](told, currency)


def amount(minor: int, currency: str) -> str:
    return format_money(minor, currency, get_language() or "fr")


def of_admin(told: dict[str, Any], currency: str) -> str:
    entry = LogEntry(action_flag=told["flag"], object_repr=told["subject"], change_message=told["message"])
    type_ = ContentType.objects.get_for_id(told["type"]) if told["type"] else None
    return " · ".join(
        filter(None, [type_.name.capitalize() if type_ else "", told["subject"], entry.get_change_message()])
    )


def of_decision(told: dict[str, Any], currency: str) -> str:
    was, became = (str(Sale.Status(told[one]).label) for one in ("was", "became"))
    return joined(
        _("Sale of %(amount)s") % {"amount": amount(told["total"], currency)},
        f"{was} → {became}",
        own_words(told["reason"]),
    )


def own_words(reason: str) -> str:
    """A person's as they wrote it; the program's own in the page's language."""
    return gettext(reason) if reason in (UNDONE, NOT_DECIDED) else reason


def of_price(told: dict[str, Any], currency: str) -> str:
    return _("%(product)s now costs %(price)s") % {"product": told["product"], "price": amount(told["price"], currency)}


def of_adjustment(told: dict[str, Any], currency: str) -> str:
    reason = str(Adjustment.Reason(told["reason"]).label)
    return joined(f"{told['quantity']:+d} {told['product']}", reason, told["note"])


def of_invitation(told: dict[str, Any], currency: str) -> str:
    return _("Invited a %(role)s") % {"role": Member.Role(told["role"]).label}


def of_expense(told: dict[str, Any], currency: str) -> str:
    return joined(_("Expense of %(amount)s taken back") % {"amount": amount(told["amount"], currency)}, told["reason"])


def of_reopened(told: dict[str, Any], currency: str) -> str:
    return joined(_("Close %(number)d opened again") % {"number": told["number"]}, told["reason"])


def of_change(told: dict[str, Any], currency: str) -> str:
    """With the role of the database where it wasn't done in the application."""
    parts = map(str, telling.told(told["kind"], told["was"], told["became"]))
    return joined(str(changes.Change.Kind(told["kind"]).label).capitalize(), told["subject"], *parts, told["role"])


def joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


TELLING = {
    "admin": of_admin,
    "decision": of_decision,
    "price": of_price,
    "adjustment": of_adjustment,
    "invitation": of_invitation,
    "expense": of_expense,
    "reopened": of_reopened,
    "change": of_change,
}
