"""Who is asking: a bearer token, or the session's cookie."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.utils import check_csrf

from bars.identities import BySession, ByToken, each, has_same_password
from bars.models import AccessToken, Session, digest
from bars.sessions import prolong
from realtime import clock
from realtime.errors import NotAllowed, SignInRequired


class Forged(NotAllowed):
    code, title = "csrf", _("The form is too old: reload the page and try again.")


def bearer(header: str) -> str:
    """The token of an Authorization header, or an empty text."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def identity_of_token(token: str) -> ByToken | None:
    """Whose token this is: an active user's, not expired, their password being the same; in one query."""
    return token_holder(active_tokens().filter(digest=digest(token)).first())


def identities_of_tokens(tokens: list[str]) -> list[ByToken | None]:
    """As `identity_of_token`, for each of many, in one query."""
    digests = [digest(token) for token in tokens]
    found = {row.digest: token_holder(row) for row in active_tokens().filter(digest__in=each(digests))}
    return [found.get(one) for one in digests]


def identities_of_sessions(keys: list[str]) -> list[BySession | None]:
    """Whose sessions these are, as Django finds them, but in one query for all; they are in use until later then.

    Django gives the session another key after a change of SECRET_KEY; a handshake can't send that cookie.
    """
    rows = Session.objects.select_related("user").filter(
        session_key__in=each(keys), expire_date__gt=clock.now(), user__is_active=True
    )
    prolong(rows)
    found = {row.session_key: session_holder(row) for row in rows}
    return [found.get(key) for key in keys]


def active_tokens() -> QuerySet[AccessToken]:
    return AccessToken.objects.select_related("user").filter(expires_at__gt=clock.now(), user__is_active=True)


def token_holder(row: AccessToken | None) -> ByToken | None:
    return ByToken(row.user, row.expires_at, row.digest) if row and has_same_password(row.user, row.auth_hash) else None


def session_holder(row: Session) -> BySession | None:
    data = row.get_decoded()
    if row.user is None or data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    if not has_same_password(row.user, data.get(HASH_SESSION_KEY, "")):
        return None
    return BySession(row.user, row.expire_date, row.session_key)


def signed_in(request: HttpRequest) -> Any:
    """The user of an API request, for `auth=`; django-ninja keeps it as `request.auth`.

    `request.identity` is for what outlives the request. Raises SignInRequired, and Forged where a
    session's unsafe request lacks the CSRF token.
    """
    if token := bearer(request.headers.get("Authorization", "")):
        if (identity := identity_of_token(token)) is None:
            raise SignInRequired(_("The token is unknown or has expired."))
        request.user = identity.user
    elif not request.user.is_authenticated:
        raise SignInRequired()
    elif request.headers.get("Page-For", str(request.user.pk)) != str(request.user.pk):
        raise SignInRequired(_("Somebody else has signed in since this page was opened."))
    elif check_csrf(request):
        raise Forged()
    request.identity = identity if token else identity_of_request(request)  # type: ignore[attr-defined]
    return request.user


def identity_of_request(request: HttpRequest) -> BySession:
    """Of a request that Django has found the user of, by its session; without a query."""
    session: Any = request.session
    return BySession(request.user, session.expires_at or session.get_expiry_date(), session.session_key)
