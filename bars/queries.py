"""Reads of a bar's team."""

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from bars.changes import Change
from bars.models import Invitation, Member, MemberQuerySet


def team(bar_id: UUID) -> MemberQuerySet:
    """Everybody who works or has worked in the bar, by name; who has left comes last."""
    members = Member.objects.filter(bar_id=bar_id).select_related("user", "bar")
    return members.order_by("-is_active", Lower("user__first_name"), "user__username")


def sellers(bar_id: UUID) -> QuerySet[Member]:
    """Who can be credited with a sale now, by name."""
    members = Member.objects.active().filter(bar_id=bar_id).select_related("user")
    return members.order_by(Lower("user__first_name"), "user__username")


def open_invitations(bar_id: UUID) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted or revoked, newest first; those of which the time is over are among them."""
    waiting = Invitation.objects.filter(bar_id=bar_id, accepted_by=None, revoked_at=None)
    return waiting.select_related("created_by").order_by("-created_at", "-id")


def changes_of(bar_id: UUID) -> QuerySet[Change]:
    """What was changed of the bar's settings and team, with the people."""
    return Change.objects.filter(bar_id=bar_id).select_related("who", "person")
