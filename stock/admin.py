from django.contrib import admin

from realtime.read_only import ReadOnlyAdmin
from stock.models import Category, Movement, Product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "bar", "position")
    list_filter = ("bar",)
    list_select_related = ("bar",)
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "bar", "category", "price", "stock", "reserved", "is_active")
    list_filter = ("is_active", "bar")
    list_select_related = ("bar", "category")
    search_fields = ("name", "sku")
    autocomplete_fields = ("category",)
    readonly_fields = ("stock", "reserved", "cost")  # moved by services, never typed


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bar", "product", "quantity", "cause", "created_by")
    list_filter = ("cause", "bar")
    list_select_related = ("bar", "product", "created_by")
