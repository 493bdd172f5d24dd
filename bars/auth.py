"""Who is asking: a bearer token, or the session's cookie."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from ninja.utils import check_csrf

from bars.models import AccessToken, User, digest
from realtime.errors import NotAllowed, SignInRequired


class Forged(NotAllowed):
    code, title = "csrf", "The form is too old: reload the page and try again."


def bearer(header: str) -> str:
    """The token of an Authorization header, or an empty text."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def user_of_token(token: str) -> User | None:
    """The active user of a token that has not expired, their password being the same; in one query."""
    found = (
        AccessToken.objects.select_related("user")
        .filter(digest=digest(token), expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )
    return found.user if found and has_same_password(found.user, found.auth_hash) else None


def user_of_session(session: Mapping[str, Any]) -> User | None:
    """The active user of a session, as Django finds them, but leaving the session as it is.

    Django gives the session another key after a change of SECRET_KEY; a handshake can't send that cookie.
    """
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=session[SESSION_KEY], is_active=True).first()  # stands beside the backend
    return user if user and has_same_password(user, session.get(HASH_SESSION_KEY, "")) else None


def has_same_password(user: User, auth_hash: str) -> bool:
    """Whether the password is still the one of `auth_hash`, made with this SECRET_KEY or one before it."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(auth_hash, one) for one in hashes)


def signed_in(request: HttpRequest) -> Any:
    """The user of an API request, for `auth=`; django-ninja keeps it as `request.auth`.

    Raises SignInRequired, and Forged where a session's unsafe request lacks the CSRF token.
    """
    if token := bearer(request.headers.get("Authorization", "")):
        if (user := user_of_token(token)) is None:
            raise SignInRequired("The token is unknown or has expired.")
        request.user = user
        return user
    if not request.user.is_authenticated:
        raise SignInRequired()
    if check_csrf(request):
        raise Forged()
    return request.user
