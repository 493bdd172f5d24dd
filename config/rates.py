"""The API's budget: RATE_LIMIT requests in 15 minutes for each person, and for each address of who is nobody."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import Operation
from structlog.contextvars import bind_contextvars

from bars.auth import signed_in
from bars.identities import Nobody
from bars.limits import address_of
from realtime.errors import SignInRequired
from realtime.rate import TooManyRequests, limiter


def counted(request: HttpRequest) -> Any:
    """Who is asking, for `auth=`, once their request has been counted. Raises as signed_in, and TooManyRequests."""
    try:
        user = signed_in(request)
    except SignInRequired:
        charge(request, f"address.{address_of(request)}")
        raise
    bind_contextvars(user=str(user.pk))
    charge(request, f"user.{user.pk}")
    return user


def counted_or_nobody(request: HttpRequest) -> Any:
    """As `counted`, for what is public too: who shows nothing to be known by is nobody, and counted by address."""
    if request.headers.get("Authorization") or request.user.is_authenticated:
        return counted(request)
    charge(request, f"address.{address_of(request)}")
    request.identity = Nobody(address_of(request))  # type: ignore[attr-defined]
    return request.user


def count_strangers(run: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates the `run` of an operation that asks nobody to sign in: it is counted by address."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    view = operation.view_func

    @functools.wraps(view)
    def charged(request: HttpRequest, **values: Any) -> Any:
        if not operation.auth_callbacks:
            charge(request, f"address.{address_of(request)}")
        return view(request, **values)

    operation.view_func = charged
    return run


def charge(request: HttpRequest, who: str) -> None:
    """Count a request. Raises TooManyRequests."""
    if not settings.RATE_LIMIT:
        return
    budget = limiter.take(who, settings.RATE_LIMIT)
    request.budget = budget  # type: ignore[attr-defined]
    if not budget.is_granted:
        raise TooManyRequests(retry_after=budget.retry_after)


def say_what_is_left(request: HttpRequest, response: HttpResponseBase) -> None:
    """RateLimit headers, on whatever was counted."""
    if budget := getattr(request, "budget", None):
        for name, value in budget.headers.items():
            response[name] = value
