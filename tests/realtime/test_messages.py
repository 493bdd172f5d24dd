"""What a client may say on the socket."""

import pytest

from tests import factories
from tests.realtime.follower import Follower, sub


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


BAD_FRAMES = {
    "no JSON": "hello",
    "cut off": '{"type": "hello"',
    "a list": "[]",
    "null": "null",
    "a number": "1",
    "no type": "{}",
    "type is no text": '{"type": ["hello"]}',
    "unknown type": '{"type": "sell"}',
    "a handler's name": '{"type": "websocket.disconnect"}',
    "another handler's name": '{"type": "follow"}',
    "bytes": b'{"type": "hello"}',
    "too long": '{"type": "hello", "note": "' + "x" * 4096 + '"}',
    "too deep": "[" * 4000,
    "subs is no list": '{"type": "hello", "subs": {}}',
    "subscribing before hello": '{"type": "subscribe", "stream": "bar.1"}',
    "unsubscribing nothing": '{"type": "unsubscribe"}',
}


@pytest.mark.parametrize("text", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_c32_three_bad_frames_close_the_socket(text, stack, koffi):
    with Follower(stack, koffi) as page:
        for _ in range(3):
            page.socket.send(text)
        told = [page.next() for _ in range(4)]

    assert [(message["type"], message["code"]) for message in told] == [("error", "bad_frame")] * 3 + [("close", 4013)]


def test_a_message_that_is_not_utf_8_is_closed_by_the_protocol(stack, koffi):
    with Follower(stack, koffi) as page:
        page.socket.send(b'{"type": "\xff"}', text=True)

        assert page.next() == {"type": "close", "code": 1007}


def test_two_bad_frames_are_forgiven(stack, koffi, stream):
    with Follower(stack, koffi) as page:
        page.socket.send("[]")
        page.socket.send(b"\x00")
        assert [page.next()["code"], page.next()["code"]] == ["bad_frame", "bad_frame"]

        assert page.hello(sub(stream))["type"] == "welcome"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("bar", "invalid"),
        (None, "invalid"),
        ({}, "invalid"),
        ({"stream": 7}, "invalid"),
        ({"stream": "{stream}", "topics": "stock"}, "invalid"),
        ({"stream": "{stream}", "topics": [1]}, "invalid"),
        ({"stream": "{stream}", "topics": ["stock", "nothing"]}, "not_found"),
        ({"stream": "{stream}", "since": 4}, "invalid"),
        ({"stream": "{stream}", "since": "4"}, "bad_cursor"),
        ({"stream": "{stream}", "since": "a:-1"}, "bad_cursor"),
        ({"stream": "{stream}", "since": "a:99999999999999999999"}, "bad_cursor"),
        ({"stream": "{stream}", "since": "a:1\u0000"}, "bad_cursor"),
        ({"stream": "{stream}\u0000"}, "not_found"),
        ({"stream": "\ud800"}, "not_found"),
    ],
)
def test_a_subscription_that_cannot_be_read_is_named_and_the_socket_goes_on(asked, code, stack, koffi, stream):
    if isinstance(asked, dict) and isinstance(asked.get("stream"), str):
        asked = asked | {"stream": asked["stream"].replace("{stream}", stream)}
    with Follower(stack, koffi) as page:
        answer = page.hello(asked)
        welcome = page.hello(sub(stream))

    assert (answer["type"], answer["code"], welcome["type"]) == ("error", code, "welcome")


@pytest.mark.parametrize(("count", "answer"), [(50, "welcome"), (51, "error")])
def test_a_socket_follows_at_most_50_streams(count, answer, stack, koffi, stream):
    with Follower(stack, koffi) as page:
        assert page.hello(*[sub(stream, "stock")] * count)["type"] == answer


def test_subscribing_and_unsubscribing_take_effect_at_once_and_as_often_as_one_likes(stack, koffi, beer, stream):
    mine = f"user.{koffi.user_id}"
    with Follower(stack, koffi) as page:
        page.hello(sub(mine))
        factories.sale(koffi, {beer.pk: 1})
        only_mine = page.frames(1)
        for number in range(3):
            page.say("subscribe", id=number, stream=stream)
        answers = [page.next() for _ in range(3)]
        factories.sale(koffi, {beer.pk: 1})
        both = page.frames(2)
        for number in range(2):
            page.say("unsubscribe", id=number, stream=stream)
        gone = [page.next() for _ in range(2)]
        factories.sale(koffi, {beer.pk: 1})
        factories.sale(koffi, {beer.pk: 1})
        left = page.frames(2)

    assert [frame["stream"] for frame in only_mine] == [mine]
    assert [(m["type"], m["id"], m["stream"], m["result"]) for m in answers] == [
        ("subscribed", number, stream, "live") for number in range(3)
    ]
    assert sorted(frame["stream"] for frame in both) == sorted([mine, stream])
    assert [(m["type"], m["id"], m["stream"]) for m in gone] == [
        ("unsubscribed", number, stream) for number in range(2)
    ]
    assert [frame["stream"] for frame in left] == [mine, mine]
