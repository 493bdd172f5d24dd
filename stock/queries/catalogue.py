"""Reads for files, and of the operators' catalogue."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from bars.pages import PAGE
from stock.models import CatalogueProduct, Product

# The columns of the files, and where each is kept.
CATALOGUE_FIELDS = {
    "name": "name",
    "category": "category",
    "sku": "sku",
    "lot_size": "lot_size",
    "offered": "is_active",
}
PRODUCT_FIELDS = {
    "name": "name",
    "category": "category__name",
    "sku": "sku",
    "price": "price",
    "cost": "cost",
    "stock": "stock",
    "alert": "alert_threshold",
    "on_sale": "is_active",
}


def products_to_export(bar_id: UUID) -> Iterator[dict[str, Any]]:
    """Every product of the bar, on sale or not, under the names of the columns of its file."""
    products = Product.objects.filter(bar_id=bar_id).order_by("category__position", "category__name", "name", "id")
    rows = products.values_list(*PRODUCT_FIELDS.values())
    return (dict(zip(PRODUCT_FIELDS, row, strict=True)) for row in rows)


def articles_to_export() -> Iterator[dict[str, Any]]:
    """The whole catalogue under the names of the columns of its file."""
    rows = CatalogueProduct.objects.order_by("category", "name", "id").values_list(*CATALOGUE_FIELDS.values())
    return (dict(zip(CATALOGUE_FIELDS, row, strict=True)) for row in rows)


def page_of_catalogue(search: str, *, after: str = "") -> tuple[list[CatalogueProduct], str]:
    """Fifty articles on offer by name, and where the next page starts. `after` is what an earlier call returned."""
    articles = CatalogueProduct.objects.filter(is_active=True).order_by("name")
    for word in search.split():
        articles = articles.filter(Q(name__icontains=word) | Q(category__icontains=word) | Q(sku=word))
    if after:
        articles = articles.filter(name__gt=after)
    page = list(articles[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].name if len(page) > PAGE else ""
