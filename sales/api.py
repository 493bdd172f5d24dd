"""Selling by the API."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from bars.access import membership
from bars.permissions import Permission
from realtime.snapshot import snapshot
from sales.models import Sale
from sales.queries import page_of_sales
from sales.schemas import SaleIn, SaleOut, SalesPage
from sales.services import sell

router = Router(tags=["sales"])


@router.post("/bars/{uuid:bar_id}/sales", response={201: SaleOut}, summary="Sell a basket, once per key")
def create_sale(request: HttpRequest, response: HttpResponse, bar_id: UUID, order: SaleIn) -> Status[Sale]:
    """Asking again with the same key and body answers with the same sale and `Idempotent-Replayed: true`."""
    member = membership(request.user, bar_id, Permission.SELL)
    sold = sell(member, order.basket(), at=timezone.now())
    if sold.is_replay:
        response["Idempotent-Replayed"] = "true"
    return Status(201, sold.sale)


@router.get("/bars/{uuid:bar_id}/sales", response=SalesPage, summary="Sales you may see, newest first, 50 a page")
def list_sales(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    before: str = Query("", max_length=200),
    on: date | None = None,
) -> dict:
    member = membership(request.user, bar_id)
    stream = f"bar.{bar_id}" if member.can(Permission.SEE_ALL_SALES) else f"user.{member.user_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        sales, following = page_of_sales(member, before=before, on=on)
    return {"sales": sales, "next": following}
