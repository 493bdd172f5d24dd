import json

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError

from realtime import consumers
from realtime import hub as hub_module
from realtime.consumers import FeedConsumer
from tests.realtime.hubs import end_hub
from tests.realtime.pages import commit


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


@pytest.fixture
def person(transactional_db, koffi):
    return koffi.user


@pytest.fixture
async def socket(person):
    """A consumer of its own, signed in, whose hub ends with the test."""
    communicator = ApplicationCommunicator(
        FeedConsumer.as_asgi(), {"type": "websocket", "identity": Signed(person), "subprotocols": []}
    )
    await communicator.send_input({"type": "websocket.connect"})
    assert (await communicator.receive_output())["type"] == "websocket.accept"
    yield communicator
    hub = hub_module.hub()
    await communicator.send_input({"type": "websocket.disconnect", "code": 1001})
    await communicator.wait()
    assert hub.subscribers == set()
    await end_hub(hub)


async def say(socket, **frame):
    await socket.send_input({"type": "websocket.receive", "text": json.dumps(frame)})


async def hear(socket):
    output = await socket.receive_output(timeout=10)
    return ("close", output["code"]) if output["type"] == "websocket.close" else json.loads(output["text"])


def away(*args):
    raise OperationalError("the connection was closed")


async def test_a_database_that_is_away_sends_the_page_away_for_a_while(socket, monkeypatch):
    """4100: back off and come again. An exception would end the socket with a bare 1011 and leave its feeds."""
    monkeypatch.setattr(consumers, "grant_many", away)

    await say(socket, type="hello", subs=[{"stream": "bar.1"}])

    assert (await hear(socket))["code"] == "try_again"
    assert await hear(socket) == ("close", 4100)


async def test_c31_a_page_that_reads_too_slowly_is_closed(socket, koffi):
    stream = f"bar.{koffi.bar_id}"
    await say(socket, type="hello", subs=[{"stream": stream}])
    assert (await hear(socket))["type"] == "welcome"
    subscriber = next(iter(hub_module.hub().subscribers))
    subscriber._bytes = 256 * 1024  # as if it had not read for long

    commit(stream, "one more", topic="stock")
    hub_module.hub()._handle({"type": "frame", "frame": [stream, "x", 1, 1, "2026-11-21T01:00:00+00:00", []]})

    assert await hear(socket) == ("close", 4108)


async def test_messages_after_the_end_are_not_answered_and_nothing_stays_behind(socket):
    """Six bad frames in one packet: the fourth answer would follow the close."""
    for _ in range(6):
        await say(socket, type="nonsense")

    heard = [await hear(socket) for _ in range(4)]

    assert [message["code"] for message in heard[:3]] == ["bad_frame"] * 3
    assert heard[3] == ("close", 4013)
    assert await socket.receive_nothing()


async def test_a_socket_that_breaks_leaves_no_subscriber(person):
    hub = hub_module.hub()
    await hub.groups.has_channel.wait()
    communicator = ApplicationCommunicator(
        FeedConsumer.as_asgi(), {"type": "websocket", "identity": Signed(person), "subprotocols": []}
    )
    await communicator.send_input({"type": "websocket.connect"})
    await communicator.receive_output()
    await say(communicator, type="hello", subs=[{"stream": f"user.{person.pk}"}])
    assert (await hear(communicator))["type"] == "welcome"
    assert len(hub.subscribers) == 1

    await communicator.send_input({"type": "websocket.unheard_of"})
    with pytest.raises(KeyError):
        await communicator.wait()

    assert hub.subscribers == set()
    await end_hub(hub)


async def test_who_could_not_be_looked_up_is_asked_to_come_again(transactional_db):
    communicator = ApplicationCommunicator(
        FeedConsumer.as_asgi(), {"type": "websocket", "identity": None, "subprotocols": []}
    )

    await communicator.send_input({"type": "websocket.connect"})

    assert (await communicator.receive_output())["type"] == "websocket.accept"
    assert (await hear(communicator))["code"] == "try_again"
    assert await hear(communicator) == ("close", 4100)
    await communicator.send_input({"type": "websocket.disconnect", "code": 4100})
    await communicator.wait()
