"""What a client sends on a socket: by name, read strictly, limited, and never passed on as it came."""

import json

import pytest

from realtime.allowance import Allowance
from realtime.inbound import BadFrame, parse
from tests.realtime.follower import Follower, sub

HANDLERS = ("frame", "touch", "signal", "presence", "echo", "websocket.close", "hello.world", "_receive")


def test_c32_the_message_after_the_twentieth_in_ten_seconds_closes_the_socket(stack, koffi):
    with Follower(stack, koffi) as page:
        page.hello(sub(f"user.{koffi.user_id}"))
        for _ in range(20):  # and the hello
            page.say("pong")
        told, closed = page.next("error"), page.next("close")

    assert (told["code"], closed["code"]) == ("too_fast", 4101)


@pytest.mark.parametrize("name", HANDLERS)
def test_c15_no_name_that_a_client_chooses_reaches_a_handler(name, stack, koffi, awa):
    stream = f"bar.{koffi.bar_id}"
    with Follower(stack, koffi) as page, Follower(stack, awa) as other:
        page.hello(sub(stream))
        other.hello(sub(stream))
        page.say(name, stream=stream, frame=[stream, "x", 1, 1, "now", []])
        page.say("send", id=1, action=name, data={"stream": stream})
        codes = [page.next("error")["code"] for _ in range(2)]
        other.say("subscribe", id=2, stream=f"user.{awa.user_id}")
        answer = other.next()

    assert codes == ["bad_frame", "unknown_type"]
    assert answer["type"] == "subscribed"


def test_c_62_a_sale_can_not_be_sent_over_a_socket(stack, koffi):
    with Follower(stack, koffi) as page:
        page.hello(sub(f"bar.{koffi.bar_id}"))
        page.say("send", id="a", action="sale.create", data={})
        refused = page.next()

    assert (refused["code"], refused["id"]) == ("unknown_type", "a")
    assert "sale.create" not in refused["allowed"]


NONSENSE = {
    "not JSON": "{",
    "a list": "[]",
    "no type": "{}",
    "a number as type": '{"type": 1}',
    "too deep": json.dumps({"type": "x", "a": [[[[[[[[1]]]]]]]]}),
    "very deep": '{"type":"x","a":' + "[" * 1900 + "]" * 1900 + "}",
    "too long": json.dumps({"type": "x", "a": "é" * 2100}),
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_c32_nonsense_is_refused(text):
    with pytest.raises(BadFrame):
        parse({"text": text})


def test_a_message_as_deep_as_is_allowed_is_read():
    text = json.dumps({"type": "x", "a": [[[[[[1]]]]]]})

    assert parse({"text": text})["type"] == "x"


def test_an_allowance_comes_back_evenly(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("realtime.allowance.time.monotonic", lambda: now[0])
    allowance = Allowance(20, 10)

    at_once = [allowance.take() for _ in range(25)]
    now[0] = 0.5
    one_more = [allowance.take() for _ in range(2)]
    now[0] = 100
    all_again = [allowance.take() for _ in range(21)]

    assert (sum(at_once), one_more, sum(all_again)) == (20, [True, False], 20)
