"""Clients of the three transports: a WebSocket, server-sent events, polling."""

import json
import threading
import time

import httpx
from django.db import connection
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests import factories
from tests.realtime import spoken

PROTOCOL = "bartender.v1.json"
PATIENCE = 10  # seconds, on a busy machine
SLOW_START = 30  # seconds: the first handshake of a process that has just started, beside others that start


def sub(stream, *topics, since=None):
    """A subscription as a client writes it."""
    asked = {"stream": stream, "topics": list(topics) or None, "since": since}
    return {name: value for name, value in asked.items() if value is not None}


def cookie_of(member_or_user):
    """The Cookie header of a browser in which this person has signed in."""
    browser = Client()
    browser.force_login(getattr(member_or_user, "user", member_or_user))
    return {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}


class Follower:
    """One WebSocket. Everything it ever received stays in `received`."""

    def __init__(self, stack, who=None, *, headers=None, origin=None):
        headers = factories.bearer(who) if headers is None and who else headers or {}
        options = {"subprotocols": [PROTOCOL], "origin": origin, "compression": None, "open_timeout": SLOW_START}
        self.line = connect(stack.ws_url, additional_headers=headers, **options)
        self.socket = self.line.__enter__()
        self.received = []
        self.positions = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.line.__exit__(None, None, None)

    def say(self, type_, **fields):
        self.socket.send(json.dumps({"type": type_, **fields}))

    def hello(self, *subs):
        """Say hello and return the answer."""
        self.say("hello", subs=list(subs))
        return self.next()

    def next(self, type_=None):
        """The next message, or the next of this type; a close is {"type": "close", "code": …}."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                message = json.loads(self.socket.recv(timeout=max(end - time.monotonic(), 0)))
            except ConnectionClosed as closed:
                return {"type": "close", "code": closed.rcvd.code if closed.rcvd else 1006}
            self.received.append(spoken.check(message))
            if message["type"] == "frame":
                self.positions[message["stream"]] = f"{message['epoch']}:{message['seq']}"
            if type_ in (None, message["type"]):
                return message

    def frames(self, count):
        """The next so many frames."""
        return [self.next("frame") for _ in range(count)]

    def until(self, stream, seq):
        """All frames up to this number of a stream, whatever else comes between."""
        frames = []
        while not frames or (frames[-1]["stream"], frames[-1]["seq"]) < (stream, seq):
            frames.append(self.next("frame"))
        return frames


def events(frames):
    """Frames in short: (seq, [(type, data)])."""
    return [(frame["seq"], [(event["type"], event["data"]) for event in frame["events"]]) for frame in frames]


def poll(stack, who, streams, **asked):
    """One call of the poll twin (since, topics, seen, wait): its response."""
    asked = {"streams": streams} | asked
    return httpx.get(
        f"{stack.url}/api/v1/sync/poll", params=asked, headers=factories.bearer(who) if who else {}, timeout=30
    )


class EventSource:
    """Server-sent events, as a browser reads them: `last_id` is what it would send on coming back."""

    def __init__(self, stack, who, streams="", *, path="/api/v1/sync/stream", since="", topics="", last_id=""):
        headers = (factories.bearer(who) if who else {}) | ({"Last-Event-ID": last_id} if last_id else {})
        asked = {"streams": streams, "since": since, "topics": topics} if streams else {}
        self.client = httpx.Client(timeout=PATIENCE)
        self.response = self.client.send(
            self.client.build_request("GET", f"{stack.url}{path}", params=asked, headers=headers), stream=True
        )
        self.lines = self.response.iter_lines()
        self.last_id = last_id

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.response.close()
        self.client.close()

    def next(self, type_=None):
        """The next event with data as (event, data), or the next of this type."""
        event, data = "message", []
        for line in self.lines:
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "id":
                self.last_id = value
            elif name == "data":
                data.append(value)
            elif not line:
                if data and type_ in (None, event):
                    return event, json.loads("\n".join(data))
                event, data = "message", []
        raise EOFError("the stream has ended")

    def opened(self):
        """Wait for the first line, so that what happens next is live."""
        while not self.last_id:
            self.id_of(next(self.lines))
        return self

    def id_of(self, line):
        name, _, value = line.partition(": ")
        self.last_id = value if name == "id" else self.last_id


def cursor(frame):
    return f"{frame['epoch']}:{frame['seq']}"


def sell(member, product, times):
    """Sell one, so many times; in any thread."""
    try:
        for _ in range(times):
            factories.sale(member, {product.pk: 1})
    finally:
        if threading.current_thread() is not threading.main_thread():
            connection.close()
