"""Bars to measure with."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from bars.access import find_member
from bars.models import AccessToken, Bar, Member, User
from stock.models import Category, Movement, Product

PLENTY = 1_000_000


class Counter(NamedTuple):
    """A bar, who sells in it, what, and with which token."""

    member: Member
    products: list[Product]
    token: str


def open_bar(products: int = 6) -> Counter:
    name = uuid.uuid4().hex[:10]
    owner = User.objects.create(username=name)
    bar = Bar.objects.create(name=f"Bar {name}", slug=name)
    Member.objects.create(bar=bar, user=owner, role=Member.Role.OWNER)
    shelf = shelve(bar, owner, [f"Bière {n}" for n in range(products)], stock=PLENTY)
    return Counter(find_member(owner, bar.pk), shelf, AccessToken.issue(owner)[0])  # type: ignore[arg-type]


def shelve(bar: Bar, owner: User, names: Iterable[str], *, stock: int) -> list[Product]:
    """So many of each new product, brought by opening movements."""
    category, _ = Category.objects.get_or_create(bar=bar, name="Bières")
    names = list(names)
    Product.objects.bulk_create(Product(bar=bar, category=category, name=name, price=1000) for name in names)
    found = {product.name: product for product in Product.objects.filter(bar=bar, name__in=names)}
    shelf = [found[name] for name in names]
    Movement.objects.bulk_create(
        Movement(
            bar=bar,
            product=product,
            quantity=stock,
            cause=Movement.Cause.OPENING,
            cause_id=product.pk,
            created_by=owner,
        )
        for product in shelf
    )
    return shelf
