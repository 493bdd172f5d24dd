"""Reads of products for their pages: the list as people leaf through it, and what has become of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from bars.models import Member
from bars.permissions import Permission
from bars.texts import plain
from stock.models import Adjustment, Category, Movement, Product
from stock.queries.products import products_of


@dataclass(frozen=True)
class Wanted:
    """Which products a page is asked for."""

    search: str = ""
    category: UUID | None = None
    is_low: bool = False
    is_off_sale: bool = False


def listed_products(member: Member, wanted: Wanted) -> QuerySet[Product]:
    """The bar's products as they stand on the till, shelf after shelf; those off sale for who edits products."""
    rows = products_of(member).filter(is_active=not (wanted.is_off_sale and member.can(Permission.EDIT_PRODUCTS)))
    for word in wanted.search.split():
        rows = rows.filter(Q(name__icontains=word) | Q(sku__iexact=word))
    if wanted.category:
        rows = rows.filter(category_id=wanted.category)
    if wanted.is_low:
        rows = rows.filter(stock__lte=F("reserved") + F("alert_threshold"))
    rows = rows.annotate(available=F("stock") - F("reserved"))
    return rows.order_by("category__position", "category__name", "category_id", "name", "id")


def named(bar_id: UUID, words: str) -> list[UUID]:
    """The bar's products, those off sale too, whose names hold each of these words, whatever their accents and case."""
    sought = plain(words).split()
    names = Product.objects.filter(bar_id=bar_id).values_list("pk", "name")
    return [pk for pk, name in names if sought and holds(name, sought)]


def holds(name: str, sought: Sequence[str]) -> bool:
    bare = plain(name)
    return all(word in bare for word in sought)


def categories_of(bar_id: UUID) -> QuerySet[Category]:
    """The bar's shelves in their order, each with how many products on sale it has."""
    rows = Category.objects.filter(bar_id=bar_id).order_by("position", "name", "id")
    return rows.annotate(count=Count("products", filter=Q(products__is_active=True)))


def count_low(bar_id: UUID) -> int:
    """How many products on sale are at their threshold, or below."""
    low = Product.objects.filter(bar_id=bar_id, stock__lte=F("reserved") + F("alert_threshold"))
    return low.on_sale().count()


class Moved(NamedTuple):
    """A movement with the stock that it left behind, and what its adjustment says of it."""

    movement: Movement
    left: int
    why: Adjustment | None


def moved(product: Product, movements: Sequence[Movement]) -> Iterator[Moved]:
    """Each of these movements, which follow each other from the newest on."""
    if not movements:
        return
    reasons = _reasons(product, movements)
    newer = Movement.objects.filter(product=product, pk__gt=movements[0].pk).aggregate(sum=Sum("quantity"))["sum"]
    left = product.stock - (newer or 0)
    for movement in movements:
        yield Moved(movement, left, reasons.get(movement.cause_id))
        left -= movement.quantity


def _reasons(product: Product, movements: Sequence[Movement]) -> Mapping[UUID, Adjustment]:
    documents = [one.cause_id for one in movements if one.cause == Movement.Cause.ADJUSTMENT]
    return Adjustment.objects.filter(bar_id=product.bar_id).in_bulk(documents) if documents else {}
