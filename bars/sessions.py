"""Sessions that know whose they are, so that a person's can be ended, and each end be told."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.events import access_of

IS_SOMEBODYS = pgtrigger.Q(old__user__isnull=False)
ENDS_SOONER = pgtrigger.Q(new__expire_date__lt=pgtrigger.F("old__expire_date"))
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


class SessionStore(DatabaseStore):
    """Django's, which fills in the person; `expires_at` is the row's, once it has been read."""

    expires_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return owned(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return owned(await super().acreate_model_instance(data), data)

    def _get_session_from_db(self) -> Session | None:
        row = super()._get_session_from_db()  # type: ignore[misc]
        self.expires_at = row.expire_date if row else None
        return row


def owned(session: Any, data: dict[str, Any]) -> Session:
    session.user_id = data.get(SESSION_KEY)
    return session
