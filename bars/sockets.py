"""Who opens a WebSocket: a bearer token in the header, or the session's cookie from a trusted page."""

import logging
import re
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from bars.auth import bearer, identities_of_sessions, identities_of_tokens
from bars.identities import Nobody, SignedIn
from realtime.addresses import client_address
from realtime.hub import hub

KEY = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
log = logging.getLogger(__name__)


class PersonMiddleware:
    """Sets scope["identity"] and scope["user"]; None where the database can't be asked, for the consumer to tell.

    A cookie counts only with an Origin: a program that forgot its token is nobody.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: Any, send: Any) -> Any:
        try:
            scope["identity"] = await identify(scope) or Nobody(address_of(scope))
        except (OperationalError, InterfaceError) as error:
            log.warning("could not look up who opens a socket: %s", error)
            scope["identity"] = None
        scope["user"] = scope["identity"] and scope["identity"].user
        return await self.app(scope, receive, send)


def address_of(scope: dict) -> str:
    """Of the client, by what our own proxies say."""
    peer, *_ = scope.get("client") or ("",)
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return client_address(peer, forwarded.decode("latin-1"), settings.TRUSTED_PROXIES)


async def identify(scope: dict) -> SignedIn | None:
    """Who a handshake proves to be. Raises OperationalError or InterfaceError."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if token := bearer(header):
        return await hub().batch(identities_of_tokens).ask(token)
    key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "") if scope["has_origin"] else ""
    if not KEY.fullmatch(key):  # asked together with others', nonsense would spoil their answers
        return None
    return await hub().batch(identities_of_sessions).ask(key)
