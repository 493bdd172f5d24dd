"""Signing in by the API, the caller's bars, and opening one."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status

from bars.access import membership
from bars.identities import SignedIn
from bars.models import AccessToken, Member
from bars.replays import mark_replay
from bars.schemas.opening import BarIn
from bars.services.guessing import TooManyGuesses
from bars.services.opening import TooManyBars, open_bar
from bars.services.sessions import end_sessions
from bars.transactions import KeyReused
from realtime.errors import NotAllowed, SignInRequired, refuses

router = Router(tags=["people"])


class Credentials(Schema):
    username: str = Field(max_length=150)
    password: str = Field(max_length=128)


class Token(Schema):
    token: str = Field(description="Send it as `Authorization: Bearer …`. It is told once.")
    expires_at: datetime


class Membership(Schema):
    id: UUID
    name: str
    slug: str
    role: str
    permissions: list[str]
    currency: str
    time_zone: str
    mode: str


class WrongCredentials(SignInRequired):
    code, title = "wrong_credentials", _("The name or the password is wrong.")


@router.post(
    "/auth/token",
    auth=None,
    response={201: Token},
    summary="Get a bearer token for 30 days",
    openapi_extra=refuses(WrongCredentials, TooManyGuesses),
)
def issue_token(request: HttpRequest, credentials: Credentials) -> Status[Token]:
    user = authenticate(request, username=credentials.username, password=credentials.password)
    if user is None:
        raise WrongCredentials()
    text, row = AccessToken.issue(user)
    return Status(201, Token(token=text, expires_at=row.expires_at))


@router.delete("/sessions", response={204: None}, summary="Sign out everywhere else")
def sign_out_elsewhere(request: HttpRequest) -> Status[None]:
    """Ends your other sessions and tokens, not the one you ask with; their live connections close at once."""
    identity: SignedIn = request.identity  # type: ignore[attr-defined]
    end_sessions(user_id=identity.user.pk, except_key=identity.key)
    return Status(204, None)


@router.get("/bars", response=list[Membership], summary="The bars you work in")
def list_bars(request: HttpRequest) -> list[Membership]:
    return [membership_of(member) for member in request.user.memberships]  # type: ignore[union-attr]


@router.post(
    "/bars",
    response={201: Membership},
    summary="Open a bar, and own it",
    openapi_extra=refuses(NotAllowed, TooManyBars, KeyReused),
)
def create_bar(request: HttpRequest, response: HttpResponse, bar: BarIn) -> Status[Membership]:
    """For owners, and for who works in no bar yet. Currency, time zone and closing hour stay from the first sale on."""
    opened = open_bar(request.user, bar.bar())  # type: ignore[arg-type]
    mark_replay(response, opened.is_replay)
    return Status(201, membership_of(opened.member))


@router.get("/bars/{uuid:bar_id}", response=Membership, summary="A bar you work in, and what you may do there")
def show_bar(request: HttpRequest, bar_id: UUID) -> Membership:
    return membership_of(membership(request.user, bar_id))


def membership_of(member: Member) -> Membership:
    bar = member.bar
    return Membership(
        id=bar.pk,
        name=bar.name,
        slug=bar.slug,
        role=member.role,
        permissions=sorted(member.permissions),
        currency=bar.currency,
        time_zone=bar.time_zone,
        mode=bar.mode,
    )
