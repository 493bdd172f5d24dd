from django.contrib import admin

from realtime.read_only import ReadOnlyAdmin
from sales.models import Consignment, Line, Sale


class LineInline(admin.TabularInline):
    model = Line
    fields = ("name", "quantity", "unit_price", "unit_cost")
    extra = 0
    can_delete = False


@admin.register(Sale)
class SaleAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "bar", "sold_by", "status", "payment", "total", "currency", "business_date")
    list_filter = ("status", "payment", "bar")
    list_select_related = ("bar", "sold_by")
    date_hierarchy = "business_date"
    show_full_result_count = False
    ordering = ("-occurred_at", "-id")
    inlines = (LineInline,)


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ("name", "quantity", "unit_price", "bar", "sale")
    list_select_related = ("bar", "sale")
    search_fields = ("name",)
    show_full_result_count = False


@admin.register(Consignment)
class ConsignmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "line", "quantity", "status", "expires_at")
    list_filter = ("status", "bar")
    list_select_related = ("bar", "line")
