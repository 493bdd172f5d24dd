"""What a bar sells: new articles, and what may be said otherwise of them. Stock and cost have other doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.copying import new_ids
from bars.models import Member
from bars.transactions import durably, open_books
from realtime.errors import Problem
from stock.models import CatalogueProduct, Category, Movement, Product
from stock.services.categories import UnknownCategory, place_behind
from stock.services.names import change_row, told_when_taken

MAY_CHANGE = {"name", "sku", "category_id", "price", "alert_threshold", "is_active"}


@dataclass(frozen=True)
class Opening:
    """What the bar has of a new product before its first delivery, and what a unit of it has cost."""

    quantity: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Article:
    """What is said of a new product; `price` in minor units."""

    name: str
    category: UUID
    price: int
    sku: str = ""
    alert_threshold: int = 6


class UnknownArticle(Problem):
    status, code, title = 404, "unknown_article", _("The catalogue does not offer that.")


def add_product(member: Member, article: Article, opening: Opening) -> Product:
    """A new product with the stock that it opens with. Raises Taken or UnknownCategory."""
    product = Product(
        pk=new_ids(1)[0],
        bar_id=member.bar_id,
        name=article.name,
        sku=article.sku,
        price=article.price,
        cost=opening.cost,
        alert_threshold=article.alert_threshold,
    )
    _add(product, article.category, opening, by=member)
    return product


def pick_product(member: Member, *, article_id: UUID, price: int, opening: Opening) -> Product:
    """A product of the bar's own after an article of the catalogue, in the category of that name.

    Raises UnknownArticle or Taken.
    """
    article = CatalogueProduct.objects.filter(pk=article_id, is_active=True).first()
    if article is None:
        raise UnknownArticle()
    product = Product(
        pk=new_ids(1)[0],
        bar_id=member.bar_id,
        name=article.name,
        sku=article.sku,
        price=price,
        cost=opening.cost,
        catalogue=article,
    )
    _add(product, article.category, opening, by=member)
    return product


@told_when_taken()
@durably
def _add(product: Product, category: UUID | str, opening: Opening, *, by: Member) -> None:
    """Insert a product that has its id already, by which a second try knows the first.

    A category that is given by its name is made where the bar has none of that name.
    """
    open_books(product.bar_id)
    if Product.objects.filter(pk=product.pk).exists():
        return
    product.category_id = _category_of(product.bar_id, category)
    product.save(force_insert=True)
    if opening.quantity:
        Movement.objects.create(
            bar_id=product.bar_id,
            product_id=product.pk,
            quantity=opening.quantity,
            cause=Movement.Cause.OPENING,
            cause_id=product.pk,
            created_by_id=by.user_id,
        )


def _category_of(bar_id: UUID, category: UUID | str) -> UUID:
    """Raises UnknownCategory."""
    mine = Category.objects.filter(bar_id=bar_id)
    if isinstance(category, str):
        return mine.get_or_create(name=category, defaults={"bar_id": bar_id, "position": place_behind(bar_id)})[0].pk
    if not mine.filter(pk=category).exists():
        raise UnknownCategory(categories=[str(category)])
    return category


def change_product(member: Member, product_id: UUID, changes: Mapping[str, Any]) -> None:
    """Say something else of a product: any of MAY_CHANGE, and nothing of what isn't sent.

    Raises NotFound, UnknownCategory or Taken.
    """
    assert changes.keys() <= MAY_CHANGE
    category = changes.get("category_id")
    # No category is ever deleted, so it is still there when the row is written.
    if category and not Category.objects.filter(bar_id=member.bar_id, pk=category).exists():
        raise UnknownCategory(categories=[str(category)])
    change_row(Product, bar_id=member.bar_id, pk=product_id, changes=dict(changes))
