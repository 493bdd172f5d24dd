"""The close of a day, the evening report, and expenses."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Bar
from bars.pages import newest_first
from bars.permissions import Permission
from sales.figures import average_basket
from sales.models import Expense, Sale
from sales.queries.closings import closes_of, one_close, preview
from sales.queries.reports import figures_of
from sales.report import LANGUAGES, report_text
from sales.views.asked import read_choice, read_day, read_id
from sales.views.pages import following, shown
from sales.views.tabs import today_of

A_DAY = timedelta(days=1)


@require_safe
@login_required
def close(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """What a close would say now, the form that closes, and the closes that were made."""
    member = membership(request.user, bar_id, Permission.CLOSE_DAY)
    on = read_day(request.GET.get("on", ""))
    with following(member, "closes", "sales", "returns", "tabs", "expenses") as live:
        figures = preview(member.bar, on) if on else day_to_close(member.bar)
        closes, after = newest_first(closes_of(bar_id), read_id(request, "before"))
    waiting = {"expired": 0, "needs_review": 0}
    for one in figures["undecided"]:
        waiting[one["status"]] += 1
    context: dict[str, Any] = {
        "figures": figures,
        "payments": paid(figures["by_payment"]),
        "collected": paid(figures["collected"]),
        "waiting": waiting,
        "today": parse_date(figures["today"]),
        "since": parse_date(figures["since"]),
        "closes": closes,
        "next": after,
    }
    return shown(request, "sales/close.html", member, live=live, **context)


def day_to_close(bar: Bar) -> dict[str, Any]:
    """The running date; the one before where that has sales which are in no close, and the running one has none."""
    day = today_of(bar)
    today = preview(bar, day)
    if today["sales"] or today["pending"] or today["closed"]:
        return today
    yesterday = preview(bar, day - A_DAY)
    is_open = not yesterday["closed"] and (yesterday["sales"] or yesterday["pending"])
    return yesterday if is_open else today


def paid(amounts: dict[str, int]) -> list[tuple[str, int]]:
    """Amounts by how they were paid, in the order and the words of the till."""
    return [(str(label).capitalize(), amounts[how]) for how, label in Sale.Payment.choices if how in amounts]


@require_safe
@login_required
def closed(request: HttpRequest, bar_id: UUID, close_id: UUID) -> HttpResponse:
    """A close as it was written, with what came after it."""
    member = membership(request.user, bar_id, Permission.CLOSE_DAY)
    with following(member, "closes", "sales", "returns", "expenses") as live:
        found = one_close(bar_id, close_id)
        last = closes_of(bar_id).filter(reopened_at=None).order_by("business_date").last()
    context = {
        "close": found,
        "payments": paid(found.by_payment),
        "collected": paid(found.collected),
        "is_last": last is not None and last.pk == found.pk,
    }
    return shown(request, "sales/closed.html", member, live=live, **context)


@require_safe
@login_required
def report(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The evening report of a business date, by default of the running one: to read, and as the text that is sent."""
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    with following(member, "sales", "returns", "closes", "tabs") as live:
        figures = figures_of(member.bar, read_day(request.GET.get("on", "")))
    language = get_language() or "fr"
    text = report_text(figures, language if language in LANGUAGES else "fr")
    day, today = parse_date(figures["business_date"]), today_of(member.bar)
    context = {
        "figures": figures,
        "text": text,
        "whatsapp": f"https://wa.me/?text={quote(text)}",
        "payments": paid(figures["by_payment"]),
        "collected": paid(figures["collected"]),
        "average": average_basket(figures["net"], figures["sales"]),
        "day": day,
        "earlier": day - A_DAY if day else None,
        "later": day + A_DAY if day and day < today else None,
    }
    return shown(request, "sales/report.html", member, live=live, **context)


@require_safe
@login_required
def expenses(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """What was spent, newest first, of all days or one, of all categories or one."""
    member = membership(request.user, bar_id, Permission.EXPENSES)
    on, category = read_day(request.GET.get("on", "")), read_choice(request, "category", Expense.Category)
    asked = {"business_date": on, "category": category}
    today = today_of(member.bar)
    with following(member, "expenses") as live:
        rows = Expense.objects.filter(bar_id=bar_id).select_related("created_by", "voided_by")
        rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
        found, after = newest_first(rows, read_id(request, "before"))
        spent = spent_on(bar_id, on or today)
    context: dict[str, Any] = {
        "expenses": found,
        "next": after,
        "on": on,
        "category": category,
        "spent": spent,
        "today": today,
    }
    context |= {"categories": Expense.Category.choices, "expense_payments": Expense.Payment.choices}
    return shown(request, "sales/expenses.html", member, live=live, **context)


def spent_on(bar_id: UUID, day: date) -> int:
    """What stands of a business date's expenses."""
    stands = Expense.objects.filter(bar_id=bar_id, business_date=day, voided_at=None)
    return stands.aggregate(sum=Sum("amount"))["sum"] or 0
