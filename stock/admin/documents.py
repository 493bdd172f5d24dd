"""What has changed the stock: ledgers, to look at. A bar corrects its own by another document, never an operator."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from realtime.read_only import ReadOnlyAdmin
from stock.admin.shelf import StaysInItsBar
from stock.models import Adjustment, CountEntry, StockCount, Supplier, Supply


@admin.register(Supplier)
class SupplierAdmin(StaysInItsBar):
    list_display = ("name", "bar", "phone", "is_active")
    list_filter = ("is_active", "bar")
    list_select_related = ("bar",)
    search_fields = ("name", "phone", "bar__name")


@admin.register(Supply)
class SupplyAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "bar",
        "product",
        "lots",
        "lot_size",
        "lot_price",
        "payment",
        "supplier",
        "mirrors",
    )
    list_filter = ("payment", ("reverses", admin.EmptyFieldListFilter), "bar")
    list_select_related = ("bar", "product", "supplier")
    search_fields = ("product__name", "supplier__name", "note")
    date_hierarchy = "business_date"
    ordering = ("-id",)
    show_full_result_count = False

    @admin.display(boolean=True, description=Supply._meta.get_field("reverses").verbose_name)
    def mirrors(self, supply: Supply) -> bool:
        return supply.reverses_id is not None


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "product", "quantity", "reason", "note", "created_by")
    list_filter = ("reason", "bar")
    list_select_related = ("bar", "product", "created_by")
    search_fields = ("product__name", "note")
    ordering = ("-id",)
    show_full_result_count = False


class EntryInline(admin.TabularInline):
    model = CountEntry
    fields = ("product", "counted_by", "quantity", "stock_then", "counted_at")
    ordering = ("product__name", "id")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CountEntry]:
        return super().get_queryset(request).select_related("product", "counted_by")


@admin.register(StockCount)
class StockCountAdmin(ReadOnlyAdmin):
    list_display = ("opened_at", "bar", "status", "opened_by", "decided_by", "decided_at")
    list_filter = ("status", "bar")
    list_select_related = ("bar", "opened_by", "decided_by")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (EntryInline,)


@admin.register(CountEntry)
class CountEntryAdmin(ReadOnlyAdmin):
    list_display = ("counted_at", "bar", "product", "counted_by", "quantity", "stock_then")
    list_filter = ("bar",)
    list_select_related = ("bar", "product", "counted_by")
    search_fields = ("product__name",)
    ordering = ("-id",)
    show_full_result_count = False
