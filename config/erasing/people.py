"""A person who asks to be forgotten: what they did stays in the books, by a name that says nothing."""

from dataclasses import dataclass
from uuid import UUID

import pgtrigger
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Now, Replace
from django.utils.translation import gettext_lazy as _

from bars.models import AccessToken, Bar, Member, Session, User
from bars.services.sessions import end_now
from bars.services.team import LastOwner
from bars.transactions import durably
from config.erasing import alias_of
from config.erasing.guards import put_to_sleep
from realtime.errors import Problem
from realtime.models import Message
from stats.models import Player

NAMING = (User, Member, Session, AccessToken)  # what the admin's trail calls by the person's name, which comes first
NAMES = """
SELECT known.name FROM bars_change, unnest(ARRAY[was ->> 'username', became ->> 'username']) AS known (name)
WHERE kind = 'account' AND person_id = %s AND known.name IS NOT NULL
UNION SELECT %s
"""
FORGET_NAMES = """
UPDATE bars_change SET
    was = CASE WHEN jsonb_exists(was, 'username') THEN was || '{"username": null}' ELSE was END,
    became = CASE WHEN jsonb_exists(became, 'username') THEN became || '{"username": null}' ELSE became END
WHERE kind = 'account' AND person_id = %s
"""


class Operator(Problem):
    status, code = 409, "operator"
    title = _("An operator is erased once they are none: take away the superuser’s right first.")


@dataclass(frozen=True)
class Erased:
    """What has become of a person: the name that stays, how many bars they left, and how many messages are blank."""

    alias: str
    bars: int
    messages: int


def owned_alone(user: User) -> list[Bar]:
    """The bars that would be left without an owner."""
    owners = Member.objects.filter(role=Member.Role.OWNER, is_active=True)
    others = owners.filter(bar=OuterRef("bar")).exclude(user=user)
    return [member.bar for member in owners.filter(~Exists(others), user=user).select_related("bar")]


@durably
def erase_person(user_id: UUID) -> Erased:
    """Sign a person out for good, take them out of their bars, and take away what names them; again changes nothing.

    Only as the owner of the database. Raises User.DoesNotExist, Operator, LastOwner or StillRunning.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    alias = alias_of(user.pk)
    if user.username == alias:
        return Erased(alias, 0, 0)
    if user.is_superuser:
        raise Operator()
    if owned_alone(user):
        raise LastOwner()
    forget_in_trails(user, alias)
    end_now(user_id=user.pk, except_key="")
    bars = Member.objects.filter(user=user, is_active=True).update(is_active=False)
    said = Message.objects.filter(author=user, deleted_at=None)
    messages = said.update(text="", deleted_at=Now(), deleted_by=user)
    Player.objects.filter(user=user).update(name=alias)
    become_nobody(user, alias)
    forget_names(user)
    return Erased(alias, bars, messages)


def become_nobody(user: User, alias: str) -> None:
    """An account that nobody can sign in to."""
    user.username, user.first_name, user.last_name, user.email = alias, "", "", ""
    user.is_active = user.is_staff = False
    user.password = make_password(None)
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def forget_in_trails(user: User, alias: str) -> None:
    """The names by which the admin's trail calls the person, today's and former ones."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [user.pk, user.username])
        names = [name for [name] in cursor.fetchall()]
    kinds = ContentType.objects.get_for_models(*NAMING).values()
    for name in names:
        entries = LogEntry.objects.filter(
            Q(object_repr=name) | Q(object_repr__startswith=f"{name} · "), content_type__in=kinds
        )
        entries.update(object_repr=Replace(F("object_repr"), Value(name), Value(alias)))


def forget_names(user: User) -> None:
    """What the person was called before, in what was kept of changes of their account: that it changed stays known."""
    put_to_sleep(pgtrigger.registered("bars.Change:only_added"))  # nobody may change what was kept, and it is but this
    with connection.cursor() as cursor:
        cursor.execute(FORGET_NAMES, [user.pk])
