"""A refusal raised behind a page becomes that page: 403, 404 and 429 as everywhere else."""

import logging
from collections.abc import Callable

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from realtime.errors import Problem

RETRY_AFTER = "5"  # seconds

log = logging.getLogger(__name__)


class RefusalMiddleware:
    """Renders <status>.html for a refusal or a database that is away; the API has answered its own before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError):
            return away(exception)
        if isinstance(exception, DataError):  # a text with NUL, a number out of range
            return render(request, "400.html", status=400)
        if not isinstance(exception, Problem):
            return None
        status = exception.status if exception.status in (403, 404, 429) else 400
        response = render(request, f"{status}.html", {"problem": exception}, status=status)
        if status == 429:
            response["Retry-After"] = str(exception.data["retry_after"])
        return response


def away(error: Exception) -> HttpResponse:
    """503, rendered without the request: its user would be looked up in the database that is away."""
    log.warning("answered 503: %s", error)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": RETRY_AFTER})
