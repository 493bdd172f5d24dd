"""Log lines that programs can read: one JSON object a line, or a line for people. LOG_FORMAT chooses.

Whatever a client sends may end up in a log: no control character does, so that nobody writes lines of their own.
"""

import json
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# Beside time, level, logger and event. A record's own come by `extra=`; config/tracing.py binds those of a request.
FIELDS = ("request_id", "user", "bar", "stream", "seq")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
QUIET = {
    "httpx": "WARNING",  # both write down each address that we ask, and a webhook's is a secret
    "httpcore": "WARNING",
    "django.security.DisallowedHost": "CRITICAL",  # a traceback for each who scans the net for servers
}
BASICS = ("time", "level", "logger", "event", "exception")


def logging_config(format_: str, level: str) -> dict[str, Any]:
    """For Django's LOGGING. Raises KeyError for a format that is none."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": formatter, "format_": format_}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["stderr"], "level": level},
        # The server and the worker bring handlers of their own.
        "loggers": {name: {"handlers": [], "propagate": True} for name in ("uvicorn", "uvicorn.error", "celery")}
        | {name: {"level": level} for name, level in QUIET.items()}
        # A line for each request is the proxy's to write; unless it is named here, a configured "uvicorn" wakes it.
        | {"uvicorn.access": {"handlers": [], "propagate": False}},
    }


def formatter(format_: str) -> structlog.stdlib.ProcessorFormatter:
    """Of records of the standard library, ours and everybody's."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_controls,
            RENDERERS[format_],
        ],
    )


def without_controls(logger: Any, method: str, fields: EventDict) -> EventDict:
    """A traceback keeps its lines, each set in, so that none looks like a record."""
    clean = {name: CONTROLS.sub(" ", v) if isinstance(v, str) else v for name, v in fields.items()}
    if "exception" in fields:
        lines = fields["exception"].splitlines()
        clean["exception"] = "\n".join(f"  {CONTROLS.sub(' ', line)}" for line in lines)
    return clean


def as_json(logger: Any, method: str, fields: EventDict) -> str:
    names = [name for name in (*BASICS[:-1], *FIELDS, BASICS[-1]) if name in fields]
    return json.dumps({name: fields[name] for name in names}, ensure_ascii=False, default=str)


def as_line(logger: Any, method: str, fields: EventDict) -> str:
    """`time LEVEL logger event name=value…`, and the traceback below."""
    facts = [f"{name}={fields[name]}" for name in FIELDS if name in fields]
    line = " ".join([fields["time"], fields["level"].upper(), fields["logger"], str(fields["event"]), *facts])
    return "\n".join([line, fields["exception"]]) if "exception" in fields else line


RENDERERS: dict[str, Processor] = {"json": as_json, "line": as_line}
