"""Invitations by the API."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from bars.access import membership
from bars.api.people import Membership, membership_of
from bars.limits import check_rate
from bars.models import Invitation, Member
from bars.permissions import Permission
from bars.queries import open_invitations
from bars.replays import mark_replay
from bars.schemas.team import CodeIn, InvitationIn, InvitationOut, JoinedOut, JoinIn, NewInvitation
from bars.services.invitations import (
    AlreadyMember,
    InvitationUsed,
    SentAway,
    UnknownInvitation,
    accept,
    digest_of,
    invite,
    new_code,
    revoke,
)
from bars.services.joining import join
from bars.services.team import NameTaken, UsernameTaken, WeakPassword
from realtime import clock
from realtime.errors import refuses

router = Router(tags=["team"])
MOST_TRIES = 20  # at joining with one code, in 15 minutes: nobody reads names off it


@router.get("/bars/{uuid:bar_id}/invitations", response=list[InvitationOut], summary="Invitations that are open")
def list_invitations(request: HttpRequest, bar_id: UUID) -> QuerySet[Invitation]:
    membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return open_invitations(bar_id).filter(expires_at__gt=clock.now())


@router.post("/bars/{uuid:bar_id}/invitations", response={201: NewInvitation}, summary="Invite somebody for seven days")
def create_invitation(request: HttpRequest, bar_id: UUID, body: InvitationIn) -> Status[NewInvitation]:
    """The code is told here and nowhere else. Has the answer been lost, revoke the invitation and make another."""
    actor, code = membership(request.user, bar_id, Permission.INVITE_WAITERS), new_code()
    invitation = invite(actor, role=body.role, code=code, at=clock.now())
    told = InvitationOut.from_orm(invitation).model_dump()
    return Status(201, NewInvitation.model_construct(**told, code=code))


@router.post(
    "/bars/{uuid:bar_id}/invitations/{uuid:invitation_id}/revoke",
    response=InvitationOut,
    summary="Take an invitation back",
    openapi_extra=refuses(InvitationUsed),
)
def revoke_invitation(request: HttpRequest, bar_id: UUID, invitation_id: UUID) -> Invitation:
    actor = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    return revoke(actor, invitation_id=invitation_id, at=clock.now())


@router.post(
    "/invitations/accept",
    response=Membership,
    summary="Join a team by its code",
    openapi_extra=refuses(UnknownInvitation, AlreadyMember, SentAway),
)
def accept_invitation(request: HttpRequest, body: CodeIn) -> Membership:
    """For who is signed in. Capitals, spaces and dashes don't matter; asking again answers the same."""
    return membership_of(accept(request.user, code=body.code, at=clock.now()))  # type: ignore[arg-type]


@router.post(
    "/invitations/join",
    auth=None,
    response={201: JoinedOut},
    summary="Join a team by its code, with a new account",
    openapi_extra=refuses(UnknownInvitation, WeakPassword, UsernameTaken, NameTaken),
)
def join_by_invitation(request: HttpRequest, response: HttpResponse, body: JoinIn) -> Status[Member]:
    """For who has no account yet. The code lets one person in; asking again with the same key answers the same."""
    check_rate(f"join.{digest_of(body.code)}", MOST_TRIES)
    joined = join(body.newcomer(), at=clock.now())
    mark_replay(response, joined.is_replay)
    return Status(201, joined.member)
