"""The REST API under /api/v1/, and the one place where refusals become problem+json (RFC 9457)."""

import logging
import uuid
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from bars.api import router as bars_router
from bars.auth import signed_in
from realtime.api import router as realtime_router
from realtime.errors import NotFound, Problem, TryAgain
from sales.api import router as sales_router
from stats.api import router as stats_router
from stock.api import router as stock_router

log = logging.getLogger(__name__)

api = NinjaAPI(
    title="BarTender",
    version="1",
    description="Sell, read the shelf, follow a bar live. Errors are `application/problem+json` with a stable `code`.",
    auth=signed_in,
    docs_url="/docs",
)
for router in (bars_router, stock_router, sales_router, stats_router, realtime_router):
    api.add_router("", router)


class InvalidRequest(Problem):
    """`errors` says for each field what is wrong with it."""


def problem_response(problem: Problem) -> JsonResponse:
    data = dict(problem.data)
    body = {
        "type": f"urn:bartender:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": uuid.uuid4().hex,
    } | data
    response = JsonResponse(body, status=problem.status, content_type="application/problem+json")
    if "retry_after" in data:
        response["Retry-After"] = str(data["retry_after"])
    return response


@api.exception_handler(Problem)
def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors]
    return problem_response(
        InvalidRequest("; ".join(f"{one['field']}: {one['message']}" for one in errors), errors=errors)
    )


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    problem = Problem(str(error), code="invalid_json" if error.status_code == 400 else "refused")
    problem.status = error.status_code
    return problem_response(problem)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(NotFound())


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """A lock or statement timed out, or the database is away: nothing was written."""
    log.warning("answered 503: %s", error)
    return problem_response(TryAgain(retry_after=2))


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("unexpected", exc_info=error)
    problem: Any = Problem("Something went wrong on our side. It was logged.")
    problem.status, problem.code, problem.title = 500, "internal", "Internal error."
    return problem_response(problem)
