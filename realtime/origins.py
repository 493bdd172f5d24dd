"""Which pages may open a WebSocket: an explicit list of scheme, host and port."""

import time
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings


class OriginMiddleware:
    """Refuses a handshake whose Origin is not in TRUSTED_ORIGINS.

    Channels' own validator compares hosts only, and a browser sends cookies whatever the scheme or
    port. Programs send no Origin: they are let through and must bring a bearer token.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: Any, send: Any) -> Any:
        scope["began"] = time.perf_counter()
        origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        if origins and (len(origins) > 1 or origins[0] not in settings.TRUSTED_ORIGINS):
            return await WebsocketDenier()(scope, receive, send)
        scope["has_origin"] = bool(origins)
        return await self.app(scope, receive, send)
