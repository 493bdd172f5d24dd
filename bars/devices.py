"""A browser remembers by a signed cookie, which says nothing of them, who has signed in with it.

It opens nothing: who guesses at their passwords elsewhere doesn't keep it out (bars/services/guessing.py).
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bars.services.guessing import digest

SALT = "device"
LIFETIME = timedelta(days=180)  # since somebody has last signed in
MOST_PEOPLE = 12  # of a bar's one till; who hasn't signed in for longest is forgotten


class DeviceMiddleware:
    """Writes the cookie where somebody has just signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if username := getattr(request, "has_signed_in", ""):
            remember(request, response, username)
        return response


def known_device(request: Any, username: str) -> str:
    """The id of the browser, if this person has signed in with it before; else an empty text."""
    device, people = read(request)
    return device if person(username) in people else ""


def remember(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    device, people = read(request)
    name = person(username)
    names = [name, *(one for one in people if one != name)][:MOST_PEOPLE]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device or secrets.token_hex(8), *names], salt=SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def read(request: Any) -> tuple[str, list[str]]:
    """The browser's id and its people; empty where the cookie isn't ours or too old."""
    try:
        kept = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
        device, *people = signing.loads(kept, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return "", []
    return device, people


def person(username: str) -> str:
    return digest("person", username)[:16]
