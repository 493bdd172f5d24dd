"""The one place where refusals become problem+json (RFC 9457), whoever refuses: we, the parser or Postgres."""

import logging
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from bars.transactions import constraint_of
from realtime.errors import Conflict, InvalidRequest, NotFound, OutcomeUnknown, Problem, TryAgain

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
# Lock timeout, statement timeout, deadlock, conflict: the transaction is undone, a failed COMMIT too.
NOTHING_WRITTEN = {"55P03", "57014", "40P01", "40001"}
FOREIGN_KEY = "23503"  # an id that a client has sent and that isn't there
REFUSED_BY_TRIGGER = {"P0001", "42501"}  # without a constraint's name


class UnknownParameter(Problem):
    """`unknown` names them, `allowed` those that this address takes."""

    code, title = "unknown_parameter", _("A query parameter is unknown here.")


class InvalidJson(Problem):
    code, title = "invalid_json", _("The body is not one JSON value in UTF-8.")


class MethodNotAllowed(Problem):
    status, code, title = 405, "method_not_allowed", _("This address does not answer to that method.")


class NotJson(Problem):
    status, code, title = 415, "not_json", _("Send application/json.")


class TooLarge(Problem):
    status, code, title = 413, "too_large", _("The body is too large: send less at once.")


class Internal(Problem):
    status, code, title = 500, "internal", _("Something went wrong on our side. It was logged.")


def problem_response(problem: Problem) -> JsonResponse:
    response = JsonResponse(problem.body(), status=problem.status, content_type=CONTENT_TYPE)
    if "retry_after" in problem.data:
        response["Retry-After"] = str(problem.data["retry_after"])
    return response


def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem_response(InvalidRequest.of(error.errors))


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Raised by django-ninja around what the parser has refused."""
    return problem_response(error.__cause__ if isinstance(error.__cause__, Problem) else InvalidRequest())


def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(TooLarge())


def unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """A text with NUL, a number out of range: what no field has caught before the database."""
    return problem_response(InvalidRequest(_("A value cannot be stored: look for strange characters or huge numbers.")))


def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(NotFound())


def conflicting(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """A constraint or trigger has refused: its name is told to programs, unless a Problem says it in words."""
    constraint, state = constraint_of(error), getattr(error.__cause__, "sqlstate", "")
    if known := problems_of_constraints().get(constraint):
        return problem_response(known())
    log.warning("answered as a conflict: %s", error)
    if state == FOREIGN_KEY:
        return problem_response(NotFound())
    return problem_response(Conflict(**{"constraint": constraint} if constraint else {}))


def refused_by_database(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """A trigger's refusal without a constraint comes as whatever Django makes of its state; the rest is our mistake."""
    if getattr(error.__cause__, "sqlstate", "") in REFUSED_BY_TRIGGER:
        return conflicting(request, error)
    return unexpected(request, error)


def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """A lock or statement timed out, or the database is away, perhaps with the answer to COMMIT."""
    log.warning("answered 503: %s", error)
    is_undone = getattr(error.__cause__, "sqlstate", None) in NOTHING_WRITTEN
    return problem_response((TryAgain if is_undone else OutcomeUnknown)(retry_after=2))


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("unexpected", exc_info=error)
    return problem_response(Internal())


@cache
def problems_of_constraints() -> dict[str, type[Problem]]:
    """Which problem says in words what a constraint refuses, as the problems declare it."""
    return {name: problem for problem in problems_below(Problem) for name in problem.constraints}


def problems_below(problem: type[Problem]) -> Iterator[type[Problem]]:
    for below in problem.__subclasses__():
        yield below
        yield from problems_below(below)


HANDLERS: dict[type[Exception], Any] = {
    Problem: refused,
    ValidationError: invalid,
    HttpError: unreadable,
    RequestDataTooBig: too_large,
    DataError: unstorable,
    Http404: missing,
    IntegrityError: conflicting,
    OperationalError: database_away,
    InterfaceError: database_away,
    DatabaseError: refused_by_database,
    Exception: unexpected,
}


def answer_with_problems(api: NinjaAPI) -> None:
    """Nothing that an operation raises leaves it in another form."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)
