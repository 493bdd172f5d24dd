"""Categories by the API."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Status

from bars.access import membership
from bars.permissions import Permission
from realtime.errors import refuses
from stock.models import Category
from stock.schemas.products import CategoryIn, CategoryOrder, CategoryOut
from stock.services.categories import UnknownCategory, add_category, rename_category, reorder_categories
from stock.services.names import Taken

router = Router(tags=["products"])


@router.get("/bars/{uuid:bar_id}/categories", response=list[CategoryOut], summary="The shelves of the till, in order")
def list_categories(request: HttpRequest, bar_id: UUID) -> QuerySet[Category]:
    membership(request.user, bar_id, Permission.SELL)
    return Category.objects.filter(bar_id=bar_id).order_by("position", "name", "id")


@router.post(
    "/bars/{uuid:bar_id}/categories",
    response={201: CategoryOut},
    summary="Add a category behind the others",
    openapi_extra=refuses(Taken),
)
def create_category(request: HttpRequest, bar_id: UUID, category: CategoryIn) -> Status[Category]:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    return Status(201, add_category(member, name=category.name))


@router.patch(
    "/bars/{uuid:bar_id}/categories/{uuid:category_id}",
    response=CategoryOut,
    summary="Rename a category",
    openapi_extra=refuses(Taken),
)
def update_category(request: HttpRequest, bar_id: UUID, category_id: UUID, category: CategoryIn) -> Category:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    return rename_category(member, category_id, name=category.name)


@router.put(
    "/bars/{uuid:bar_id}/categories/order",
    response=list[CategoryOut],
    summary="Put categories in order",
    openapi_extra=refuses(UnknownCategory),
)
def order_categories(request: HttpRequest, bar_id: UUID, order: CategoryOrder) -> QuerySet[Category]:
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    reorder_categories(member, named=order.categories)
    return Category.objects.filter(bar_id=bar_id).order_by("position", "name", "id")
