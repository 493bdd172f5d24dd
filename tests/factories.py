"""Rows for tests, made the way the application makes them. Every bar carries a canary in its name."""

import uuid
from functools import cache

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from django.utils.text import slugify

from bars.access import find_member
from bars.models import AccessToken, Bar, Member, User
from sales.models import Sale
from sales.services import Basket, sell
from stock.models import Category, Movement, Product

PASSWORD = "une-biere-fraiche"


class QuickHasher(PBKDF2PasswordHasher):
    """One round: for tests that sign in."""

    iterations = 1


@cache
def password_hash():
    return QuickHasher().encode(PASSWORD, "salt" * 6)  # a shorter one is replaced by signing in, which ends tokens


def user(username, **fields):
    return User.objects.create(username=username, first_name=username.capitalize(), password=password_hash(), **fields)


def bar(name="Chez Yao", **fields):
    return Bar.objects.create(name=name, slug=f"{slugify(name)}-{uuid.uuid4().hex[:8]}", **fields)


def member(bar, username, role):
    """A person with this role, looked up as a request would."""
    person = user(username)
    Member.objects.create(bar=bar, user=person, role=role)
    found = find_member(person, bar.pk)
    found.user = person
    return found


def token(member_or_user):
    return AccessToken.issue(getattr(member_or_user, "user", member_or_user))[0]


def bearer(member_or_user):
    """Headers for Django's test client."""
    return {"Authorization": f"Bearer {token(member_or_user)}"}


def product(bar, name, *, price=1000, stock=24, **fields):
    """A product with its opening stock as a movement."""
    category, _ = Category.objects.get_or_create(bar=bar, name="Boissons")
    made = Product.objects.create(bar=bar, category=category, name=name, price=price, stock=stock, **fields)
    if stock:
        keeper = User.objects.filter(username="stock").first() or user("stock")
        Movement.objects.create(
            bar=bar, product=made, quantity=stock, cause=Movement.Cause.OPENING, cause_id=made.pk, created_by=keeper
        )
    return made


def basket(quantities, *, key=None, payment=Sale.Payment.CASH, prices=None):
    return Basket(key=key or uuid.uuid4(), payment=payment, quantities=quantities, prices=prices or {})


def sale(member, quantities, *, at=None, **fields):
    """Sell now: `sale(koffi, {beer.pk: 2})`."""
    return sell(member, basket(quantities, **fields), at=at or timezone.now()).sale
