"""Who is here: joined at once, left after a while, never told to strangers."""

import time

import pytest

from realtime import presence as presence_module
from realtime.presence import Presence, Room
from tests.realtime.follower import Follower, sub


def people(messages, way):
    return {person for message in messages for person in message[way]}


def test_a_watcher_is_told_who_is_here_and_who_comes(stack, koffi, awa):
    stream = f"bar.{koffi.bar_id}"
    with Follower(stack, koffi) as page:
        page.hello(sub(stream, "presence"))
        first = page.next("presence")
        with Follower(stack, awa) as other:
            other.hello(sub(stream))
            second = page.next("presence")
            while str(awa.user_id) not in second["joined"]:
                second = page.next("presence")

    assert set(first["joined"]) <= {str(koffi.user_id)}
    assert second == {"type": "presence", "stream": stream, "joined": [str(awa.user_id)], "left": []}


def test_presence_comes_only_to_who_asks_for_it_by_name(stack, koffi, awa):
    stream = f"bar.{koffi.bar_id}"
    with Follower(stack, koffi) as page, Follower(stack, awa) as other:
        page.hello(sub(stream))
        other.hello(sub(stream))
        time.sleep(1)
        page.say("subscribe", id=1, stream=f"user.{koffi.user_id}")
        page.next("subscribed")

    assert "presence" not in {message["type"] for message in page.received}


class Heard:
    """A subscriber that keeps what it is offered."""

    def __init__(self):
        self.messages = []

    def offer(self, message):
        self.messages.append(message.text)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(presence_module.time, "monotonic", lambda: now[0])
    return now


def test_a_blink_is_not_told_and_a_departure_is_told_once(clock):
    rooms, heard = Presence(valkey=None), Heard()
    room = rooms.rooms["bar.1"] = Room({heard})
    story = [
        (0, {"awa", "koffi"}),
        (1, {"koffi"}),
        (8, {"awa", "koffi"}),
        (9, {"koffi"}),
        (18, {"koffi"}),
        (20, {"koffi"}),
    ]

    for at, found in story:
        clock[0] = 100.0 + at
        rooms._tell("bar.1", room, found)

    assert len(heard.messages) == 2
    assert '"joined":["awa","koffi"],"left":[]' in heard.messages[0]
    assert '"joined":[],"left":["awa"]' in heard.messages[1]
