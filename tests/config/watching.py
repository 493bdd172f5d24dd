"""What tests of alerts share: a moment, looks a minute apart, and a webhook that answers as it is told."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from config.alerts.looking import settle
from config.models import Alert

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def look_for(rule, minutes, figures, first=0):
    """A look each minute, from the first up to these minutes, that finds the same figures."""
    for minute in range(first, minutes + 1):
        settle(rule, figures, at(minute))


def open_alerts():
    alerts = Alert.objects.filter(opened_at__isnull=False, ended_at=None)
    return sorted(alerts.values_list("rule", "subject"))


class Webhook:
    """What was posted to it, as objects; it answers with `status`."""

    def __init__(self, port):
        self.url, self.status, self.pause, self.heard = f"http://127.0.0.1:{port}/secret-of-ours", 204, 0, []

    @property
    def told(self):
        return [(one["rule"], one["event"]) for one in self.heard]


@contextmanager
def listening():
    """A real web server of this test's own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(webhook.pause)
            if webhook.status == 204:
                webhook.heard.append(json.loads(body))
            self.send_response(webhook.status)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook = Webhook(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
