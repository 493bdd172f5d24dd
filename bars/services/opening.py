"""A new bar, with the owner who opens it."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext_lazy as _

from bars.models import Bar, Member, User
from bars.permissions import Permission
from bars.services.team import Added
from bars.transactions import KeyReused, durably
from realtime.acting import acting
from realtime.errors import NotAllowed, Problem

MOST_OWNED = 50  # bars of one owner; a chain that is larger is opened by operators


@dataclass(frozen=True)
class NewBar:
    """What is said of a bar when it opens; all of it can be changed until its first sale."""

    key: UUID
    name: str
    time_zone: str
    currency: str
    closing_hour: int
    address: str = ""
    phone: str = ""


class TooManyBars(Problem):
    status, code = 409, "too_many_bars"
    title = format_lazy(
        _("{most} bars are yours already: ask the operators of the platform for more."), most=MOST_OWNED
    )


def may_open(user: User) -> bool:
    """Whether this person may open a bar: an owner another one, and who works in none the first.

    Operators open bars in the admin, for others. With OPEN_BARS off, only they do.
    """
    if not settings.OPEN_BARS or user.is_superuser:
        return False
    members = user.memberships
    return not members or any(member.can(Permission.MANAGE_OWNERS) for member in members)


@durably
def open_bar(user: User, new: NewBar) -> Added:
    """A bar and its owner's membership, in one; asking again with the same key answers with the same bar.

    Raises NotAllowed, TooManyBars, KeyReused or StillRunning.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one after another
    if stored := Member.objects.filter(user=user, key=new.key).select_related("bar", "user").first():
        if (stored.bar.name, stored.bar.currency, stored.bar.time_zone) != (new.name, new.currency, new.time_zone):
            raise KeyReused()
        return Added(stored, is_replay=True)
    if not may_open(user):
        raise NotAllowed(_("A bar is opened by who owns one, or works in none yet."))
    if sum(member.can(Permission.MANAGE_OWNERS) for member in user.memberships) >= MOST_OWNED:
        raise TooManyBars()
    acting(user.pk)
    bar = Bar.objects.create(
        name=new.name,
        slug=f"{slugify(new.name)[:31] or 'bar'}-{uuid4().hex[:8]}",
        currency=new.currency,
        time_zone=new.time_zone,
        closing_hour=new.closing_hour,
        address=new.address,
        phone=new.phone,
    )
    member = Member.objects.create(bar=bar, user=user, role=Member.Role.OWNER, key=new.key)
    return Added(member, is_replay=False)
