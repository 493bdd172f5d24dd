"""Pages that nobody signs in for: whoever has the address may look."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bars.limits import address_of
from realtime.rate import limiter

View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """Decorates a page: counted by address with the API's requests, not for search engines, kept by no cache."""

    @functools.wraps(view)
    def counted(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        wait = seconds_to_wait(request)
        response = render(request, "429.html", status=429) if wait else view(request, *args, **values)
        if wait:
            response["Retry-After"] = str(wait)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return counted


def seconds_to_wait(request: HttpRequest) -> int:
    """0, or in how many seconds this address may ask again."""
    if not settings.RATE_LIMIT:
        return 0
    budget = limiter.take(f"address.{address_of(request)}", settings.RATE_LIMIT)
    return 0 if budget.is_granted else max(1, budget.retry_after)
