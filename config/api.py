"""The REST API under /api/v1/, and the one place where refusals become problem+json (RFC 9457)."""

import json
import logging
import uuid
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from bars.api import router as bars_router
from bars.auth import signed_in
from realtime.api import router as realtime_router
from realtime.errors import NotFound, OutcomeUnknown, Problem, TryAgain
from sales.api import router as sales_router
from stats.api import router as stats_router
from stock.api import router as stock_router

log = logging.getLogger(__name__)
# Lock timeout, statement timeout, deadlock, conflict: the transaction is undone, a failed COMMIT too.
NOTHING_WRITTEN = {"55P03", "57014", "40P01", "40001"}


class InvalidRequest(Problem):
    """`errors` says for each field what is wrong with it."""


class InvalidJson(Problem):
    code, title = "invalid_json", "The body is not one JSON value in UTF-8."


class NotJson(Problem):
    status, code, title = 415, "not_json", "Send application/json."


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The body is too large."


class StrictParser(Parser):
    """JSON of one meaning: no name twice, no NaN, no byte order mark, nothing that only calls itself JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise NotJson()
        try:
            text = request.body.decode()
            return json.loads(text, object_pairs_hook=each_name_once, parse_constant=not_a_number)
        except (ValueError, RecursionError):
            raise InvalidJson() from None


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


api = NinjaAPI(
    title="BarTender",
    version="1",
    description="Sell, read the shelf, follow a bar live. Errors are `application/problem+json` with a stable `code`.",
    auth=signed_in,
    docs_url="/docs",
    parser=StrictParser(),
)
for router in (bars_router, stock_router, sales_router, stats_router, realtime_router):
    api.add_router("", router)


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
    """Raised by django-ninja around what the parser has refused."""
    return problem_response(error.__cause__ if isinstance(error.__cause__, Problem) else InvalidRequest(str(error)))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(TooLarge())


@api.exception_handler(DataError)
def unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """A text with NUL, a number out of range: what no field has caught before the database."""
    return problem_response(InvalidRequest("A value cannot be stored."))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(NotFound())


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """A lock or statement timed out, or the database is away, perhaps with the answer to COMMIT."""
    log.warning("answered 503: %s", error)
    is_undone = getattr(error.__cause__, "sqlstate", None) in NOTHING_WRITTEN
    return problem_response((TryAgain if is_undone else OutcomeUnknown)(retry_after=2))


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("unexpected", exc_info=error)
    problem: Any = Problem("Something went wrong on our side. It was logged.")
    problem.status, problem.code, problem.title = 500, "internal", "Internal error."
    return problem_response(problem)
