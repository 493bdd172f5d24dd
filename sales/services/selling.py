"""Selling: one durable transaction, three statements whatever the number of lines: look, write the sale, fill it.

The shelf is judged as it is seen in passing. The ledger locks it when the sale and its lines are written, and they are
refused if anything that was judged has changed: then all is looked at anew. So a refusal says what was so at a moment
of the request. The last two statements and COMMIT are sent without waiting for answers between them.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.permissions import Permission
from bars.transactions import KeyReused, StillRunning, durably_pipelined
from realtime.errors import NotAllowed, Problem
from sales.basket import Basket
from sales.models import Sale, Tab
from sales.models.sale import MOST_OFFLINE
from sales.services.recording import Recording, ShelfChanged, price_of, record, shelf_as_judged
from stock.services.shelf import (
    Shelf,
    check_available,
    check_known,
    check_on_sale,
    prices_since,
    read_shelf,
    shortages_of,
)

# By which a phone's clock may be ahead. A minute less than the database allows, and so is the window of a phone: it
# judges by when its transaction began, and that may wait.
SKEW = timedelta(minutes=4)
LONGEST_OFFLINE = MOST_OFFLINE - timedelta(minutes=1)

# The books first, as everywhere. Where there is no tab, the sale's own trigger opens them.
LOCK_TAB = """
WITH books AS MATERIALIZED (SELECT bars_open_books(%(bar)s))
SELECT status FROM sales_tab WHERE id = %(tab)s AND bar_id = %(bar)s AND (SELECT count(*) FROM books) > 0 FOR SHARE
"""
MOST_LOOKS = 5  # each is outdated by what somebody else has committed, so a second is rare and a third a curiosity


@dataclass(frozen=True)
class Sold:
    """A sale as it stands; `is_replay` when the key had sold before and nothing new was written."""

    sale: Sale
    is_replay: bool


class PriceChanged(Problem):
    """`prices` says what each product costs now."""

    status, code = 409, "price_changed"
    title = _("A price has changed since the basket was filled: look at the new total.")


class DiscountTooHigh(Problem):
    """`most` is the highest discount on this basket, in minor units."""

    code, title = "discount_too_high", _("The discount is higher than this bar allows: give less.")


class TabNotOpen(Problem):
    status, code = 409, "tab_not_open"
    title = _("This tab is not open: it was settled, or there is none. Open another.")
    constraints = ("a_sale_goes_on_an_open_tab",)


class UnknownSeller(Problem):
    status, code, title = 404, "unknown_seller", _("Nobody of that name sells in this bar.")


def sell(member: Member, basket: Basket, *, at: datetime) -> Sold:
    """Sell a basket at the moment `at`: taken from stock at once, or held where it must be validated.

    Asking again with the same key and basket answers with the same sale. Raises NotAllowed,
    UnknownSeller, UnknownProduct, OutOfStock, PriceChanged, DiscountTooHigh, TabNotOpen, KeyReused or
    StillRunning. Whatever of these is raised, nothing was written. An OperationalError leaves that open
    where the answer to COMMIT is lost.

    A basket sold offline has been drunk: what speaks against it (short stock, an unknown price, a wrong
    clock) makes it a sale that needs review, without effect on stock, and only an unknown product,
    seller or tab, or a discount above the sum, refuses it.
    """
    for look in range(MOST_LOOKS):
        with suppress(ShelfChanged):
            return _sell(member, basket, at, in_turn=look == 0)
    raise StillRunning(retry_after=1)


def _sell(member: Member, basket: Basket, at: datetime, in_turn: bool) -> Sold:
    """As `sell`, by one look at the shelf; raises ShelfChanged where that was outdated."""
    with shelf_as_judged():
        found = record_or_find(member, basket, at, in_turn)
    if isinstance(found, Sold):
        return found
    if found.is_new():
        return Sold(found.sale, is_replay=False)
    stored = _stored(member, basket)
    assert stored is not None  # a sale is never deleted
    return stored


@durably_pipelined
def record_or_find(member: Member, basket: Basket, at: datetime, in_turn: bool) -> Recording | Sold:
    """Send what writes the sale, or find the one that this key has made before all that refuses it was so."""
    try:
        tab = _lock_tab(member, basket)
        shelf = read_shelf(bar_id=member.bar_id, product_ids=basket.quantities)
        review = _objections(member, basket, shelf, tab, at)
        sale = _sale_of(member, basket, shelf, review, at)
    except Problem:
        if stored := _stored(member, basket):
            return stored
        raise
    return record(sale, basket, shelf, in_turn=in_turn)


def _lock_tab(member: Member, basket: Basket) -> str | None:
    """The status of the basket's tab, locked against settling. Before the products: so do those who settle."""
    if basket.tab is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(LOCK_TAB, {"tab": basket.tab, "bar": member.bar_id})
        row = cursor.fetchone()
    return row[0] if row else None


