"""The OpenAPI file: what each operation may refuse, by its kind and by what it declares with `refuses`."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.translation import override
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

import config.schema_names  # noqa: F401 - before any schema is made
from bars.auth import Forged
from bars.transactions import StillRunning
from config.problems import (
    CONTENT_TYPE,
    Internal,
    InvalidJson,
    NotJson,
    TooLarge,
    UnknownParameter,
)
from config.rates import counted_or_nobody
from realtime.errors import (
    REFUSALS,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    Problem,
    SignInRequired,
    TryAgain,
)
from realtime.rate import TooManyRequests

Refusals = Iterable[type[Problem]]
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Further members depend on `code`; clients ignore those that they don't know.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: programs decide by it."},
        "detail": {"type": "string", "description": "A sentence for people, as `Content-Language` says."},
        "request_id": {"type": "string"},
        "retry_after": {"type": "integer", "description": "Seconds, as in the header Retry-After."},
    },
}
ALWAYS = (InvalidRequest, UnknownParameter, TooManyRequests, TryAgain, OutcomeUnknown, Internal)
SAFE = {"GET"}
BRIEF = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def refusals_of(operation: Operation) -> list[type[Problem]]:
    """What an operation may answer: by what it is, and what it declares."""
    found: list[type[Problem]] = [*ALWAYS, *(operation.openapi_extra or {}).get(REFUSALS, ())]
    if operation.auth_callbacks:
        found.append(SignInRequired)
    if "{" in operation.path:
        found += [NotFound, NotAllowed]
    if not set(operation.methods) <= SAFE:
        found += [StillRunning, Conflict, TooLarge]
        found += [Forged] if operation.auth_callbacks else []
    if any(model.__ninja_param_source__ == "body" for model in operation.models):
        found += [InvalidJson, NotJson]
    return sorted(set(found), key=lambda problem: (problem.status, problem.code))


class DocumentedAPI(NinjaAPI):
    """An API whose OpenAPI file names every refusal."""

    _file: dict[str, Any] | None = None

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """Made once: operations don't change while the process lives."""
        if self._file is None:
            prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
            with override("en"):
                self._file = DocumentedSchema(self, prefix)
        return self._file  # type: ignore[return-value]


class DocumentedSchema(OpenAPISchema):
    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        self.answers: dict[str, Any] = {}
        super().__init__(api, path_prefix)

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        details.pop(REFUSALS, None)
        if set(operation.methods) <= SAFE and operation.response_models != {200: None}:  # a stream never ends
            details["responses"][304] = {"description": "The body of this `ETag` stands; `Cursor` is of now."}
        if operation.auth_callbacks:
            details["security"] = [{name: []} for name in SECURITY]
        if counted_or_nobody in operation.auth_callbacks:
            details["security"].append({})  # or nothing at all
        by_status = defaultdict(list)
        for problem in refusals_of(operation):
            by_status[problem.status].append(problem)
        details["responses"] |= {status: self.answer(problems) for status, problems in by_status.items()}
        return details

    def answer(self, problems: list[type[Problem]]) -> dict[str, str]:
        """A reference to the answer that these problems of one status share."""
        codes = list(dict.fromkeys(problem.code for problem in problems))
        name = "-".join(codes)
        self.answers[name] = {
            "description": "\n".join(f"- {sentence(problem)}" for problem in problems),
            "content": {
                CONTENT_TYPE: {
                    "schema": {
                        "allOf": [
                            {"$ref": "#/components/schemas/Problem"},
                            {"type": "object", "properties": {"code": {"enum": codes}}},
                        ]
                    },
                    "examples": {problem.code: {"value": example(problem)} for problem in problems},
                }
            },
        }
        return {"$ref": f"#/components/responses/{name}"}

    def get_components(self) -> dict[str, Any]:
        components = super().get_components()
        components["schemas"]["Problem"] = PROBLEM
        return components | {"responses": self.answers, "securitySchemes": SECURITY}


SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "From `POST /api/v1/auth/token`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "Of a browser that has signed in. What changes something needs the header `X-CSRFToken` too.",
    },
}


def sentence(problem: type[Problem]) -> str:
    """`code`: what it means, and the members that go with it."""
    more = " ".join((problem.__doc__ or "").split()) if "__doc__" in vars(problem) else ""
    return f"`{problem.code}`: {problem.title} {more}".strip()


def example(problem: type[Problem]) -> dict[str, Any]:
    waits = {"retry_after": 2} if problem is StillRunning or problem.status in BRIEF else {}
    return {
        "type": f"urn:bartender:problem:{problem.code}",
        "title": str(problem.title),
        "status": problem.status,
        "code": problem.code,
        "detail": str(problem.title),
        "request_id": "5f0c6a8e2d7b4c1f9a3e0b6d8c2f4a71",
    } | waits
