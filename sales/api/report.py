"""The evening report by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bars.access import membership
from bars.days import Day
from bars.permissions import Permission
from sales.queries.reports import figures_of
from sales.report import report_text
from sales.schemas.report import Language, ReportOut

router = Router(tags=["figures"])


TEXT = {"responses": {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}


@router.get(
    "/bars/{uuid:bar_id}/report",
    response={200: None},
    summary="The evening report of a business date as text, ready to be sent by WhatsApp",
    openapi_extra=TEXT,
)
def evening_report(
    request: HttpRequest, bar_id: UUID, on: Day | None = None, language: Language = "fr"
) -> HttpResponse:
    """Of the running business date where none is asked."""
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    text = report_text(figures_of(member.bar, on), language)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@router.get(
    "/bars/{uuid:bar_id}/report/figures", response=ReportOut, summary="The evening report with the figures it tells"
)
def evening_figures(
    request: HttpRequest, bar_id: UUID, on: Day | None = None, language: Language = "fr"
) -> dict[str, Any]:
    member = membership(request.user, bar_id, Permission.ANALYTICS)
    figures = figures_of(member.bar, on)
    return {"text": report_text(figures, language), "figures": figures}
