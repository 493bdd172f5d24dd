"""The three transports as async generators of messages: into the hub of this process, and to a server."""

import json
from contextlib import aclosing

import httpx
from asgiref.testing import ApplicationCommunicator
from websockets.asyncio.client import connect

from realtime.connections import Connection
from realtime.consumers import FeedConsumer
from realtime.cursors import Cursor
from realtime.http import Asked, polled, sse_lines
from realtime.subscriptions import Granted

PROTOCOL = "bartender.v1.json"


class Signed:
    """Somebody whose sign-in holds."""

    expires_at, address = None, ""

    def __init__(self, user):
        self.user = user

    def check(self):
        return self.user

    @staticmethod
    def check_many(identities):
        return {one: one.user for one in identities}


class Inside:
    """Beside the hub, without a network."""

    def __init__(self, user):
        self.identity = Signed(user)

    def granted(self, stream, topics, since):
        return [Granted(stream, frozenset(topics), Cursor.parse(since), tuple(topics))]

    async def websocket(self, stream, topics, since):
        scope = {"type": "websocket", "identity": self.identity, "subprotocols": [PROTOCOL]}
        socket = ApplicationCommunicator(FeedConsumer.as_asgi(), scope)
        hello = {"type": "hello", "subs": [{"stream": stream, "topics": list(topics), "since": since}]}
        try:
            await socket.send_input({"type": "websocket.connect"})
            await socket.send_input({"type": "websocket.receive", "text": json.dumps(hello)})
            while (output := await socket.output_queue.get())["type"] != "websocket.close":
                if message := json.loads(output.get("text", "null")):
                    for one in message.get("subs", [message]):
                        yield {"type": message["type"]} | one
        finally:
            await socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await socket.wait()

    async def sse(self, stream, topics, since):
        lines = sse_lines(Connection(self.identity, "sse"), self.granted(stream, topics, since), 5000, False)
        async with aclosing(lines):
            async for text in lines:
                if message := data_of(text):
                    yield message

    async def poll(self, stream, topics, since):
        while True:
            body = [text async for text in polled(self.identity, self.granted(stream, topics, since), Asked((), 1, 5))]
            answer = json.loads("".join(body))
            since = answer["cursor"]
            for message in answer["messages"]:
                yield message


class Outside:
    """To a server, as anybody comes."""

    def __init__(self, stack, headers):
        self.stack, self.headers = stack, headers

    async def websocket(self, stream, topics, since):
        async with connect(self.stack.ws_url, subprotocols=[PROTOCOL], additional_headers=self.headers) as socket:
            sub = {"stream": stream, "topics": list(topics), "since": since}
            await socket.send(json.dumps({"type": "hello", "subs": [sub]}))
            async for text in socket:
                message = json.loads(text)
                for one in message.get("subs", [message]):
                    yield {"type": message["type"]} | one

    def asked(self, stream, topics, since):
        return {"streams": stream, "topics": ",".join(topics), "since": since}

    async def sse(self, stream, topics, since):
        asked = self.asked(stream, topics, since)
        url = f"{self.stack.url}/api/v1/sync/stream"
        async with (
            httpx.AsyncClient(headers=self.headers, timeout=30, verify=False) as client,
            client.stream("GET", url, params=asked) as answer,
        ):
            async for line in answer.aiter_lines():
                if message := data_of(line):
                    yield message

    async def poll(self, stream, topics, since):
        async with httpx.AsyncClient(headers=self.headers, timeout=30, verify=False) as client:
            while True:
                asked = self.asked(stream, topics, since) | {"wait": 1}
                answer = (await client.get(f"{self.stack.url}/api/v1/sync/poll", params=asked)).json()
                since = answer["cursor"]
                for message in answer["messages"]:
                    yield message


def data_of(text):
    """The message in the lines of an event, None for a comment or an id."""
    return next((json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")), None)
