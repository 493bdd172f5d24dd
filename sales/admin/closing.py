"""Expenses, closes of days and what came after them, to look at."""

from django.contrib import admin

from realtime.read_only import ReadOnlyAdmin
from sales.models import Addendum, DayClose, Expense


@admin.register(Expense)
class ExpenseAdmin(ReadOnlyAdmin):
    list_display = ("business_date", "bar", "category", "amount", "payment", "note", "created_by", "voided_at")
    list_filter = ("category", "payment", ("voided_at", admin.EmptyFieldListFilter), "bar")
    list_select_related = ("bar", "created_by")
    search_fields = ("note", "void_reason")
    date_hierarchy = "business_date"
    ordering = ("-id",)
    show_full_result_count = False


class AddendumInline(admin.TabularInline):
    model = Addendum
    fields = ("created_at", "kind", "revenue", "cash", "cause_id")
    ordering = ("id",)
    extra = 0
    can_delete = False


@admin.register(DayClose)
class DayCloseAdmin(ReadOnlyAdmin):
    list_display = (
        "business_date",
        "bar",
        "number",
        "sales",
        "net",
        "expected_cash",
        "counted_cash",
        "difference",
        "closed_by",
        "reopened_at",
    )
    list_filter = (("reopened_at", admin.EmptyFieldListFilter), "bar")
    list_select_related = ("bar", "closed_by")
    search_fields = ("=number", "note")
    date_hierarchy = "business_date"
    ordering = ("-business_date", "-number", "-id")
    show_full_result_count = False
    inlines = (AddendumInline,)


@admin.register(Addendum)
class AddendumAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "close", "kind", "revenue", "cash")
    list_filter = ("kind", "bar")
    list_select_related = ("bar", "close")
    ordering = ("-id",)
    show_full_result_count = False
