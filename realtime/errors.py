"""The one base of every refusal: raised where a rule is broken, mapped once at the edge (config/api.py)."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from structlog.contextvars import get_contextvars

from realtime.pydantic_words import in_words


class Problem(Exception):
    """A refusal that a client can act on, sent as RFC 9457 problem+json.

    `code` is stable and for programs, `title` and `detail` are sentences for people in the language of who reads them,
    and `data` holds the facts that a screen needs (which products are short, when to try again in seconds).
    `constraints` are the database's that say the same, for whom the race gets past the service's check.
    """

    status = 400
    code = "invalid"
    title: str | Promise = _("The request is not valid: look at what you entered.")
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, detail: str | Promise = "", **data: Any) -> None:
        super().__init__(detail or self.title)
        self.data = data

    @property
    def detail(self) -> str:
        """In the language of now: one refusal may be told to many who asked together."""
        return str(self)

    def body(self) -> dict[str, Any]:
        """As problem+json, with the id of its request in the log."""
        return {
            "type": f"urn:bartender:problem:{self.code}",
            "title": str(self.title),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": get_contextvars().get("request_id") or uuid.uuid4().hex,
        } | self.data


class InvalidRequest(Problem):
    """`errors` says for each field what is wrong with it."""

    @classmethod
    def of(cls, errors: Iterable[Mapping[str, Any]]) -> "InvalidRequest":
        """From what pydantic says of each."""
        told = [{"field": ".".join(map(str, one["loc"])), "message": in_words(one)} for one in errors]
        return cls("; ".join(f"{one['field']}: {one['message']}" for one in told), errors=told)


class SignInRequired(Problem):
    status, code, title = 401, "sign_in", _("Sign in first.")


class NotAllowed(Problem):
    status, code, title = 403, "not_allowed", _("Your role does not allow this: ask who runs the bar.")


class NotFound(Problem):
    status, code, title = 404, "not_found", _("There is nothing here for you.")


class BadCursor(Problem):
    code, title = "bad_cursor", _("A cursor reads epoch:number.")


class TryAgain(Problem):
    """Nothing was written; the same request may succeed in `retry_after` seconds."""

    status, code, title = 503, "try_again", _("Busy: nothing was written, try again.")


class OutcomeUnknown(Problem):
    """The database went away before it said how a request ended; `retry_after` is in seconds."""

    status, code = 503, "outcome_unknown"
    title = _("It is not known whether this was written: ask again with the same key.")


class Conflict(Problem):
    """The database refused what no service had foreseen; nothing was written. `constraint` names what it keeps."""

    status, code, title = 409, "conflict", _("This goes against what is already written: nothing was changed.")


REFUSALS = "x-refusals"


def refuses(*problems: type[Problem]) -> dict[str, Any]:
    """What an operation may answer beyond the refusals of its kind: `@router.post(…, openapi_extra=refuses(…))`."""
    return {REFUSALS: problems}
