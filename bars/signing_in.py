"""The one way by which a name and a password sign somebody in: the page, the admin and the API all ask here."""

import logging
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from bars.compiled import Compiled
from bars.devices import known_device
from bars.limits import address_of
from bars.models import User
from bars.services.guessing import TooManyGuesses, count_guess, debts_of, take_back_guess

log = logging.getLogger(__name__)


ACTIVE_USER = Compiled(lambda user: User.objects.filter(pk=user, is_active=True))


class GuardedBackend(ModelBackend):
    """Django's, which takes equally long for unknown names, and no more tries than SIGN_IN_LIMIT allows."""

    def get_user(self, user_id: Any) -> User | None:
        return ACTIVE_USER.first(user=user_id)

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **others: Any
    ) -> Any:
        """The user, or None. Raises TooManyGuesses."""
        if username is None or password is None:
            return None
        if request is None or not settings.SIGN_IN_LIMIT:  # a program on the server
            return super().authenticate(request, username, password)
        device = known_device(request, username)
        debts = debts_of(username=username, address=address_of(request), device=device)
        try:
            count_guess(debts)
        except TooManyGuesses as refusal:
            log.warning("a try at a password was refused for %s s", refusal.data["retry_after"])
            raise
        user = super().authenticate(request, username, password)
        if user is not None:
            take_back_guess(debts)
            request.has_signed_in = username  # type: ignore[attr-defined]
        return user

    async def aauthenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> Any:
        """Django's own looks at the password by itself."""
        return await sync_to_async(self.authenticate)(request, *args, **credentials)
