"""Reads of products for those who see what they cost."""

from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.pages import PAGE
from realtime.errors import NotFound
from stock.models import Movement, Price, Product


def inventory(
    member: Member,
    *,
    after: UUID | None = None,
    category: UUID | None = None,
    is_active: bool | None = None,
    is_low: bool | None = None,
) -> tuple[list[Product], UUID | None]:
    """Fifty of the bar's products by name, those off sale too, from behind `after` on; and the next `after`.

    A page costs the same however deep: names are unique in a bar and indexed. Raises NotFound for an
    `after` that isn't the bar's.
    """
    rows = products_of(member)
    if after:
        rows = rows.filter(name__gt=read_product(member, after).name)
    if category:
        rows = rows.filter(category_id=category)
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    if is_low is not None:
        low = {"stock__lte": F("reserved") + F("alert_threshold")}
        rows = rows.filter(**low) if is_low else rows.exclude(**low)
    page = list(rows.order_by("name")[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None


def products_of(member: Member) -> QuerySet[Product]:
    return Product.objects.filter(bar_id=member.bar_id).select_related("category")


def read_product(member: Member, product_id: UUID) -> Product:
    """Raises NotFound."""
    product = products_of(member).filter(pk=product_id).first()
    if product is None:
        raise NotFound(_("This bar has no such product."))
    return product


def movements_of(product: Product, *, cause: Movement.Cause | None = None) -> QuerySet[Movement]:
    rows = Movement.objects.filter(product=product).select_related("created_by")
    return rows.filter(cause=cause) if cause else rows


def prices_of(product: Product) -> QuerySet[Price]:
    return Price.objects.filter(product=product)
