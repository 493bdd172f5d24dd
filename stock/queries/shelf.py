"""Reads of the shelf."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stock.models import Product


def shelf(bar_id: UUID) -> list[dict[str, Any]]:
    """What the till shows: products on sale by category, money in minor units, never a cost."""
    rows = (
        Product.objects.filter(bar_id=bar_id)
        .on_sale()
        .order_by("category__position", "category__name", "name", "id")
        .values("id", "name", "price", "stock", "reserved", "alert_threshold", "category__name")
    )
    return [_on_shelf(row) for row in rows]


def _on_shelf(row: Mapping[str, Any]) -> dict[str, Any]:
    available = row["stock"] - row["reserved"]
    return {
        "id": row["id"],
        "name": row["name"],
        "category": row["category__name"],
        "price": row["price"],
        "stock": row["stock"],
        "available": available,
        "alert_threshold": row["alert_threshold"],
        "is_low": available <= row["alert_threshold"],
    }
