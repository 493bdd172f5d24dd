"""A bar's settings by the API."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from bars.access import membership
from bars.models import Bar
from bars.permissions import Permission
from bars.schemas.settings import SettingsIn, SettingsOut
from bars.services.settings import TermsStay, change_settings
from realtime.errors import refuses

router = Router(tags=["settings"])


@router.get("/bars/{uuid:bar_id}/settings", response=SettingsOut, summary="How the bar is run")
def show_settings(request: HttpRequest, bar_id: UUID) -> Bar:
    return membership(request.user, bar_id, Permission.CHANGE_SETTINGS).bar


@router.patch(
    "/bars/{uuid:bar_id}/settings",
    response=SettingsOut,
    summary="Change how the bar is run",
    openapi_extra=refuses(TermsStay),
)
def patch_settings(request: HttpRequest, bar_id: UUID, body: SettingsIn) -> Bar:
    """Currency, time zone and closing hour stay from the first sale on: they say what its figures mean."""
    member = membership(request.user, bar_id, Permission.CHANGE_SETTINGS)
    return change_settings(bar_id=bar_id, by=member.user_id, changes=body.changes())