def _objections(member: Member, basket: Basket, shelf: Shelf, tab: str | None, at: datetime) -> dict[str, Any]:
    """What a manager has to look at in a basket sold offline, nothing for others. Raises what refuses the basket."""
    check_known(shelf, basket.quantities)
    if basket.tab and tab is None:
        raise TabNotOpen()
    _check_seller(member, basket)
    if basket.is_offline:
        return _review(member, basket, shelf, tab, at)
    if not member.can(Permission.SELL):
        raise NotAllowed(_("Waiters don't sell in this bar: the manager picks their name."))
    if tab not in (None, Tab.Status.OPEN):
        raise TabNotOpen()
    check_on_sale(shelf, basket.quantities)
    check_available(shelf, basket.quantities)
    check_prices(shelf, basket.prices)
    _check_discount(member, basket, _sum_of(basket, shelf))
    return {}


def _check_seller(member: Member, basket: Basket) -> None:
    """Raises NotAllowed or UnknownSeller. Who has left the bar may still have sold offline."""
    if basket.sold_by in (None, member.user_id):
        return
    if not member.can(Permission.SELL_FOR_OTHERS):
        raise NotAllowed(_("You sell under your own name."))
    team = Member.objects.filter(bar_id=member.bar_id, user_id=basket.sold_by)
    if not (team if basket.is_offline else team.active()).exists():
        raise UnknownSeller()


def _check_discount(member: Member, basket: Basket, asked: int) -> None:
    """Raises NotAllowed or DiscountTooHigh."""
    if basket.discount and not member.can(Permission.GIVE_DISCOUNTS):
        raise NotAllowed(_("A manager gives discounts."))
    most = asked * member.bar.discount_limit // 100
    if basket.discount > most:
        raise DiscountTooHigh(most=most)


def _review(member: Member, basket: Basket, shelf: Shelf, tab: str | None, at: datetime) -> dict[str, Any]:
    asked = _sum_of(basket, shelf)
    if basket.discount > asked:
        raise DiscountTooHigh(most=asked)
    too_much = not member.can(Permission.GIVE_DISCOUNTS) or basket.discount > asked * member.bar.discount_limit // 100
    found = {
        "short": shortages_of(shelf, basket.quantities),
        "prices": _strange_prices(member, basket, shelf, at),
        "time": "" if _is_plausible(member, basket, at) else str(basket.sold_at),
        "discount": basket.discount if too_much else 0,
        "tab": "settled" if tab not in (None, Tab.Status.OPEN) else "",
        "seller": "" if member.can(Permission.SELL) else "waiters don't sell in this bar",
    }
    return {name: what for name, what in found.items() if what}


def _strange_prices(member: Member, basket: Basket, shelf: Shelf, at: datetime) -> list[dict[str, Any]]:
    """Prices that the shelf hasn't asked within the bar's offline window."""
    other = {pk: price for pk, price in basket.prices.items() if shelf[pk].price != price}
    known = prices_since(other, at - _window(member)) if other else set()
    return [
        {"product": str(pk), "name": shelf[pk].name, "price": shelf[pk].price, "asked": price}
        for pk, price in other.items()
        if (pk, price) not in known
    ]


def _is_plausible(member: Member, basket: Basket, at: datetime) -> bool:
    return basket.sold_at is not None and at - _window(member) <= basket.sold_at <= at + SKEW


def _window(member: Member) -> timedelta:
    return min(timedelta(hours=member.bar.offline_hours), LONGEST_OFFLINE)


def _sum_of(basket: Basket, shelf: Shelf) -> int:
    return sum(price_of(basket, shelf, pk) * count for pk, count in basket.quantities.items())


def _sale_of(member: Member, basket: Basket, shelf: Shelf, review: dict[str, Any], at: datetime) -> Sale:
    settled = member.can(Permission.SELL_VALIDATED)
    occurred_at = basket.sold_at if _is_plausible(member, basket, at) else None
    return Sale(
        bar=member.bar,
        key=basket.key,
        fingerprint=basket.fingerprint(member.user_id),
        status=Sale.Status.NEEDS_REVIEW if review else Sale.Status.VALIDATED if settled else Sale.Status.PENDING,
        mode=member.bar.mode,
        origin=Sale.Origin.OFFLINE if basket.is_offline else Sale.Origin.ONLINE,
        payment=basket.payment,
        reference=basket.reference,
        to_verify=basket.payment == Sale.Payment.MOBILE_MONEY,
        client=basket.client,
        tab_id=basket.tab,
        paid_with=None if basket.payment in Sale.UNPAID else basket.payment,
        discount=basket.discount,
        total=_sum_of(basket, shelf) - basket.discount,
        sold_by_id=basket.sold_by or member.user_id,
        created_by_id=member.user_id,
        occurred_at=occurred_at or at,
        review=review or None,
    )


def _stored(member: Member, basket: Basket) -> Sold | None:
    """The sale that this key has made before. Raises KeyReused for another basket or seller."""
    stored = Sale.objects.select_related("bar").filter(bar_id=member.bar_id, key=basket.key).first()
    if stored is None:
        return None
    if stored.fingerprint != basket.fingerprint(member.user_id):
        raise KeyReused()
    return Sold(stored, is_replay=True)


def check_prices(shelf: Shelf, seen: Mapping[UUID, int]) -> None:
    """Raises PriceChanged where the seller saw another price than the shelf's."""
    changed = [pk for pk, price in seen.items() if shelf[pk].price != price]
    if changed:
        raise PriceChanged(prices=[{"product": str(pk), "price": shelf[pk].price} for pk in changed])
