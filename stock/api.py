"""The shelf by the API."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from bars.access import membership
from bars.permissions import Permission
from realtime.snapshot import snapshot
from stock.queries import shelf

router = Router(tags=["stock"])


class ShelvedProduct(Schema):
    id: UUID
    name: str
    category: str
    price: int
    stock: int
    available: int
    alert_threshold: int
    is_low: bool


@router.get("/bars/{uuid:bar_id}/products", response=list[ShelvedProduct], summary="Products on sale, with live stock")
def list_products(request: HttpRequest, response: HttpResponse, bar_id: UUID) -> list[dict]:
    membership(request.user, bar_id, Permission.SELL)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return shelf(bar_id)
