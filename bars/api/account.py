"""A person's own account by the API."""

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from bars.identities import BySession
from bars.limits import check_rate
from bars.services.accounts import WrongPassword, change_password
from bars.services.team import WeakPassword
from realtime.errors import refuses

router = Router(tags=["people"])
MOST_TRIES = 20  # at a password, in 15 minutes


class PasswordIn(Schema):
    model_config = ConfigDict(extra="forbid")
    current: str = Field(max_length=128)
    new: str = Field(min_length=1, max_length=128)


@router.put(
    "/account/password",
    response={204: None},
    summary="Change your password",
    openapi_extra=refuses(WrongPassword, WeakPassword),
)
def put_password(request: HttpRequest, body: PasswordIn) -> Status[None]:
    """Signs you out everywhere else, and ends your tokens; the browser you ask with stays signed in."""
    check_rate(f"password.{request.user.pk}", MOST_TRIES)
    keep = request.session if isinstance(request.identity, BySession) else None  # type: ignore[attr-defined]
    change_password(request.user, current=body.current, new=body.new, keep=keep)  # type: ignore[arg-type]
    return Status(204, None)
