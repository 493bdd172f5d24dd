"""An id for each request: in its log lines, in the body of a problem, and in the header X-Request-ID."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from config.collectors import traced

HEADER = "X-Request-ID"
FORM = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


class TracingMiddleware:
    """The first of all. The id stays bound when the answer is there: Django logs what it refuses after that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = given_id(request) or uuid.uuid4().hex
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        with traced(request) as answer:
            response = self.get_response(request)
            answer.append(response)
        response[HEADER] = request_id
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if "bar_id" in kwargs:
            bind_contextvars(bar=str(kwargs["bar_id"]))


def given_id(request: HttpRequest) -> str:
    """The id that a proxy of ours has given; anybody else's might be another request's."""
    if request.META.get("REMOTE_ADDR") not in settings.TRUSTED_PROXIES:
        return ""
    given = request.headers.get(HEADER, "")
    return given if FORM.fullmatch(given) else ""
