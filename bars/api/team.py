"""The team by the API: who works in a bar, as what, and how others join."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.models import Member
from bars.permissions import Permission
from bars.queries import sellers, team
from bars.replays import mark_replay
from bars.schemas.team import MemberOut, NameIn, PersonIn, RoleIn, SellerOut
from bars.services.team import (
    LastOwner,
    NameTaken,
    NotYourself,
    OwnAccount,
    UsernameTaken,
    WeakPassword,
    add_person,
    give_role,
    rename,
    send_away,
    welcome_back,
)
from bars.transactions import KeyReused
from realtime.errors import refuses

router = Router(tags=["team"])


@router.get("/bars/{uuid:bar_id}/team", response=list[MemberOut], summary="Everybody who works or has worked here")
def list_team(request: HttpRequest, bar_id: UUID) -> QuerySet[Member]:
    membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return team(bar_id)


@router.get("/bars/{uuid:bar_id}/sellers", response=list[SellerOut], summary="Who a sale can be credited to")
def list_sellers(request: HttpRequest, bar_id: UUID) -> QuerySet[Member]:
    """The names on the till of a bar with one device."""
    membership(request.user, bar_id, Permission.SELL_FOR_OTHERS)
    return sellers(bar_id)


@router.post(
    "/bars/{uuid:bar_id}/team",
    response={201: MemberOut},
    summary="Add a person, with a new account or by name alone",
    openapi_extra=refuses(WeakPassword, UsernameTaken, NameTaken, KeyReused),
)
def create_member(request: HttpRequest, response: HttpResponse, bar_id: UUID, person: PersonIn) -> Status[Member]:
    """Who has an account already comes by invitation. A name alone can't sign in: sales are credited to it."""
    added = add_person(membership(request.user, bar_id, Permission.INVITE_WAITERS), person.person())
    mark_replay(response, added.is_replay)
    return Status(201, added.member)


@router.post(
    "/bars/{uuid:bar_id}/team/{uuid:member_id}/role",
    response=MemberOut,
    summary="Give a person another role",
    openapi_extra=refuses(NotYourself, LastOwner),
)
def change_role(request: HttpRequest, bar_id: UUID, member_id: UUID, body: RoleIn) -> Member:
    """It counts from their next request on. Only an owner grants or takes the roles of owner and co-owner."""
    actor = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return give_role(actor, member_id=member_id, role=body.role)


@router.post(
    "/bars/{uuid:bar_id}/team/{uuid:member_id}/name",
    response=MemberOut,
    summary="Give somebody without an account another name",
    openapi_extra=refuses(NotYourself, NameTaken, OwnAccount),
)
def change_name(request: HttpRequest, bar_id: UUID, member_id: UUID, body: NameIn) -> Member:
    actor = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return rename(actor, member_id=member_id, name=body.name)


@router.post(
    "/bars/{uuid:bar_id}/team/{uuid:member_id}/deactivate",
    response=MemberOut,
    summary="Send a person away; what they did stays theirs",
    openapi_extra=refuses(NotYourself, LastOwner),
)
def deactivate(request: HttpRequest, bar_id: UUID, member_id: UUID) -> Member:
    actor = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return send_away(actor, member_id=member_id)


@router.post(
    "/bars/{uuid:bar_id}/team/{uuid:member_id}/reactivate",
    response=MemberOut,
    summary="Take a person back, in the role they had",
    openapi_extra=refuses(NotYourself, NameTaken),
)
def reactivate(request: HttpRequest, bar_id: UUID, member_id: UUID) -> Member:
    actor = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return welcome_back(actor, member_id=member_id)
