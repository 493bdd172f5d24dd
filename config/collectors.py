"""Traces for OpenTelemetry, errors for Sentry: OTEL_EXPORTER_OTLP_ENDPOINT and SENTRY_DSN say who collects them.

What leaves is where and how long, never who or what: a route with its placeholders, a status, and the ids by which our
own logs tell the rest. Both are optional packages (pyproject.toml), imported only where they are switched on.
"""

import contextlib
import logging
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import get_contextvars

IDS = ("request_id", "bar")  # of a request, as config/tracing.py binds them; not the user's
EXPORTER = "opentelemetry.exporter.otlp.proto.http"
_tracers: list[Any] = []


def checked_collector(name: str, value: str, module: str, extra: str) -> str:
    """The setting, if what it needs is installed. Raises ImproperlyConfigured."""
    if value and not is_installed(module):
        raise ImproperlyConfigured(
            f"{name}: install what it needs with .venv/bin/uv pip install -r pyproject.toml --extra {extra}"
        )
    return value


def is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor what it lies in
        return False


def start() -> None:
    """Once in each process, when Django starts."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not _tracers:
        _tracers.append(tracer())
    if settings.SENTRY_DSN:
        tell_sentry()


def tracer() -> Any:
    """Its exporter and its sampler read the other settings of OpenTelemetry from the environment themselves."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "bartender"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("bartender")


@contextlib.contextmanager
def traced(request: HttpRequest) -> Iterator[list[HttpResponseBase]]:
    """A span around the answer to a request, which is put into the list."""
    answer: list[HttpResponseBase] = []
    if not _tracers:
        yield answer
        return
    with _tracers[0].start_as_current_span(str(request.method), record_exception=False) as span:
        yield answer
        for name, value in facts_of(request, answer[0]).items():
            span.set_attribute(name, value)
        span.update_name(f"{request.method} {route_of(request)}".rstrip())
        if answer[0].status_code >= 500:
            from opentelemetry.trace import StatusCode

            span.set_status(StatusCode.ERROR)


def route_of(request: HttpRequest) -> str:
    """As it is declared, without what a client has put in."""
    match = request.resolver_match
    return f"/{match.route}" if match else ""


def facts_of(request: HttpRequest, response: HttpResponseBase) -> dict[str, Any]:
    facts = {
        "http.request.method": str(request.method),
        "http.route": route_of(request),
        "http.response.status_code": response.status_code,
    }
    return facts | {f"bartender.{name}": value for name, value in ids().items()}


def ids() -> dict[str, str]:
    bound = get_contextvars()
    return {name: str(bound[name]) for name in IDS if name in bound}


def tell_sentry() -> None:
    """What is logged as an error: each failure that nobody foresaw is. Sentry's other integrations read requests."""
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger

    ignore_logger("django.security.DisallowedHost")  # whoever scans the net for servers
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=without_values,  # type: ignore[arg-type]
    )


def without_values(event: dict[str, Any], hint: Any) -> dict[str, Any]:
    """An error's kind and place, without what it says: Postgres quotes the row that it refuses."""
    for one in event.get("exception", {}).get("values", ()):
        one.pop("value", None)
    entry = event.get("logentry", {})
    event["logentry"] = {"message": entry.get("message", "")}  # the sentence before its values are put in
    for name in ("extra", "user", "request", "modules", "breadcrumbs"):
        event.pop(name, None)
    event["tags"] = ids()
    return event
