"""Reads of what hangs on sales: returns and consignments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.pages import PAGE, newest_first
from bars.permissions import Permission
from realtime.errors import NotFound
from sales.models import Consignment, Line, Return, Sale


@dataclass(frozen=True)
class Hanging:
    """What came back of a sale, and what is kept of it for a client."""

    returns: list[Return]
    consignments: list[Consignment]

    def back_of(self, line: Line) -> int:
        """How many of a line have come back, or are asked to."""
        refused = Return.Status.REJECTED
        return sum(one.quantity for one in self.returns if one.line_id == line.pk and one.status != refused)

    def kept_of(self, line: Line) -> int:
        """How many of a line were ever kept for a client."""
        return sum(one.quantity for one in self.consignments if one.line_id == line.pk)

    def left_of(self, line: Line) -> int:
        return line.quantity - self.back_of(line) - self.kept_of(line)

    @property
    def is_nothing(self) -> bool:
        return not self.consignments and all(one.status == Return.Status.REJECTED for one in self.returns)


def page_of_returns(
    member: Member, *, status: Return.Status | None = None, sale: UUID | None = None, before: UUID | None = None
) -> tuple[list[Return], UUID | None]:
    """Fifty returns that the member may see, newest first."""
    returns = _returns(member)
    if status:
        returns = returns.filter(status=status)
    if sale:
        returns = returns.filter(sale=sale)
    return newest_first(returns, before)


def count_of_asked(member: Member) -> int:
    """How many returns that the member may see wait for a decision."""
    return _returns(member).filter(status=Return.Status.PENDING).count()


def hanging_on(sale: Sale) -> Hanging:
    """What came back of a sale and what is kept of it, oldest first, with their people."""
    returns = Return.objects.filter(sale=sale).select_related("line", "created_by", "decided_by").order_by("pk")
    kept = Consignment.objects.filter(sale=sale).select_related("line", "created_by").order_by("pk")
    return Hanging(list(returns), list(kept))


def one_return(member: Member, return_id: UUID) -> Return:
    """Raises NotFound."""
    found = _returns(member).filter(pk=return_id).first()
    if found is None:
        raise NotFound(_("There is no such return."))
    return found


def _returns(member: Member) -> QuerySet[Return]:
    """The bar's, or those that the member has asked for or that are of the member's own sales."""
    returns = Return.objects.filter(bar_id=member.bar_id).select_related("line", "created_by", "decided_by")
    if member.can(Permission.SEE_ALL_SALES):
        return returns
    return returns.filter(Q(created_by=member.user_id) | Q(sale__sold_by=member.user_id))


def page_of_consignments(
    member: Member, *, status: Consignment.Status | None = None, client: str = "", before: UUID | None = None
) -> tuple[list[Consignment], UUID | None]:
    """Fifty of the bar's consignments, newest first; `client` is a part of the name or of the phone number."""
    kept = _consignments(member)
    if status:
        kept = kept.filter(status=status)
    if client:
        kept = kept.filter(Q(client__icontains=client) | Q(phone__icontains=client))
    return newest_first(kept, before)


def expiring_consignments(member: Member, *, until: datetime) -> list[Consignment]:
    """The first fifty of what is kept that end until then, soonest first: whom to call."""
    kept = _consignments(member).filter(status=Consignment.Status.ACTIVE, expires_at__lte=until)
    return list(kept.order_by("expires_at", "id")[:50])


def kept_consignments(member: Member, *, client: str = "", page: int = 1) -> tuple[list[Consignment], bool]:
    """Fifty of what is kept, what ends soonest first, and whether there are more; `client` as above."""
    kept = _consignments(member).filter(status=Consignment.Status.ACTIVE)
    if client:
        kept = kept.filter(Q(client__icontains=client) | Q(phone__icontains=client))
    rows = list(kept.order_by("expires_at", "id")[(page - 1) * PAGE : page * PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def one_consignment(member: Member, consignment_id: UUID) -> Consignment:
    """With its claims. Raises NotFound."""
    found = _consignments(member).prefetch_related("claims__created_by").filter(pk=consignment_id).first()
    if found is None:
        raise NotFound(_("There is no such consignment."))
    return found


def _consignments(member: Member) -> QuerySet[Consignment]:
    return Consignment.objects.filter(bar_id=member.bar_id).select_related("line", "created_by", "decided_by")
