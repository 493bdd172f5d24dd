"""The one base of every refusal: raised where a rule is broken, mapped once at the edge (config/api.py)."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from structlog.contextvars import get_contextvars


class Problem(Exception):
    """A refusal that a client can act on, sent as RFC 9457 problem+json.

    `code` is stable and for programs, `detail` is a sentence for people, and `data` holds the
    facts that a screen needs (which products are short, when to try again in seconds).
    `constraints` are the database's that say the same, for whom the race gets past the service's check.
    """

    status = 400
    code = "invalid"
    title = "The request is not valid."
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, detail: str = "", **data: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.data = data

    def body(self) -> dict[str, Any]:
        """As problem+json, with the id of its request in the log."""
        return {
            "type": f"urn:bartender:problem:{self.code}",
            "title": self.title,
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
        told = [
            {"field": ".".join(map(str, one["loc"])), "message": one["msg"].removeprefix("Value error, ")}
            for one in errors
        ]
        return cls("; ".join(f"{one['field']}: {one['message']}" for one in told), errors=told)


class SignInRequired(Problem):
    status, code, title = 401, "sign_in", "Sign in first."


class NotAllowed(Problem):
    status, code, title = 403, "not_allowed", "Your role does not allow this."


class NotFound(Problem):
    status, code, title = 404, "not_found", "There is nothing here for you."


class BadCursor(Problem):
    code, title = "bad_cursor", "A cursor reads epoch:number."


class TryAgain(Problem):
    """Nothing was written; the same request may succeed in `retry_after` seconds."""

    status, code, title = 503, "try_again", "Busy: nothing was written, try again."


class OutcomeUnknown(Problem):
    """The database went away before it said how a request ended; `retry_after` is in seconds."""

    status, code = 503, "outcome_unknown"
    title = "It is not known whether this was written: ask again with the same key."


class Conflict(Problem):
    """The database refused what no service had foreseen; nothing was written."""

    status, code, title = 409, "conflict", "This goes against what is already written: nothing was changed."


REFUSALS = "x-refusals"


def refuses(*problems: type[Problem]) -> dict[str, Any]:
    """What an operation may answer beyond the refusals of its kind: `@router.post(…, openapi_extra=refuses(…))`."""
    return {REFUSALS: problems}
