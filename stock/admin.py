from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from realtime.read_only import ReadOnlyAdmin
from stock.models import Category, Movement, Product


class StaysInItsBar(admin.ModelAdmin):
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
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(StaysInItsBar):
    list_display = ("name", "bar", "category", "price", "stock", "reserved", "is_active")
    list_filter = ("is_active", "bar")
    list_select_related = ("bar", "category")
    search_fields = ("name", "sku")
    autocomplete_fields = ("category",)
    readonly_fields = ("stock", "reserved", "cost")  # moved by services, never typed

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:
        """Write what was typed and no other column: stock may have been sold since the form was read."""
        obj.save(update_fields=form.changed_data if change else None)


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "product", "quantity", "cause", "created_by")
    list_filter = ("cause", "bar")
    list_select_related = ("bar", "product", "created_by")
