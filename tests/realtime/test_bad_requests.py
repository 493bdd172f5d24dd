"""Bad cursors, and bad clients of server-sent events and polling. integrity.md §4 C and D."""

import json

import httpx
import pytest

from realtime.limits import MOST_OF_A_PERSON
from realtime.log import MOST_REPLAYED
from tests import factories
from tests.faults.webs import MB
from tests.realtime.follower import EventSource, Follower, poll, sell, sub
from tests.realtime.numbering import head, since_now
from tests.sessions import session


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


# Cursors

CURSORS = {
    "-1": "bad_cursor",
    "9223372036854775808": "bad_cursor",
    "abc": "bad_cursor",
    "{epoch}:-1": "bad_cursor",
    "{epoch}:9223372036854775808": "bad_cursor",
    "{epoch}:1.5": "bad_cursor",
    "{epoch}:٣": "bad_cursor",
    "{epoch}:999999999999999999": "reset",
    "zzz:1": "reset",
}


@pytest.mark.parametrize("since", CURSORS)
def test_c_61_a_cursor_that_is_none_is_refused_and_one_of_the_future_is_reset(since, stack, koffi, beer, stream):
    epoch = since_now(stream).partition(":")[0]
    with Follower(stack, koffi) as page:
        answer = page.hello(sub(stream, since=since.format(epoch=epoch)))

    told = answer["code"] if answer["type"] == "error" else answer["subs"][0]["result"]
    assert told == CURSORS[since]


# Server-sent events and polling


def get(stack, who, path, **options):
    headers = factories.bearer(who) | options.pop("headers", {})
    return httpx.request(options.pop("method", "GET"), f"{stack.url}/api/v1/sync/{path}", headers=headers, **options)


LAST_IDS = {"garbage": (400, "bad_cursor"), "-1": (400, "bad_cursor"), "1700000000000": (400, "bad_cursor")}


@pytest.mark.parametrize("last_id", LAST_IDS)
def test_d_66_a_last_event_id_that_is_none_is_refused(last_id, stack, koffi, stream):
    answer = get(stack, koffi, f"stream?streams={stream}", headers={"Last-Event-ID": last_id})

    assert (answer.status_code, answer.json()["code"]) == LAST_IDS[last_id]


@pytest.mark.parametrize("last_id", ["{epoch}:999999", "zzzz:1"])
def test_d_66_a_last_event_id_of_the_future_or_of_another_life_is_reset(last_id, stack, koffi, beer, stream):
    epoch = since_now(stream).partition(":")[0]
    with EventSource(stack, koffi, stream, last_id=last_id.format(epoch=epoch)) as source:
        told = source.next()[1]

    assert (told["type"], told["stream"], told["seq"]) == ("reset", stream, head(stream))


def test_d_66_without_a_last_event_id_one_lives_from_now_on(stack, koffi, beer, stream):
    with EventSource(stack, koffi, stream) as source:
        source.opened()
        sell(koffi, beer, 1)
        [told, at] = [source.next()[1]["seq"], head(stream)]

    assert told == at


def test_d_66_the_stream_of_another_bar_is_not_found(stack, zoe, stream):
    answer = get(stack, zoe, f"stream?streams={stream}", headers={"Last-Event-ID": "k3f9:1"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("accept", "status"), [("text/html", 406), ("application/json", 406), ("*/*", 200)])
def test_d_67_a_page_that_wants_no_events_is_told_so(accept, status, stack, koffi, stream):
    with httpx.stream(
        "GET", f"{stack.url}/api/v1/sync/stream?streams={stream}", headers=factories.bearer(koffi) | {"Accept": accept}
    ) as answer:
        assert answer.status_code == status


def test_d_68_the_ninth_event_source_of_a_person_is_told_to_poll(stack, koffi, stream):
    sources = [EventSource(stack, koffi, stream).opened() for _ in range(MOST_OF_A_PERSON)]
    try:
        with EventSource(stack, koffi, stream) as ninth:
            event, told = ninth.next()
            with pytest.raises(EOFError):
                ninth.next()
    finally:
        for source in sources:
            source.__exit__(None, None, None)

    assert (event, told["mode"], told["full"]) == ("welcome", "poll", f"person.{koffi.user_id}")


def test_d_69_a_text_can_not_become_an_event(stack, koffi, operator):
    """Read byte by byte: a browser ends lines at CR and LF only, Python at more."""
    evil = "x\n\ndata: {}\n\nevent: access.changed\nid: zzz:9\r\n\r\ndata: y\u2028\x85"
    address = f"{stack.url}/api/v1/sync/stream?streams=everyone"
    with httpx.stream("GET", address, headers=factories.bearer(koffi), timeout=10) as answer:
        pieces = answer.iter_raw()
        opening = next(pieces)
        said = get(stack, operator, "broadcast", method="POST", json={"text": evil})
        event, at, data, *rest = next(pieces).decode().split("\n")

    assert (said.status_code, event, at, rest) == (202, "event: frame", f"id: {since_now('everyone')}", ["", ""])
    assert json.loads(data.removeprefix("data: "))["events"][0]["data"]["text"] == evil
    assert opening.count(b"\n\n") == 1


def test_d_69_the_name_of_a_product_is_in_no_event(stack, koffi, bar, stream):
    with EventSource(stack, koffi, stream) as source:
        source.opened()
        made = factories.product(bar, "x", stock=5)
        type(made).objects.filter(pk=made.pk).update(name="Flag\n\ndata: {}\n\n")
        sell(koffi, made, 1)
        frames = [source.next("frame")]
        while frames[-1][1]["seq"] < head(stream):
            frames.append(source.next("frame"))

    assert {event for event, _ in frames} == {"frame"}
    assert "Flag" not in json.dumps(frames)


def test_d_70_polling_since_a_moment_is_refused(stack, koffi, stream):
    answer = poll(stack, koffi, stream, since="1700000000000")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(("events", "kinds"), [(3, {"frame"}), (MOST_REPLAYED + 100, {"reset"})])
def test_d_70_polling_since_the_beginning_for_ever_is_a_bounded_page(events, kinds, stack, koffi, stream):
    with session() as writer:
        for _ in range(events // 100 or 1):
            writer.execute(
                "SELECT realtime_stage(%s, 'stock', 'stock.changed',"
                ' \'{"product":"00000000-0000-0000-0000-000000000000","stock":1,"available":1}\')'
                " FROM generate_series(1, %s)",
                [stream, min(events, 100)],
            )
            writer.commit()
    answers = [poll(stack, koffi, stream, since="0") for _ in range(3)]

    assert {message["type"] for message in answers[0].json()["messages"]} == kinds
    assert len({answer.content for answer in answers}) == 1
    assert len(answers[0].content) < MB


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_d_71_a_stream_is_only_read(method, stack, koffi, stream):
    answer = get(stack, koffi, f"stream?streams={stream}", method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
