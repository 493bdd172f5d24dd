"""Sales as a file, by the API."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from bars.access import membership
from bars.days import BadDays, Day, Days
from bars.downloads import download
from bars.permissions import Permission
from realtime.errors import refuses
from sales.queries.exports import export_sales

router = Router(tags=["sales"])


@router.get(
    "/bars/{uuid:bar_id}/sales/export",
    summary="The sales of some business dates as CSV, one row for each line of a sale",
    openapi_extra=refuses(BadDays)
    | {"responses": {200: {"description": "The file", "content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def export_file(
    request: HttpRequest, bar_id: UUID, first: Day = Query(alias="from"), last: Day = Query(alias="to")
) -> HttpResponse | StreamingHttpResponse:
    """Streamed, oldest first. Amounts are in the currency's main unit; discount and total on a sale's first row."""
    member = membership(request.user, bar_id, Permission.EXPORT)
    days = Days(first, last).checked()
    name = f"{member.bar.slug}-sales-{first}-{last}.csv"
    return download(export_sales(member, days), name=name, media_type="text/csv")
