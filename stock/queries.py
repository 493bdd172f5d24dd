"""Reads of the shelf."""

from typing import Any
from uuid import UUID

from django.db.models import F

from stock.models import Product


def shelf(bar_id: UUID) -> list[dict[str, Any]]:
    """What the till shows: products on sale by category, money in minor units, never a cost."""
    rows = (
        Product.objects.filter(bar_id=bar_id)
        .on_sale()
        .with_available()
        .order_by("category__position", "category__name", "name", "id")
        .values("id", "name", "price", "stock", "available", "alert_threshold", category_name=F("category__name"))
    )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "category": row["category_name"],
            "price": row["price"],
            "stock": row["stock"],
            "available": row["available"],
            "alert_threshold": row["alert_threshold"],
            "is_low": row["available"] <= row["alert_threshold"],
        }
        for row in rows
    ]
