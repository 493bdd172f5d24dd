"""Sales, to look at. To decide about one is its bar's business: operators are no members, so there is no action."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from realtime.read_only import ReadOnlyAdmin
from sales.models import DayCount, Decision, Line, Sale
from sales.services.deciding import UNDONE
from sales.services.expiring import NOT_DECIDED


class TellsWhy:
    """The reason as a column; what the program gave as one, in the reader's language."""

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, row: Decision | Sale) -> str:
        return gettext(row.reason) if row.reason in (UNDONE, NOT_DECIDED) else row.reason


class LineInline(admin.TabularInline):
    model = Line
    fields = ("name", "quantity", "unit_price", "unit_cost")
    ordering = ("name", "id")
    extra = 0
    can_delete = False


class DecisionInline(TellsWhy, admin.TabularInline):
    model = Decision
    fields = ("decided_at", "was", "became", "why", "decided_by")
    readonly_fields = ("why",)
    ordering = ("id",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        return super().get_queryset(request).select_related("decided_by")


@admin.register(Sale)
class SaleAdmin(TellsWhy, ReadOnlyAdmin):
    list_display = (
        "occurred_at",
        "bar",
        "sold_by",
        "status",
        "payment",
        "total",
        "currency",
        "origin",
        "business_date",
    )
    list_filter = ("status", "payment", "origin", "to_verify", "bar")
    list_select_related = ("bar", "sold_by")
    search_fields = ("client", "reference", "sold_by__username")
    search_help_text = _("Client, payment reference, seller, or the number or key of a sale.")
    date_hierarchy = "business_date"
    show_full_result_count = False
    ordering = ("-occurred_at", "-id")
    exclude = ("reason",)
    readonly_fields = ("why",)
    inlines = (LineInline, DecisionInline)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Sale], search_term: str) -> Any:
        """A whole UUID is looked up by its index; every other term is a word."""
        if (number := uuid_of(search_term)) is not None:
            return queryset.filter(Q(pk=number) | Q(key=number)), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ("name", "quantity", "unit_price", "bar", "sale")
    list_filter = ("bar",)
    list_select_related = ("bar", "sale")
    search_fields = ("name",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Decision)
class DecisionAdmin(TellsWhy, ReadOnlyAdmin):
    list_display = ("decided_at", "bar", "sale", "was", "became", "decided_by", "why")
    list_filter = ("became", "bar")
    list_select_related = ("bar", "sale", "decided_by")
    search_fields = ("reason", "decided_by__username")
    exclude = ("reason",)
    readonly_fields = ("why",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(DayCount)
class DayCountAdmin(ReadOnlyAdmin):
    list_display = ("business_date", "bar", "utc_date", "sales")
    list_select_related = ("bar",)


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
