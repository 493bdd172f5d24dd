"""Who is asking: a bearer token, or the session's cookie."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
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
    """The active user of a token that has not expired, in one query."""
    found = (
        AccessToken.objects.select_related("user")
        .filter(digest=digest(token), expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )
    return found.user if found else None


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
