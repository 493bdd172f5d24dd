"""Tabs and what was paid for them, to look at."""

from django.contrib import admin

from realtime.read_only import ReadOnlyAdmin
from sales.models import Sale, Settlement, Tab


class SaleInline(admin.TabularInline):
    model = Sale
    fields = ("occurred_at", "status", "total", "currency", "paid_with")
    ordering = ("occurred_at", "id")
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Tab)
class TabAdmin(ReadOnlyAdmin):
    list_display = ("business_date", "number", "name", "bar", "status", "opened_by", "opened_at", "settled_at")
    list_filter = ("status", "bar")
    list_select_related = ("bar", "opened_by")
    search_fields = ("name",)
    date_hierarchy = "business_date"
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (SaleInline,)


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "tab", "amount", "payment", "reference", "business_date", "created_by")
    list_filter = ("payment", "bar")
    list_select_related = ("bar", "tab", "created_by")
    search_fields = ("reference", "tab__name")
    date_hierarchy = "business_date"
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (SaleInline,)
