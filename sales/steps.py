"""What somebody may do with a sale now, as its page offers it; the services check it again. Pure."""

from dataclasses import dataclass
from datetime import datetime

from bars.models import Member
from bars.permissions import Permission
from sales.models import Sale, Tab
from sales.queries.hanging import Hanging
from sales.services.deciding import UNDECIDED, UNDO_TO, UNDO_WITHIN


@dataclass(frozen=True)
class Steps:
    """The steps that are open to a member. `undo_until` is None where the sale can't be undone."""

    member: Member
    sale: Sale
    hanging: Hanging
    now: datetime

    @property
    def undo_until(self) -> datetime | None:
        sale, until = self.sale, self.sale.occurred_at + UNDO_WITHIN
        is_own = self.member.user_id in (sale.sold_by_id, sale.created_by_id)
        is_open = sale.status in UNDO_TO and self._is_untied and self.now <= until
        return until if is_own and is_open and self.member.can(Permission.UNDO_OWN_SALE) else None

    @property
    def cancel(self) -> bool:
        return self._is_validated and self._is_untied and self.member.can(Permission.CANCEL_SALES)

    @property
    def validate(self) -> bool:
        is_revived = self.sale.status == Sale.Status.EXPIRED and self.member.can(Permission.REVIVE_SALES)
        is_open = self.sale.status in UNDECIDED or is_revived
        return is_open and self.member.can(Permission.VALIDATE_SALES)

    @property
    def reject(self) -> bool:
        return self.sale.status in UNDECIDED and self.member.can(Permission.VALIDATE_SALES)

    @property
    def verify(self) -> bool:
        return self.sale.to_verify and self.member.can(Permission.VALIDATE_SALES)

    @property
    def take_back(self) -> bool:
        return self._is_validated and self.member.can(Permission.ASK_RETURN)

    @property
    def consign(self) -> bool:
        return self._is_validated and bool(self.sale.paid_with) and self.member.can(Permission.CONSIGN)

    @property
    def settle(self) -> bool:
        """It is owed on its own: on credit, or told of after its tab was settled."""
        sale = self.sale
        is_alone = sale.tab is None or sale.tab.status == Tab.Status.SETTLED
        return self._is_validated and not sale.paid_with and is_alone and self.member.can(Permission.SEE_ALL_SALES)

    @property
    def _is_validated(self) -> bool:
        return self.sale.status == Sale.Status.VALIDATED

    @property
    def _is_untied(self) -> bool:
        return self.hanging.is_nothing and self.sale.settlement_id is None
