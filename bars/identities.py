"""By what a person is signed in, asked again for as long as their connections live."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db.models.expressions import RawSQL
from django.utils.crypto import constant_time_compare

from bars.models import AccessToken, Session, User
from realtime import clock
from realtime.identity import Identity


@dataclass(frozen=True, eq=False)
class SignedIn:
    """`key` names the row that signs `user` in until `expires_at`, with the password of then."""

    user: Any
    expires_at: datetime
    key: str
    address: ClassVar[str] = ""

    @classmethod
    def users(cls, keys: list[str]) -> Mapping[str, User]:
        """The active users of those rows that still sign somebody in, as they are now, by key; in one query."""
        raise NotImplementedError

    def check(self) -> User | None:
        return users_now([self]).get(self)

    @staticmethod
    def check_many(identities: Collection[Identity]) -> Mapping[Identity, User]:
        return users_now(identities)


class BySession(SignedIn):
    @classmethod
    def users(cls, keys: list[str]) -> Mapping[str, User]:
        rows = Session.objects.filter(session_key__in=each(keys), expire_date__gt=clock.now(), user__is_active=True)
        rows = rows.select_related("user").defer("session_data", "expire_date")
        return {row.session_key: row.user for row in rows if row.user}


class ByToken(SignedIn):
    @classmethod
    def users(cls, keys: list[str]) -> Mapping[str, User]:
        rows = AccessToken.objects.filter(digest__in=each(keys), expires_at__gt=clock.now(), user__is_active=True)
        rows = rows.select_related("user").defer("created_at", "expires_at")
        return {row.digest: row.user for row in rows if has_same_password(row.user, row.auth_hash)}


@dataclass(frozen=True, eq=False)
class Nobody:
    """Of who is not signed in, which nothing ends: known by the address."""

    address: str
    user: AnonymousUser = field(default_factory=AnonymousUser)
    expires_at: None = None

    def check(self) -> AnonymousUser:
        return self.user

    @staticmethod
    def check_many(identities: Collection[Identity]) -> Mapping[Identity, AnonymousUser]:
        return {one: one.user for one in identities}


def users_now(identities: Collection[Identity]) -> dict[Identity, User]:
    """The people behind those that still hold, as they are now: one query for sessions, one for tokens."""
    found: dict[Identity, User] = {}
    for way in (BySession, ByToken):
        those = [one for one in identities if isinstance(one, way)]
        users = way.users([one.key for one in those]) if those else {}
        for one in those:
            now = users.get(one.key)
            if now and (now.pk, now.password) == (one.user.pk, one.user.password):
                found[one] = now
    return found


def each(keys: list[str]) -> RawSQL:
    """For `__in`: one parameter, so that one statement serves any number of keys."""
    return RawSQL("SELECT unnest(%s::text[])", [keys])


def has_same_password(user: User, auth_hash: str) -> bool:
    """Whether the password is still the one of `auth_hash`, made with this SECRET_KEY or one before it."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(auth_hash, one) for one in hashes)
