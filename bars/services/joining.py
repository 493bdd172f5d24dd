"""Joining a team with a new account: who has a code of an invitation, and works nowhere yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password

from bars.models import Invitation, Member, User
from bars.services.invitations import UnknownInvitation, check_open, digest_of, lock_invitation
from bars.services.team import Added, UsernameTaken, check_name, hashed
from bars.transactions import durably
from realtime.acting import acting


@dataclass(frozen=True)
class Newcomer:
    """Who asks for an account, with the code that was passed on to them."""

    key: UUID
    code: str
    name: str
    username: str
    password: str


def open_door(code: str, at: datetime) -> Invitation:
    """The invitation that this code opens now. Raises UnknownInvitation: wrong, used and old codes look alike."""
    invitation = Invitation.objects.select_related("bar").filter(digest=digest_of(code), bar__is_active=True).first()
    if invitation is None:
        raise UnknownInvitation()
    check_open(invitation, at)
    return invitation


def join(newcomer: Newcomer, *, at: datetime) -> Added:
    """A new account in the team of the code; asking again with the same key and password answers the same.

    Raises UnknownInvitation, WeakPassword, UsernameTaken, NameTaken or StillRunning. Whether a username is taken
    is told to nobody without an open code.
    """
    try:
        open_door(newcomer.code, at)  # before a password is hashed, which is slow
        password = hashed(newcomer.password, User(username=newcomer.username, first_name=newcomer.name))
        return Added(_join(newcomer, password, at), is_replay=False)
    except UnknownInvitation:
        if member := _joined_before(newcomer):
            return Added(member, is_replay=True)
        raise


@durably
def _join(newcomer: Newcomer, password: str, at: datetime) -> Member:
    invitation = lock_invitation(digest_of(newcomer.code))
    check_open(invitation, at)
    check_name(invitation.bar_id, newcomer.name)
    if User.objects.filter(username=newcomer.username).exists():
        raise UsernameTaken()
    user = User.objects.create(username=newcomer.username, first_name=newcomer.name, password=password)
    acting(user.pk)
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_by"])
    return Member.objects.create(bar=invitation.bar, user=user, role=invitation.role, key=newcomer.key)


def _joined_before(newcomer: Newcomer) -> Member | None:
    """Whom this very request has made, where its answer was lost: only they know key and password."""
    used = Invitation.objects.filter(digest=digest_of(newcomer.code), accepted_by__username=newcomer.username).first()
    if used is None:
        return None
    made = Member.objects.active().filter(bar_id=used.bar_id, user=used.accepted_by, key=newcomer.key)
    member = made.select_related("user", "bar").first()
    return member if member and check_password(newcomer.password, member.user.password) else None
