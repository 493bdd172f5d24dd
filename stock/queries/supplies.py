"""Reads of what came in and of what was put right."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from bars.models import Member
from stock.models import Adjustment, Supply


def supplies_of(
    member: Member, *, product: UUID | None = None, supplier: UUID | None = None, on: date | None = None
) -> QuerySet[Supply]:
    """The bar's supplies and their reversals."""
    rows = Supply.objects.filter(bar_id=member.bar_id).select_related("product", "supplier", "created_by", "reversal")
    given = {"product_id": product, "supplier_id": supplier, "business_date": on}
    return rows.filter(**{column: value for column, value in given.items() if value is not None})


def adjustments_of(
    member: Member, *, product: UUID | None = None, reason: Adjustment.Reason | None = None
) -> QuerySet[Adjustment]:
    rows = Adjustment.objects.filter(bar_id=member.bar_id).select_related("product", "created_by")
    given = {"product_id": product, "reason": reason}
    return rows.filter(**{column: value for column, value in given.items() if value is not None})
