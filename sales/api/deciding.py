"""One sale by the API, and what becomes of it. A step that was made before is answered like the first time."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bars.access import membership
from bars.permissions import Permission
from realtime import clock
from realtime.errors import refuses
from realtime.snapshot import snapshot
from sales.models import Sale
from sales.queries.sales import one_sale
from sales.schemas.deciding import OneSale, PendingIn, ReasonIn, ValidatedOut
from sales.schemas.selling import SaleOut
from sales.services import deciding
from stock.services.shelf import OutOfStock

router = Router(tags=["sales"])
ONE = "/bars/{uuid:bar_id}/sales/{uuid:sale_id}"


@router.post("/bars/{uuid:bar_id}/sales/validate", response=ValidatedOut, summary="Validate all that waits")
def validate_waiting(request: HttpRequest, bar_id: UUID, waiting: PendingIn) -> dict:
    """Of the whole bar, of one seller, or those that were chosen."""
    member = membership(request.user, bar_id, Permission.VALIDATE_SALES)
    return {"validated": deciding.validate_waiting(member, waiting.seller, among=waiting.sales)}


@router.get(ONE, response=OneSale, summary="One sale, with its lines and what was decided about it")
def show_sale(request: HttpRequest, response: HttpResponse, bar_id: UUID, sale_id: UUID) -> Sale:
    member = membership(request.user, bar_id)
    stream = f"bar.{bar_id}" if member.can(Permission.SEE_ALL_SALES) else f"user.{member.user_id}"
    with snapshot([stream]) as at:
        response["Cursor"] = at.cursor(stream)
        return one_sale(member, sale_id)


@router.post(
    f"{ONE}/validate",
    response=SaleOut,
    summary="Validate a sale that waits, needs review or has expired",
    openapi_extra=refuses(deciding.WrongStatus, OutOfStock),
)
def validate(request: HttpRequest, bar_id: UUID, sale_id: UUID) -> Sale:
    """All of its lines leave the stock, or none does. Only an owner validates what has expired."""
    return deciding.validate(membership(request.user, bar_id, Permission.VALIDATE_SALES), sale_id)


@router.post(
    f"{ONE}/reject",
    response=SaleOut,
    summary="Reject a sale that waits or needs review",
    openapi_extra=refuses(deciding.WrongStatus),
)
def reject(request: HttpRequest, bar_id: UUID, sale_id: UUID, why: ReasonIn) -> Sale:
    member = membership(request.user, bar_id, Permission.VALIDATE_SALES)
    return deciding.reject(member, sale_id, reason=why.reason)


@router.post(
    f"{ONE}/cancel",
    response=SaleOut,
    summary="Cancel a validated sale",
    openapi_extra=refuses(deciding.WrongStatus, deciding.SaleIsTied),
)
def cancel(request: HttpRequest, bar_id: UUID, sale_id: UUID, why: ReasonIn) -> Sale:
    """Its stock comes back. Not where a return, a consignment or a settled tab or credit hangs on it."""
    member = membership(request.user, bar_id, Permission.CANCEL_SALES)
    return deciding.cancel(member, sale_id, reason=why.reason)


@router.post(
    f"{ONE}/undo",
    response=SaleOut,
    summary="Take your own sale back, within ten minutes",
    openapi_extra=refuses(deciding.WrongStatus, deciding.SaleIsTied, deciding.TooLate),
)
def undo(request: HttpRequest, bar_id: UUID, sale_id: UUID) -> Sale:
    """A pending one becomes rejected, a validated one cancelled."""
    member = membership(request.user, bar_id, Permission.UNDO_OWN_SALE)
    return deciding.undo(member, sale_id, at=clock.now())


@router.post(
    f"{ONE}/verify",
    response=SaleOut,
    summary="Say that the mobile money of a sale has arrived",
    openapi_extra=refuses(deciding.NothingToVerify),
)
def verify(request: HttpRequest, bar_id: UUID, sale_id: UUID) -> Sale:
    return deciding.verify_payment(membership(request.user, bar_id, Permission.VALIDATE_SALES), sale_id)
