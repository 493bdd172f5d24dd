"""Who works in a bar: people are added, get another role or name, leave and come back."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from bars.models import Bar, Member, User
from bars.permissions import OVER, Permission
from bars.transactions import KeyReused, durably
from realtime.acting import acting
from realtime.errors import NotAllowed, NotFound, Problem


@dataclass(frozen=True)
class NewPerson:
    """Somebody to add. Without a username it is a name to credit sales to, who can't sign in."""

    key: UUID
    name: str
    role: Member.Role
    username: str = ""
    password: str = ""


@dataclass(frozen=True)
class Added:
    """A member as it stands; `is_replay` when the key had added them before and nothing new was written."""

    member: Member
    is_replay: bool


class UsernameTaken(Problem):
    """Usernames are the platform's: whose it is, and where they work, is not told."""

    status, code, title = 409, "username_taken", _("This username is taken: choose another one.")
    constraints = ("bars_user_username_key",)


class NameTaken(Problem):
    status, code, title = 409, "name_taken", _("Somebody in this team has that name: add an initial.")


class WeakPassword(Problem):
    """`errors` says what is wrong with it."""

    code, title = "weak_password", _("This password is too easy to guess.")


class NotYourself(Problem):
    status, code, title = 409, "not_yourself", _("Nobody changes their own place in the team: ask another.")


class LastOwner(Problem):
    status, code, title = 409, "last_owner", _("A bar keeps an owner: name another one first.")
    constraints = ("a_bar_keeps_an_owner",)


class OwnAccount(Problem):
    status, code, title = 409, "own_account", _("Who has an account of their own names themselves.")


def add_person(actor: Member, person: NewPerson) -> Added:
    """Add a person with a new account, or by name alone; asking again with the same key answers the same.

    Raises NotAllowed, WeakPassword, UsernameTaken, NameTaken, KeyReused or StillRunning. Who has an account
    already comes by invitation: typing a username must neither show a person nor pull them into a bar.
    """
    check_may(actor, person.role, may_sign_in=bool(person.username))
    return _add(actor, person, password_of(person))  # hashed here: slow work waits for nobody's lock


def password_of(person: NewPerson) -> str:
    """The hash to keep; unusable for a name alone. Raises WeakPassword."""
    if not person.username:
        return make_password(None)
    return hashed(person.password, User(username=person.username, first_name=person.name))


def hashed(password: str, user: User) -> str:
    """The hash to keep of a person's new password. Raises WeakPassword."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), errors=error.messages) from None
    return make_password(password)


@durably
def _add(actor: Member, person: NewPerson, password: str) -> Added:
    actor = lock_team(actor)
    if stored := Member.objects.filter(bar_id=actor.bar_id, key=person.key).select_related("user", "bar").first():
        if (stored.user.first_name, stored.role, stored.username or "") != (person.name, person.role, person.username):
            raise KeyReused()
        return Added(stored, is_replay=True)
    check_may(actor, person.role, may_sign_in=bool(person.username))
    check_name(actor.bar_id, person.name)
    username = person.username or f"{slugify(person.name)[:20] or 'x'}-{uuid4().hex[:12]}"
    if User.objects.filter(username=username).exists():
        raise UsernameTaken()
    user = User.objects.create(username=username, first_name=person.name, password=password)
    member = Member.objects.create(bar=actor.bar, user=user, role=person.role, key=person.key)
    return Added(member, is_replay=False)


@durably
def give_role(actor: Member, *, member_id: UUID, role: Member.Role) -> Member:
    """Raises NotFound, NotAllowed, NotYourself, LastOwner or StillRunning."""
    actor, member = lock_both(actor, member_id)
    check_may(actor, member.role, role, may_sign_in=member.username is not None)
    return _write(member, role=role)


@durably
def send_away(actor: Member, *, member_id: UUID) -> Member:
    """They may do nothing here from the next request on; what they did stays theirs. Raises like `give_role`."""
    actor, member = lock_both(actor, member_id)
    check_may(actor, member.role)
    return _write(member, is_active=False)


@durably
def welcome_back(actor: Member, *, member_id: UUID) -> Member:
    """Raises like `give_role`, and NameTaken."""
    actor, member = lock_both(actor, member_id)
    check_may(actor, member.role)
    if not member.is_active:
        check_name(member.bar_id, member.user.first_name)
    return _write(member, is_active=True)


@durably
def rename(actor: Member, *, member_id: UUID, name: str) -> Member:
    """Give somebody without an account another name. Raises like `give_role`, NameTaken and OwnAccount.

    An account is a person's own and may be known in other bars, which would see the new name too.
    """
    actor, member = lock_both(actor, member_id)
    check_may(actor, member.role)
    if member.username is not None or Member.objects.filter(user=member.user).exclude(pk=member.pk).exists():
        raise OwnAccount()
    if member.user.first_name != name:
        check_name(member.bar_id, name)
        member.user.first_name = name
        member.user.save(update_fields=["first_name"])
    return member


def lock_team(actor: Member) -> Member:
    """Have the bar's team alone until the transaction ends, as who asks; they, as they stand now.

    Call inside a transaction. Raises NotFound for who has been sent away meanwhile.
    """
    Bar.objects.select_for_update(no_key=True).get(pk=actor.bar_id)
    now = Member.objects.active().filter(pk=actor.pk).select_related("bar", "user").first()
    if now is None:
        raise NotFound(_("There is no such bar for you."))
    acting(now.user_id)
    return now


def lock_both(actor: Member, member_id: UUID) -> tuple[Member, Member]:
    """Who asks and whom it is about, as they stand now. Call inside a transaction. Raises NotFound or NotYourself."""
    actor = lock_team(actor)
    member = Member.objects.filter(bar_id=actor.bar_id, pk=member_id).select_related("bar", "user").first()
    if member is None:
        raise NotFound(_("There is no such person in this team."))
    if member.pk == actor.pk:
        raise NotYourself()
    return actor, member


def check_may(actor: Member, *roles: str, may_sign_in: bool = True) -> None:
    """Raises NotAllowed where the actor may not grant or take one of these roles, or nobody may to a mere name."""
    for role in roles:
        if not actor.can(OVER[role]):
            told = _("Your role (%(role)s) does not allow you to manage a %(other)s: ask an owner.")
            raise NotAllowed(told % {"role": actor.get_role_display(), "other": Member.Role(role).label})
        if not may_sign_in and OVER[role] != Permission.INVITE_WAITERS:
            raise NotAllowed(_("Who can't sign in can't manage either: invite them with an account."))


def check_name(bar_id: UUID, name: str) -> None:
    """Raises NameTaken: on the till two people of one name would be credited with each other's sales."""
    if Member.objects.active().filter(bar_id=bar_id, user__first_name__iexact=name).exists():
        raise NameTaken()


def _write(member: Member, **fields: object) -> Member:
    """Nothing where that is what stands there already."""
    changed = [name for name, value in fields.items() if getattr(member, name) != value]
    for name in changed:
        setattr(member, name, fields[name])
    if changed:
        member.save(update_fields=changed)
    return member
