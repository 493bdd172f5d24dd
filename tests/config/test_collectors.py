"""What OpenTelemetry and Sentry get, from a process of its own to a collector of ours."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from config.collectors import checked_collector
from tests.controls import ROOT

SECRETS = ("hush-code", "hush-name", "hush-password", "hush-token", "hush-agent")
PROGRAM = """
import logging, sys
import django
django.setup()
from django.test import Client
from structlog.contextvars import bind_contextvars

client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": "Bearer hush-token", "User-Agent": "hush-agent"})
client.get("/join/hush-code?name=hush-name")
client.post("/login/", {"username": "hush-name", "password": "hush-password"})
client.get("/hush-name")
name = "hush-name"
try:
    raise ValueError(f"Key (username)=({name}) already exists.")
except ValueError:
    logging.getLogger("bars").exception("unexpected of %s", name, extra={"who": name})
if "opentelemetry.sdk.trace" in sys.modules:
    from opentelemetry import trace
    trace.get_tracer_provider().force_flush(60_000)
if "sentry_sdk" in sys.modules:
    import sentry_sdk
    sentry_sdk.flush(60)
print(sorted(name for name in ("opentelemetry.sdk.trace", "sentry_sdk") if name in sys.modules))
"""


UNPACK = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, UNPACK[self.headers.get("Content-Encoding", "")](body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def collector():
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.got = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(**settings):
    """What the program says, with no database, no Valkey and these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SENTRY_"))}
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"}
    given = kept | away | {"DJANGO_SETTINGS_MODULE": "config.settings"} | settings
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )


def test_a_span_has_its_route_and_status_and_names_nobody(collector):
    done = run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}")

    assert done.stdout.strip() == "['opentelemetry.sdk.trace']", done.stderr
    assert {path for path, _ in collector.got} == {"/v1/traces"}
    sent = [ExportTraceServiceRequest.FromString(body) for _, body in collector.got]
    spans = [span for one in sent for of in one.resource_spans for scope in of.scope_spans for span in scope.spans]
    told = {
        (span.name, {a.key: a.value.int_value for a in span.attributes}["http.response.status_code"]) for span in spans
    }
    assert told == {("GET /join/<str:code>", 503), ("POST /login/", 503), ("GET", 404)}
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)
    assert {a.key for span in spans for a in span.attributes} == {
        "http.request.method", "http.route", "http.response.status_code", "bartender.request_id",
    }  # fmt: skip
    assert [secret for secret in SECRETS for _, body in collector.got if secret.encode() in body] == []


def test_an_error_has_its_kind_and_place_and_names_nobody(collector):
    done = run(SENTRY_DSN=f"http://public@127.0.0.1:{collector.server_port}/1")

    assert done.stdout.strip() == "['sentry_sdk']", done.stderr
    assert {path for path, _ in collector.got} == {"/api/1/envelope/"}
    events = [json.loads(line) for _, body in collector.got for line in body.splitlines() if b'"exception"' in line]
    [told] = [event for event in events if event["logger"] == "bars"]
    assert (told["logentry"]["message"], told["exception"]["values"][0]["type"]) == ("unexpected of %s", "ValueError")
    assert told["exception"]["values"][0]["stacktrace"]["frames"]
    assert list(told["tags"]) == ["request_id"]
    assert [secret for secret in SECRETS for _, body in collector.got if secret.encode() in body] == []


def test_without_the_settings_nothing_is_sent_nor_imported(collector):
    done = run()

    assert (done.stdout.strip(), collector.got) == ("[]", [])


def test_a_package_that_is_missing_is_named_in_one_line():
    program = "import sys; sys.modules['sentry_sdk'] = None; import django; django.setup()"
    given = os.environ | {"SENTRY_DSN": "http://public@127.0.0.1:1/1", "DJANGO_SETTINGS_MODULE": "config.settings"}

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("SENTRY_DSN: install what it needs with .venv/bin/uv pip install"
                                                 " -r pyproject.toml --extra sentry")  # fmt: skip


def test_a_setting_that_is_not_set_needs_nothing():
    assert checked_collector("X", "", "no_such_module", "x") == ""
