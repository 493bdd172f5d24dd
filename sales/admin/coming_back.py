"""Returns and consignments, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from realtime.read_only import ReadOnlyAdmin
from sales.models import Claim, Consignment, Return


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "bar",
        "line",
        "quantity",
        "reason",
        "status",
        "refund",
        "refund_with",
        "created_by",
        "decided_by",
    )
    list_filter = ("status", "reason", "refund_with", "bar")
    list_select_related = ("bar", "line", "created_by", "decided_by")
    search_fields = ("line__name", "note")
    date_hierarchy = "business_date"
    ordering = ("-id",)
    show_full_result_count = False


class ClaimInline(admin.TabularInline):
    model = Claim
    fields = ("created_at", "quantity", "created_by")
    ordering = ("id",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return super().get_queryset(request).select_related("created_by")


@admin.register(Consignment)
class ConsignmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "line", "client", "quantity", "claimed", "status", "expires_at")
    list_filter = ("status", "bar")
    list_select_related = ("bar", "line")
    search_fields = ("client", "phone", "line__name")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (ClaimInline,)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "consignment", "quantity", "created_by")
    list_filter = ("bar",)
    list_select_related = ("bar", "consignment__line", "created_by")
    ordering = ("-id",)
    show_full_result_count = False
