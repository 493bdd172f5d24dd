"""Invitations: a code, told once, lets one person who has an account into a team."""

import secrets
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import Bar, Invitation, Member, User, digest
from bars.permissions import OVER
from bars.services.team import check_may, lock_team
from bars.transactions import durably
from realtime.acting import acting
from realtime.errors import NotFound, Problem

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that reads like something else
GROUPS, GROUP = 4, 4  # 80 bits: nobody guesses one in its seven days


class UnknownInvitation(Problem):
    """Wrong, expired, revoked and used codes look alike."""

    status, code, title = 404, "unknown_invitation", _("This code opens nothing: ask for another one.")


class AlreadyMember(Problem):
    status, code, title = 409, "already_member", _("You work in this bar already.")


class SentAway(Problem):
    status, code, title = 409, "sent_away", _("You have left this team: its owner can take you back.")


class InvitationUsed(Problem):
    status, code, title = 409, "invitation_used", _("Somebody has accepted this invitation: change the team instead.")


def new_code() -> str:
    """Sixteen characters in groups, to be read aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def digest_of(code: str) -> str:
    """Of the code as it was meant, however it was typed."""
    return digest("".join(character for character in code.upper() if character.isalnum()))


@durably
def invite(actor: Member, *, role: Member.Role, code: str, at: datetime) -> Invitation:
    """An invitation for seven days from `at`. Raises NotAllowed, NotFound or StillRunning."""
    actor = lock_team(actor)
    check_may(actor, role)
    invitation, _ = Invitation.objects.get_or_create(
        digest=digest_of(code),
        defaults={"bar": actor.bar, "role": role, "created_by": actor.user, "expires_at": at + Invitation.LIFETIME},
    )
    return invitation


@durably
def revoke(actor: Member, *, invitation_id: UUID, at: datetime) -> Invitation:
    """Close the door again. Raises NotFound, NotAllowed, InvitationUsed or StillRunning."""
    actor = lock_team(actor)
    invitation = Invitation.objects.filter(bar_id=actor.bar_id, pk=invitation_id).first()
    if invitation is None:
        raise NotFound(_("There is no such invitation."))
    check_may(actor, invitation.role)
    if invitation.accepted_by_id:
        raise InvitationUsed()
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
    return invitation


@durably
def accept(user: User, *, code: str, at: datetime) -> Member:
    """Join the team that the code is of; for who has joined with it before, that membership.

    Raises UnknownInvitation, AlreadyMember, SentAway or StillRunning. Who was sent away is taken back by
    the team, not by a code that still goes round.
    """
    invitation = lock_invitation(digest_of(code))
    member = Member.objects.filter(bar_id=invitation.bar_id, user=user).select_related("bar", "user").first()
    if member and member.is_active and invitation.accepted_by_id == user.pk:
        return member
    check_open(invitation, at)
    if member:
        raise AlreadyMember() if member.is_active else SentAway()
    acting(user.pk)
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_by"])
    return Member.objects.create(bar=invitation.bar, user=user, role=invitation.role)


def lock_invitation(found: str) -> Invitation:
    """With the bar's team: first that, as everywhere. Raises UnknownInvitation."""
    bar = Bar.objects.filter(invitations__digest=found, is_active=True)
    if bar.select_for_update(no_key=True, of=("self",)).first() is None:
        raise UnknownInvitation()
    return Invitation.objects.select_related("bar").get(digest=found)


def check_open(invitation: Invitation, at: datetime) -> None:
    """Raises UnknownInvitation; also where who has invited could not do so any more."""
    inviters = Member.objects.active().filter(bar_id=invitation.bar_id, user_id=invitation.created_by_id)
    inviter = inviters.select_related("bar").first()
    is_open = invitation.accepted_by_id is None and invitation.revoked_at is None and at < invitation.expires_at
    if not (is_open and inviter and inviter.can(OVER[invitation.role])):
        raise UnknownInvitation()
