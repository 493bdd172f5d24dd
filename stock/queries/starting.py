"""How far a new bar has come."""

from typing import NamedTuple

from bars.models import Member
from bars.queries import open_invitations, sellers
from stock.models import Product


class Progress(NamedTuple):
    """What is there already of what a first evening needs."""

    products: int
    in_stock: int
    people: int
    invited: int

    @property
    def steps(self) -> list[bool]:
        return [self.products > 0, self.in_stock > 0, self.people > 1 or self.invited > 0]

    @property
    def done(self) -> int:
        return sum(self.steps)

    @property
    def is_ready(self) -> bool:
        """Whether the bar can sell: people may come later."""
        return self.in_stock > 0


def progress_of(member: Member) -> Progress:
    on_sale = Product.objects.filter(bar_id=member.bar_id).on_sale()
    return Progress(
        products=on_sale.count(),
        in_stock=on_sale.filter(stock__gt=0).count(),
        people=sellers(member.bar_id).count(),
        invited=open_invitations(member.bar_id).count(),
    )
