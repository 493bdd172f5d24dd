"""Sessions that know whose they are, so that a person's can be ended, and each end be told.

One ends SESSION_COOKIE_AGE after signing in, and SESSION_IDLE after its last use: a request, or a live connection,
which begins anew at least every 75 minutes. Its row is written for that once in ten minutes.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from bars.compiled import Compiled
from bars.events import access_of
from realtime import clock

IS_SOMEBODYS = pgtrigger.Q(old__user__isnull=False)
ENDS_SOONER = pgtrigger.Q(new__expire_date__lt=pgtrigger.F("old__expire_date"))
BEGAN = "_began"
SELDOM = timedelta(minutes=10)
# Who changes or ends a row at that moment is not waited for.
PROLONG = """
UPDATE bars_session AS one SET expire_date = asked.ends
FROM (
    SELECT session_key, ends FROM unnest(%s::text[], %s::timestamptz[]) AS asked (key, ends)
    JOIN bars_session ON session_key = key AND expire_date < ends
    FOR NO KEY UPDATE OF bars_session SKIP LOCKED
) AS asked
WHERE one.session_key = asked.session_key
"""
CHANGES_HANDS = pgtrigger.Q(new__user__df=pgtrigger.F("old__user"))


class Session(AbstractBaseSession):
    """Nobody's until they sign in. Its key signs in whoever knows it: shown nowhere."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"), null=True
    )

    class Meta(AbstractBaseSession.Meta):
        triggers = [
            access_of("OLD.user_id", name="access_ended", operation=pgtrigger.Delete, condition=IS_SOMEBODYS),
            access_of(
                "OLD.user_id",
                name="access_shortened",
                operation=pgtrigger.UpdateOf("user_id", "expire_date"),
                condition=IS_SOMEBODYS & (ENDS_SOONER | CHANGES_HANDS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.expire_date:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


OPEN_SESSION = Compiled(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(DatabaseStore):
    """Django's, which fills in the person; `expires_at` is the row's, once it has been read."""

    expires_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        begin(data)
        return self._filled(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        begin(data)
        return self._filled(await super().acreate_model_instance(data), data)

    def _filled(self, session: Any, data: dict[str, Any]) -> Session:
        session.user_id = data.get(SESSION_KEY)
        self.expires_at = session.expire_date = latest_end(data) or session.expire_date
        return session

    def _get_session_from_db(self) -> Session | None:
        row = OPEN_SESSION.first(key=self.session_key, now=clock.now())
        if row:
            prolong([row])
            self.expires_at = row.expire_date
        else:
            self._session_key, self.expires_at = None, None
        return row


def begin(data: dict[str, Any]) -> None:
    """Note when somebody signs in, once: saving the session later doesn't make it young again."""
    if SESSION_KEY in data:
        data.setdefault(BEGAN, clock.now().timestamp())


def latest_end(data: dict[str, Any]) -> datetime | None:
    """When a session that is used now ends; None for nobody's, and for one from before this was noted."""
    if BEGAN not in data:
        return None
    whole = datetime.fromtimestamp(data[BEGAN], UTC) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min(whole, clock.now() + timedelta(seconds=settings.SESSION_IDLE))


def prolong(rows: Iterable[Session]) -> None:
    """They are in use. One statement for all that are due, or none."""
    due, fresh = {}, clock.now() + timedelta(seconds=settings.SESSION_IDLE) - SELDOM
    for row in rows:
        ends = latest_end(row.get_decoded()) if row.expire_date < fresh else None
        if ends and ends - row.expire_date > SELDOM:
            due[row.session_key] = row.expire_date = ends
    if due:
        with connection.cursor() as cursor:
            cursor.execute(PROLONG, [list(due), list(due.values())])
