"""What bars sell. Operators set it up with them; stock and cost are moved by documents, and prices leave a trace."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from bars.editable import EditableAdmin
from realtime.read_only import ReadOnlyAdmin
from stock.models import Category, Movement, Price, Product


class StaysInItsBar(EditableAdmin):
    """The bar is chosen when a row is made; its products, movements and sales can't follow it into another."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if obj and "bar" in form.base_fields:
            form.base_fields["bar"].disabled = True  # read-only, it would be left out of "unique in its bar"
        return form


@admin.register(Category)
class CategoryAdmin(StaysInItsBar):
    list_display = ("name", "bar", "position")
    list_filter = ("bar",)
    list_select_related = ("bar",)
    search_fields = ("name", "bar__name")
    ordering = ("bar__name", "position", "name", "id")


class PriceInline(admin.TabularInline):
    """What it cost when."""

    model = Price
    fields = readonly_fields = ("since", "price")
    ordering = ("-since", "-id")
    extra = 0
    max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Product)
class ProductAdmin(StaysInItsBar):
    list_display = ("name", "bar", "category", "sku", "price", "stock", "reserved", "alert_threshold", "is_active")
    list_filter = ("is_active", "bar")
    list_select_related = ("bar", "category")
    search_fields = ("name", "sku", "bar__name")
    ordering = ("bar__name", "category__position", "name", "id")
    autocomplete_fields = ("category", "catalogue")
    readonly_fields = ("stock", "reserved", "cost")  # moved by services, never typed

    def get_inlines(self, request: HttpRequest, obj: Product | None) -> list:
        return [PriceInline] if obj else []

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:
        """Write what was typed and no other column: stock may have been sold since the form was read."""
        obj.save(update_fields=form.changed_data if change else None)


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    list_display = ("since", "bar", "product", "price")
    list_filter = ("bar",)
    list_select_related = ("bar", "product")
    search_fields = ("product__name",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "product", "quantity", "cause", "created_by")
    list_filter = ("cause", "bar")
    list_select_related = ("bar", "product", "created_by")
    search_fields = ("product__name", "=cause_id")
    ordering = ("-id",)
    show_full_result_count = False
