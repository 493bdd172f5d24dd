"""Bars to measure with."""

import uuid
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
    category = Category.objects.create(bar=bar, name="Bières")
    shelf = [
        Product.objects.create(bar=bar, category=category, name=f"Bière {n}", price=1000, stock=PLENTY)
        for n in range(products)
    ]
    for product in shelf:
        Movement.objects.create(
            bar=bar,
            product=product,
            quantity=PLENTY,
            cause=Movement.Cause.OPENING,
            cause_id=product.pk,
            created_by=owner,
        )
    return Counter(find_member(owner, bar.pk), shelf, AccessToken.issue(owner)[0])  # type: ignore[arg-type]
