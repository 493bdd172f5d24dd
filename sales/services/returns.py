"""Returns: asked for, approved or rejected, put back on the shelf."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.permissions import Permission
from bars.transactions import KeyReused, durably, open_books
from realtime.errors import NotAllowed, NotFound, Problem
from sales.models import Consequence, Return
from sales.services.hanging import check_left, lock_line

# Triggers fill in the refund, how it is given and its business date (sql/books_v1.sql).
ASK = """
INSERT INTO sales_return (
    bar_id, key, sale_id, line_id, quantity, reason, note, status, refunds, restocks, refund, created_by_id,
    decided_by_id, fingerprint
)
VALUES (
    %(bar)s, %(key)s, %(sale)s, %(line)s, %(quantity)s, %(reason)s, %(note)s, %(status)s, %(refunds)s, %(restocks)s, 0,
    %(by)s, %(decided_by)s, %(fingerprint)s
)
ON CONFLICT (bar_id, key) DO NOTHING
RETURNING *
"""
DECIDE = """
UPDATE sales_return SET status = %(status)s, refunds = %(refunds)s, restocks = %(restocks)s, decided_by_id = %(by)s
WHERE id = %(id)s
RETURNING *
"""
RESTOCK = "UPDATE sales_return SET status = 'restocked', restocked_by_id = %(by)s WHERE id = %(id)s RETURNING *"
APPROVED = (Return.Status.APPROVED, Return.Status.RESTOCKED)


@dataclass(frozen=True)
class Request:
    """So many of a line that come back. `consequence` is for the reason `other`, where nothing else decides it."""

    key: UUID
    line: UUID
    quantity: int
    reason: Return.Reason
    note: str = ""
    consequence: Consequence | None = None
    wait: bool = False  # for another's approval, also where one's own would do


@dataclass(frozen=True)
class Asked:
    returned: Return
    is_replay: bool


class NoteNeeded(Problem):
    code, title = "note_needed", _("Say in a note what the reason is.")


class DecisionNeeded(Problem):
    code = "decision_needed"
    title = _("Of this reason you decide: say both whether it refunds and whether it restocks.")


class ReasonDecides(Problem):
    """`refunds` and `restocks` are what follows from the reason."""

    code, title = "reason_decides", _("The reason decides whether money goes back and the bottle on the shelf.")


class OwnReturn(NotAllowed):
    code, title = "own_return", _("Somebody else approves what you have asked for.")
    constraints = ("nobody_approves_an_own_request",)


class ReturnDecided(Problem):
    """`return_status` is what was decided."""

    status, code = 409, "return_decided"
    title = _("Another decision has been made about this return: load the page again.")
    constraints = ("a_return_goes_the_way_of_its_life",)


class NotRestockable(Problem):
    status, code, title = 409, "not_restockable", _("This return doesn't go back on the shelf.")


@durably
def ask_return(member: Member, request: Request) -> Asked:
    """Take so many of a line back: at once by who may approve it, else as a request that waits.

    The same key and request answer with the same return. Raises NotFound, NoteNeeded, DecisionNeeded,
    ReasonDecides, SaleNotValidated, LessIsLeft or KeyReused.
    """
    open_books(member.bar_id)
    line = lock_line(member, request.line)
    if stored := _stored(member, request):
        return stored
    if request.reason == Return.Reason.OTHER and not request.note:
        raise NoteNeeded()
    is_approved = member.can(Permission.TAKE_BACK) and not request.wait
    if is_approved or request.consequence:
        consequence = consequence_of(request.reason, request.consequence)
    else:
        consequence = Return.CONSEQUENCES.get(request.reason, Consequence(refunds=False, restocks=False))
    check_left(line, request.quantity)
    params: dict[str, Any] = {
        "bar": member.bar_id,
        "key": request.key,
        "sale": line.sale_id,
        "line": line.id,
        "quantity": request.quantity,
        "reason": request.reason,
        "note": request.note,
        "status": Return.Status.APPROVED if is_approved else Return.Status.PENDING,
        "refunds": consequence.refunds,
        "restocks": consequence.restocks,
        "by": member.user_id,
        "decided_by": member.user_id if is_approved else None,
        "fingerprint": _fingerprint(member, request),
    }
    for returned in Return.objects.raw(ASK, params):
        return Asked(returned, is_replay=False)
    raise KeyReused()  # whoever has it has returned of another sale: this one was locked


@durably
def approve_return(member: Member, return_id: UUID, consequence: Consequence | None = None) -> Return:
    """Grant a request: what the reason refunds is given back today. Of `other`, `consequence` is decided here.

    Asking again answers with the return. Raises NotFound, OwnReturn, DecisionNeeded, ReasonDecides or
    ReturnDecided.
    """
    open_books(member.bar_id)
    returned = _lock_return(member, return_id)
    if returned.status in APPROVED and consequence in (None, Consequence(returned.refunds, returned.restocks)):
        return returned
    if returned.status != Return.Status.PENDING:
        raise ReturnDecided(return_status=returned.status)
    if returned.created_by_id == member.user_id:
        raise OwnReturn()
    decided = consequence_of(Return.Reason(returned.reason), consequence)
    return _decide(member, returned, Return.Status.APPROVED, decided)


@durably
def reject_return(member: Member, return_id: UUID) -> Return:
    """Refuse a request. Asking again answers with the return. Raises NotFound or ReturnDecided."""
    open_books(member.bar_id)
    returned = _lock_return(member, return_id)
    if returned.status == Return.Status.REJECTED:
        return returned
    if returned.status != Return.Status.PENDING:
        raise ReturnDecided(return_status=returned.status)
    return _decide(member, returned, Return.Status.REJECTED, Consequence(returned.refunds, returned.restocks))


@durably
def restock_return(member: Member, return_id: UUID) -> Return:
    """Put an approved return back on the shelf. Asking again answers with it. Raises NotFound or NotRestockable."""
    open_books(member.bar_id)
    returned = _lock_return(member, return_id)
    if returned.status == Return.Status.RESTOCKED:
        return returned
    if returned.status != Return.Status.APPROVED or not returned.restocks:
        raise NotRestockable(return_status=returned.status)
    return Return.objects.raw(RESTOCK, {"by": member.user_id, "id": returned.pk})[0]


def consequence_of(reason: Return.Reason, asked: Consequence | None) -> Consequence:
    """What a return for this reason does. Raises DecisionNeeded or ReasonDecides."""
    fixed = Return.CONSEQUENCES.get(reason)
    if fixed is None:
        if asked is None:
            raise DecisionNeeded()
        return asked
    if asked not in (None, fixed):
        raise ReasonDecides(**fixed._asdict())
    return fixed


def _lock_return(member: Member, return_id: UUID) -> Return:
    query = "SELECT * FROM sales_return WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"
    for returned in Return.objects.raw(query, [return_id, member.bar_id]):
        return returned
    raise NotFound(_("There is no such return."))


def _decide(member: Member, returned: Return, status: Return.Status, consequence: Consequence) -> Return:
    params = {"status": status, "by": member.user_id, "id": returned.pk} | consequence._asdict()
    return Return.objects.raw(DECIDE, params)[0]


def _stored(member: Member, request: Request) -> Asked | None:
    """The return that this key has asked for before. Raises KeyReused for another one."""
    stored = Return.objects.filter(bar_id=member.bar_id, key=request.key).first()
    if stored is None:
        return None
    if stored.fingerprint != _fingerprint(member, request):
        raise KeyReused()
    return Asked(stored, is_replay=True)


def _fingerprint(member: Member, request: Request) -> str:
    """What makes two requests with one key the same, also once somebody has decided otherwise than was asked."""
    asked = [str(request.line), request.quantity, request.reason, request.note, request.consequence, request.wait]
    return hashlib.sha256(json.dumps([member.user_id, *asked], default=str).encode()).hexdigest()
