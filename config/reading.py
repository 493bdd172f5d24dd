"""What the API reads: JSON of one meaning, and only the query parameters that an address knows."""

import functools
import json
from collections.abc import Callable
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.operation import Operation
from ninja.parser import Parser

from config.problems import InvalidJson, NotJson, UnknownParameter


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


def only_known_parameters(run: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates an operation's `run`: a parameter that it doesn't know is refused, once the caller has been let in.

    A filter misspelt would otherwise answer with everything.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    view, allowed = operation.view_func, parameters_of(operation)

    @functools.wraps(view)
    def checked(request: HttpRequest, **values: Any) -> Any:
        if unknown := sorted(set(request.GET) - allowed):
            told = _("Unknown here: %(names)s.") % {"names": ", ".join(unknown)[:200]}
            raise UnknownParameter(told, unknown=unknown[:20], allowed=sorted(allowed))
        return view(request, **values)

    operation.view_func = checked
    return run


def parameters_of(operation: Operation) -> set[str]:
    """The names of an operation's query parameters."""
    queries = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return {name for model in queries for name in model.__ninja_flatten_map__}
