"""What becomes of a sale: validated, rejected, cancelled, undone by its seller, its payment verified.

Each step asks for a status, so asking again answers with the sale as it is and writes nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from bars.models import Member
from bars.permissions import Permission
from bars.transactions import durably, open_books
from realtime.errors import NotAllowed, NotFound, Problem
from sales.models import Consignment, Line, Return, Sale
from stock.services.shelf import check_available, lock_shelf

UNDO_WITHIN = timedelta(minutes=10)
UNDONE = gettext_noop("Undone by its seller.")
UNDECIDED = (Sale.Status.PENDING, Sale.Status.NEEDS_REVIEW)
UNDO_TO = {Sale.Status.PENDING: Sale.Status.REJECTED, Sale.Status.VALIDATED: Sale.Status.CANCELLED}


class WrongStatus(Problem):
    """`sale_status` is what the sale is."""

    status, code = 409, "wrong_status"
    title = _("What the sale is now does not allow this: load the page again and look at it.")
    constraints = ("a_sale_goes_the_way_of_its_life",)


class SaleIsTied(Problem):
    """`returns` and `consignments` of the sale that stand, and the `settlement` that has paid it, by their ids."""

    status, code = 409, "sale_is_tied"
    title = _("Something hangs on this sale: it stays. Take its bottles back instead.")
    constraints = ("what_hangs_on_a_sale_keeps_it", "a_settled_sale_is_returned_not_cancelled")


class TooLate(Problem):
    """`until` is when it could last be undone."""

    status, code, title = 409, "too_late", _("A sale can be undone for ten minutes: ask a manager.")


class NothingToVerify(Problem):
    status, code, title = 409, "nothing_to_verify", _("Only a payment by mobile money is verified.")


@durably
def validate(member: Member, sale_id: UUID) -> Sale:
    """Validate a sale that waits, needs review or has expired: all of its lines leave the stock, or none does.

    Raises NotFound, NotAllowed (only an owner revives what has expired), WrongStatus, OutOfStock or StillRunning.
    """
    sale = _lock(member, sale_id)
    if sale.status == Sale.Status.VALIDATED:
        return sale
    if sale.status == Sale.Status.EXPIRED and not member.can(Permission.REVIVE_SALES):
        raise NotAllowed(_("This sale has expired: an owner validates it, or nobody."))
    if sale.status not in (*UNDECIDED, Sale.Status.EXPIRED):
        raise WrongStatus(sale_status=sale.status)
    if sale.status != Sale.Status.PENDING:  # which holds its stock already
        _check_stock(sale)
    return _decide(sale, Sale.Status.VALIDATED, by=member)


def validate_waiting(
    member: Member, seller_id: UUID | None = None, *, among: Collection[UUID] | None = None
) -> list[UUID]:
    """Validate every pending sale of the bar, of one seller, or `among` these: the ids of those that are validated now.

    Oldest first. Raises StillRunning. What another has decided meanwhile otherwise is not among them.
    """
    waiting = Sale.objects.filter(bar_id=member.bar_id, status=Sale.Status.PENDING)
    if seller_id:
        waiting = waiting.filter(sold_by_id=seller_id)
    if among is not None:
        waiting = waiting.filter(pk__in=among)
    # Asked for by id, so that a second try after a lost answer tells the same.
    return _validate_all(member, list(waiting.order_by("occurred_at", "id").values_list("pk", flat=True)))


@durably
def _validate_all(member: Member, sale_ids: Collection[UUID]) -> list[UUID]:
    open_books(member.bar_id)
    sales = {sale.pk: sale for sale in _locked(member).filter(pk__in=sale_ids).order_by("pk")}
    pending = [pk for pk, sale in sales.items() if sale.status == Sale.Status.PENDING]
    Sale.objects.filter(pk__in=pending).update(status=Sale.Status.VALIDATED, decided_by_id=member.user_id, reason="")
    return [pk for pk in sale_ids if pk in sales and sales[pk].status in (Sale.Status.PENDING, Sale.Status.VALIDATED)]


@durably
def reject(member: Member, sale_id: UUID, *, reason: str) -> Sale:
    """Refuse a sale that waits or needs review; what it held is free again.

    Raises NotFound, WrongStatus or StillRunning.
    """
    sale = _lock(member, sale_id)
    if sale.status == Sale.Status.REJECTED:
        return sale
    if sale.status not in UNDECIDED:
        raise WrongStatus(sale_status=sale.status)
    return _decide(sale, Sale.Status.REJECTED, by=member, reason=reason)


@durably
def cancel(member: Member, sale_id: UUID, *, reason: str) -> Sale:
    """Take a validated sale back wholly: its stock comes back by movements of its own.

    Raises NotFound, WrongStatus, SaleIsTied or StillRunning.
    """
    sale = _lock(member, sale_id)
    if sale.status == Sale.Status.CANCELLED:
        return sale
    if sale.status != Sale.Status.VALIDATED:
        raise WrongStatus(sale_status=sale.status)
    _check_untied(sale)
    return _decide(sale, Sale.Status.CANCELLED, by=member, reason=reason)


@durably
def undo(member: Member, sale_id: UUID, *, at: datetime) -> Sale:
    """Take an own sale back within ten minutes of selling: a pending one is rejected, a validated one cancelled.

    Raises NotFound, NotAllowed for another's sale, WrongStatus, TooLate, SaleIsTied or StillRunning.
    """
    sale = _lock(member, sale_id)
    if member.user_id not in (sale.sold_by_id, sale.created_by_id):
        raise NotAllowed(_("This is not your sale: ask who made it, or a manager."))
    if sale.status in UNDO_TO.values():
        return sale
    if sale.status not in UNDO_TO:
        raise WrongStatus(sale_status=sale.status)
    until = sale.occurred_at + UNDO_WITHIN
    if at > until:
        raise TooLate(until=until.isoformat())
    _check_untied(sale)
    return _decide(sale, UNDO_TO[Sale.Status(sale.status)], by=member, reason=UNDONE)


@durably
def verify_payment(member: Member, sale_id: UUID) -> Sale:
    """Say that the mobile money of this sale has arrived. Raises NotFound, NothingToVerify or StillRunning."""
    sale = _lock(member, sale_id)
    if sale.payment != Sale.Payment.MOBILE_MONEY:
        raise NothingToVerify()
    if sale.to_verify:
        sale.to_verify, sale.verified_by_id = False, member.user_id
        sale.save(update_fields=["to_verify", "verified_by"])
    return sale


def _locked(member: Member) -> QuerySet[Sale]:
    return Sale.objects.filter(bar_id=member.bar_id).select_for_update(no_key=True)


def _lock(member: Member, sale_id: UUID) -> Sale:
    """The sale, which nobody else decides about until this transaction ends. Raises NotFound.

    Who sees only their own sales finds no others.
    """
    open_books(member.bar_id)
    mine = Q() if member.can(Permission.SEE_ALL_SALES) else Q(sold_by=member.user_id) | Q(created_by=member.user_id)
    sale = _locked(member).filter(mine, pk=sale_id).first()
    if sale is None:
        raise NotFound(_("There is no such sale for you in this bar."))
    return sale


def _check_stock(sale: Sale) -> None:
    """Raises OutOfStock naming every product that is short."""
    quantities = dict(Line.objects.filter(sale=sale).values_list("product_id", "quantity"))
    check_available(lock_shelf(bar_id=sale.bar_id, product_ids=quantities), quantities)


def _check_untied(sale: Sale) -> None:
    """Raises SaleIsTied with what stands in the way."""
    returns = Return.objects.filter(sale=sale).exclude(status=Return.Status.REJECTED).order_by("pk")
    consignments = Consignment.objects.filter(sale=sale).order_by("pk")
    if sale.settlement_id or returns or consignments:
        raise SaleIsTied(
            returns=[str(one.pk) for one in returns],
            consignments=[str(one.pk) for one in consignments],
            settlement=sale.settlement_id and str(sale.settlement_id),
        )


def _decide(sale: Sale, status: Sale.Status, *, by: Member, reason: str = "") -> Sale:
    """Call with the sale locked. Triggers move the stock, date the decision and log it."""
    sale.status, sale.decided_by_id, sale.reason = status, by.user_id, reason
    sale.save(update_fields=["status", "decided_by", "reason"])
    sale.refresh_from_db(fields=["decided_at"])
    return sale
