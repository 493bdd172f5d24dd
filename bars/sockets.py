"""Who opens a WebSocket: a bearer token in the header, or the session's cookie from a trusted page."""

from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from bars.auth import bearer, user_of_token


class PersonMiddleware:
    """Sets scope["user"]. A cookie counts only with an Origin: a program that forgot its token is nobody."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: Any, send: Any) -> Any:
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if token := bearer(header):
            user = await database_sync_to_async(user_of_token)(token)
            scope["user"] = user or AnonymousUser()
        else:
            scope["user"] = await get_user(scope) if scope["has_origin"] else AnonymousUser()
        return await self.app(scope, receive, send)
