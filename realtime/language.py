"""In which language a program or a person is answered."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language_from_request

ANY = "*"  # what JavaScript outside of browsers sends


def or_english(accepted: str | None) -> str:
    """An Accept-Language header; English where there is none, or where it takes any."""
    return "en" if accepted in (None, "", ANY) else str(accepted)


def language_of(scope: Any) -> str:
    """Of a WebSocket, by its handshake: as LocaleMiddleware finds it for a request."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    accepted = dict(scope.get("headers", ())).get(b"accept-language", b"").decode("latin-1")
    request.META["HTTP_ACCEPT_LANGUAGE"] = or_english(accepted)
    return get_language_from_request(request)
