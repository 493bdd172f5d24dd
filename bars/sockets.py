"""Who opens a WebSocket: a bearer token in the header, or the session's cookie from a trusted page."""

import logging
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError

from bars.auth import bearer, user_of_session, user_of_token
from bars.models import User
from realtime.threads import in_thread

log = logging.getLogger(__name__)


class PersonMiddleware:
    """Sets scope["user"]; None where the database can't be asked, for the consumer to tell.

    A cookie counts only with an Origin: a program that forgot its token is nobody.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: Any, send: Any) -> Any:
        try:
            scope["user"] = await person(scope) or AnonymousUser()
        except (OperationalError, InterfaceError) as error:
            log.warning("could not look up who opens a socket: %s", error)
            scope["user"] = None
        return await self.app(scope, receive, send)


async def person(scope: dict) -> User | None:
    """The user of a handshake, if there is one. Raises OperationalError or InterfaceError."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if token := bearer(header):
        return await in_thread(user_of_token)(token)
    return await in_thread(user_of_session)(scope["session"]) if scope["has_origin"] else None
