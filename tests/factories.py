"""Rows for tests, made the way the application makes them. Every bar carries a canary in its name."""

import uuid
from functools import cache

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from django.utils.text import slugify

from bars.access import find_member
from bars.models import AccessToken, Bar, Member, User
from sales.basket import Basket
from sales.models import Return, Sale
from sales.services.consignments import Deposit, consign
from sales.services.returns import Request, ask_return
from sales.services.selling import sell
from sales.services.tabs import open_tab
from stock.models import Adjustment, Category, Movement, Product, Supply
from stock.services.adjusting import Correction, adjust
from stock.services.counting import count_product, open_count
from stock.services.supplies import Delivery, receive
from tests.canaries import BARS, new_word

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
    """With a word of its own in its texts (tests/canaries.py)."""
    word = new_word()
    texts = {"slug": f"{slugify(name)[:17]}-{word}", "address": f"12 rue {word}"}
    made = Bar.objects.create(name=name, **(texts | fields))
    BARS[word] = made.pk
    return made


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
    made = Product.objects.create(bar=bar, category=category, name=name, price=price, **fields)
    if stock:
        keeper = User.objects.filter(username="stock").first() or user("stock")
        Movement.objects.create(
            bar=bar, product=made, quantity=stock, cause=Movement.Cause.OPENING, cause_id=made.pk, created_by=keeper
        )
        made.stock = stock
    return made


def basket(quantities, *, key=None, payment=Sale.Payment.CASH, prices=None, **fields):
    return Basket(key=key or uuid.uuid4(), payment=payment, quantities=quantities, prices=prices or {}, **fields)


def sale(member, quantities, *, at=None, **fields):
    """Sell now: `sale(koffi, {beer.pk: 2})`."""
    return sell(member, basket(quantities, **fields), at=at or timezone.now()).sale


def tab(member, name="Table 4", *, at=None):
    return open_tab(member, key=uuid.uuid4(), name=name, at=at or timezone.now()).tab


def sale_on(tab, member, quantities, **fields):
    """Sell on a tab: `sale_on(table_4, koffi, {beer.pk: 2})`."""
    return sale(member, quantities, payment=Sale.Payment.TAB, tab=tab.pk, **fields)


def returned(member, line, quantity=1, reason=Return.Reason.WRONG_ITEM, **fields):
    """Take back of a line: `returned(koffi, sale.lines.get())`."""
    return ask_return(
        member, Request(key=uuid.uuid4(), line=line.pk, quantity=quantity, reason=reason, **fields)
    ).returned


def kept(member, line, quantity=1, *, at=None, **fields):
    """Keep bottles of a line for a client: `kept(koffi, sale.lines.get())`."""
    deposit = Deposit(key=uuid.uuid4(), line=line.pk, quantity=quantity, **({"client": "Ibrahim"} | fields))
    return consign(member, deposit, at=at or timezone.now()).consignment


def delivery(product, lots=1, lot_size=24, lot_price=10_000, *, key=None, payment=Supply.Payment.CASH, **fields):
    """What a supplier brings: 24 bottles for 10 000."""
    return Delivery(
        key=key or uuid.uuid4(),
        product=product.pk,
        lots=lots,
        lot_size=lot_size,
        lot_price=lot_price,
        payment=payment,
        **fields,
    )


def supply(member, product, *args, at=None, **fields):
    """Receive now: `supply(koffi, beer, lots=2)`."""
    return receive(member, delivery(product, *args, **fields), at=at or timezone.now()).supply


def correction(product, quantity, *, key=None, reason=Adjustment.Reason.BREAKAGE, note=""):
    return Correction(key or uuid.uuid4(), product.pk, quantity, reason, note)


def adjustment(member, product, quantity, *, at=None, **fields):
    """Put stock right now: `adjustment(yao, beer, -1)`."""
    return adjust(member, correction(product, quantity, **fields), at=at or timezone.now()).adjustment


def sheet(member, *, at=None):
    """An open sheet of a stock count."""
    return open_count(member, at=at or timezone.now()).count


def counted(member, sheet, product, quantity, *, key=None):
    """Note that so many were seen: `counted(awa, sheet, beer, 10)`."""
    count_product(member, sheet.pk, product.pk, key=key or uuid.uuid4(), quantity=quantity)
