"""Products by the API: the shelf for those who sell, and the rest for those who keep it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.pages import newest_first
from bars.permissions import Permission
from realtime.errors import refuses
from realtime.snapshot import snapshot
from stock.models import Movement, Product
from stock.queries import shelf
from stock.queries.products import inventory, movements_of, prices_of, read_product
from stock.schemas.products import (
    Inventory,
    MovementsPage,
    PickIn,
    PricesPage,
    ProductChange,
    ProductIn,
    ProductOut,
    ShelvedProduct,
)
from stock.services.categories import UnknownCategory
from stock.services.names import Taken
from stock.services.products import UnknownArticle, add_product, change_product, pick_product

router = Router(tags=["products"])


@router.get("/bars/{uuid:bar_id}/products", response=list[ShelvedProduct], summary="Products on sale, with live stock")
def list_products(request: HttpRequest, response: HttpResponse, bar_id: UUID) -> list[dict[str, Any]]:
    membership(request.user, bar_id, Permission.SELL)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return shelf(bar_id)


@router.get("/bars/{uuid:bar_id}/inventory", response=Inventory, summary="All products with cost and margin, by name")
def list_inventory(
    request: HttpRequest,
    response: HttpResponse,
    bar_id: UUID,
    *,
    after: UUID | None = None,
    category: UUID | None = None,
    is_active: bool | None = None,
    is_low: bool | None = None,
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.SEE_COSTS)
    stream = f"bar.{bar_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        products, following = inventory(member, after=after, category=category, is_active=is_active, is_low=is_low)
    return {"products": products, "next": following}


@router.post(
    "/bars/{uuid:bar_id}/products",
    response={201: ProductOut},
    summary="Add a product, with its stock",
    openapi_extra=refuses(Taken, UnknownCategory),
)
def create_product(request: HttpRequest, bar_id: UUID, product: ProductIn) -> Status[Product]:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS, Permission.SEE_COSTS)
    made = add_product(member, product.article(), product.opening())
    return Status(201, read_product(member, made.pk))


@router.post(
    "/bars/{uuid:bar_id}/products/picked",
    response={201: ProductOut},
    summary="Add one of the catalogue",
    openapi_extra=refuses(Taken, UnknownArticle),
)
def create_picked_product(request: HttpRequest, bar_id: UUID, pick: PickIn) -> Status[Product]:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS, Permission.SEE_COSTS)
    made = pick_product(member, article_id=pick.article, price=pick.price, opening=pick.opening())
    return Status(201, read_product(member, made.pk))


@router.get("/bars/{uuid:bar_id}/products/{uuid:product_id}", response=ProductOut, summary="A product with its cost")
def show_product(request: HttpRequest, bar_id: UUID, product_id: UUID) -> Product:
    return read_product(membership(request.user, bar_id, Permission.SEE_COSTS), product_id)


@router.patch(
    "/bars/{uuid:bar_id}/products/{uuid:product_id}",
    response=ProductOut,
    summary="Change what is sent",
    openapi_extra=refuses(Taken, UnknownCategory),
)
def update_product(request: HttpRequest, bar_id: UUID, product_id: UUID, change: ProductChange) -> Product:
    """Stock and cost are not here: supplies and adjustments make them."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS, Permission.SEE_COSTS)
    change_product(member, product_id, change.changes())
    return read_product(member, product_id)


@router.get(
    "/bars/{uuid:bar_id}/products/{uuid:product_id}/movements",
    response=MovementsPage,
    summary="Every change of a product's stock, newest first, 50 a page",
)
def list_movements(
    request: HttpRequest,
    bar_id: UUID,
    product_id: UUID,
    before: UUID | None = None,
    cause: Movement.Cause | None = None,
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.SEE_ALL_SALES, Permission.EDIT_PRODUCTS)
    movements, following = newest_first(movements_of(read_product(member, product_id), cause=cause), before)
    return {"movements": movements, "next": following}


@router.get(
    "/bars/{uuid:bar_id}/products/{uuid:product_id}/prices",
    response=PricesPage,
    summary="What a product has cost since when, newest first, 50 a page",
)
def list_prices(request: HttpRequest, bar_id: UUID, product_id: UUID, before: UUID | None = None) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    prices, following = newest_first(prices_of(read_product(member, product_id)), before)
    return {"prices": prices, "next": following}
