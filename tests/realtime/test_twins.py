import threading
import time

import httpx
import pytest

from tests import factories
from tests.realtime.follower import EventSource, Follower, cookie_of, cursor, events, poll, sell, sub
from tests.realtime.numbering import frames_in_log, since_now


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


def frames_of(messages):
    return [message for message in messages if message["type"] == "frame"]


def poll_figures(stack, who, stream):
    """The first answer with figures: one that comes before they are computed has none."""
    end = time.monotonic() + 30
    while not (answer := poll(stack, who, stream, topics="figures").json())["seen"]:
        assert time.monotonic() < end, answer
    return answer


def listen(source, count):
    """The data of the next so many frames of an event source."""
    return [source.next("frame")[1] for _ in range(count)]


@pytest.mark.parametrize("topics", ["", "sales", "stock"])
def test_the_three_transports_tell_the_same_since_the_same_cursor(topics, stack, koffi, beer, stream):
    start = since_now(stream)
    sell(koffi, beer, 3)
    end = since_now(stream)

    with Follower(stack, koffi) as page:
        page.hello(sub(stream, *filter(None, [topics]), since=start))
        by_socket = page.frames(3)
    with EventSource(stack, koffi, stream, since=start, topics=topics) as source:
        by_events = listen(source, 3)
    polled = poll(stack, koffi, stream, since=start, topics=topics).json()

    assert by_socket == by_events == polled["messages"]
    assert cursor(by_socket[-1]) == source.last_id == polled["cursor"] == end
    if not topics:
        assert events(by_socket) == frames_in_log(stream)[-3:]


def test_polling_again_and_again_is_the_whole_story_once(stack, koffi, beer, stream):
    start = at = since_now(stream)
    told = []
    for count in (1, 0, 3):
        sell(koffi, beer, count)
        answer = poll(stack, koffi, stream, since=at).json()
        told, at = told + answer["messages"], answer["cursor"]

    assert events(told) == frames_in_log(stream)[-4:]
    assert (told, at) == (poll(stack, koffi, stream, since=start).json()["messages"], since_now(stream))


def test_the_first_poll_tells_where_the_stream_stands(stack, koffi, beer, stream):
    answer = poll(stack, koffi, stream)

    assert answer.json() == {"cursor": since_now(stream), "seen": [], "messages": [], "interval": 5000}
    assert answer.headers["content-type"].startswith("application/json")


def test_polling_since_0_brings_all_that_is_kept(stack, koffi, beer, stream):
    sell(koffi, beer, 2)

    answer = poll(stack, koffi, stream, since="0").json()

    assert events(answer["messages"]) == frames_in_log(stream)


def test_several_streams_share_one_poll_and_one_cursor(stack, koffi, beer, stream):
    streams, mine = f"{stream},user.{koffi.user_id}", f"user.{koffi.user_id}"
    start = poll(stack, koffi, streams).json()["cursor"]
    sell(koffi, beer, 1)

    answer = poll(stack, koffi, streams, since=start).json()
    again = poll(stack, koffi, streams, since=answer["cursor"]).json()

    assert start.count(",") == 1
    assert sorted(frame["stream"] for frame in answer["messages"]) == sorted([stream, mine])
    assert answer["cursor"] == f"{since_now(stream)},{since_now(mine)}"
    assert (again["messages"], again["cursor"]) == ([], answer["cursor"])


def test_the_cursor_moves_on_past_what_the_topics_hide(stack, koffi, beer, stream):
    """Or every poll would read the same hidden events again, and be reset once they are trimmed."""
    start = since_now(stream)
    sell(koffi, beer, 2)

    answer = poll(stack, koffi, stream, since=start, topics="consignments").json()

    assert (answer["messages"], answer["cursor"]) == ([], since_now(stream))


def test_a_long_poll_wakes_up_with_the_sale(stack, koffi, beer, stream):
    start, answers = since_now(stream), []
    began = time.monotonic()
    waiting = threading.Thread(target=lambda: answers.append(poll(stack, koffi, stream, since=start, wait=25)))
    waiting.start()
    waiting.join(0.4)
    assert (waiting.is_alive(), answers) == (True, [])

    sell(koffi, beer, 1)
    waiting.join(30)

    assert [events(answer.json()["messages"]) for answer in answers] == [frames_in_log(stream)[-1:]]
    assert time.monotonic() - began < 24  # of 25


def test_a_long_poll_without_news_ends_in_time(stack, koffi, stream):
    began = time.monotonic()

    answer = poll(stack, koffi, stream, since=since_now(stream), wait=0.2).json()

    assert answer["messages"] == []
    assert time.monotonic() - began < 5


def test_figures_come_by_poll_and_by_event_source(stack, koffi, beer, stream):
    sell(koffi, beer, 2)

    polled = poll_figures(stack, koffi, stream)["messages"]
    with EventSource(stack, koffi, stream, topics="figures") as source:
        first = source.next("state")[1]
        sell(koffi, beer, 1)
        second = source.next("state")[1]

    assert [message["type"] for message in polled] == ["state"]
    assert [m["data"]["revenue"] for m in (polled[0], first, second)] == [2000, 2000, 3000]


def test_figures_that_a_poller_has_are_not_sent_again(stack, koffi, beer, stream):
    first = poll_figures(stack, koffi, stream)
    again = poll(stack, koffi, stream, topics="figures", seen=",".join(first["seen"])).json()
    sell(koffi, beer, 1)
    news = poll(stack, koffi, stream, topics="figures", seen=",".join(again["seen"]), wait=10).json()

    assert [len(answer["messages"]) for answer in (first, again, news)] == [1, 0, 1]
    assert (again["seen"], len(news["seen"])) == (first["seen"], 1)
    assert news["messages"][0]["data"]["revenue"] == 1000


def test_an_event_source_that_comes_back_gets_exactly_what_it_missed(stack, koffi, yao, beer, stream):
    with EventSource(stack, yao, stream) as always:
        always.opened()
        with EventSource(stack, koffi, stream) as source:
            source.opened()
            sell(koffi, beer, 2)
            seen = listen(source, 2)
        sell(koffi, beer, 3)
        with EventSource(stack, koffi, stream, since="0", last_id=source.last_id) as back:
            missed = listen(back, 3)
            sell(koffi, beer, 1)
            live = listen(back, 1)
        everything = listen(always, 6)

    assert seen + missed + live == everything
    assert events(everything) == frames_in_log(stream)[-6:]


def test_an_event_source_of_two_streams_comes_back_to_both(stack, koffi, beer, stream):
    streams = f"{stream},user.{koffi.user_id}"
    with EventSource(stack, koffi, streams) as source:
        source.opened()
        sell(koffi, beer, 1)
        listen(source, 2)
    sell(koffi, beer, 1)

    with EventSource(stack, koffi, streams, last_id=source.last_id) as back:
        missed = listen(back, 2)

    assert sorted(frame["stream"] for frame in missed) == sorted(streams.split(","))
    assert {frame["seq"] for frame in missed} == {int(since_now(name).split(":")[1]) for name in streams.split(",")}


@pytest.mark.parametrize("since", ["{future}", "0000000:1"])
def test_a_cursor_that_does_not_fit_is_reset_on_both(since, stack, koffi, stream, beer):
    epoch, seq = since_now(stream).split(":")
    since = since.format(future=f"{epoch}:{int(seq) + 1}")

    polled = poll(stack, koffi, stream, since=since).json()
    with EventSource(stack, koffi, stream, last_id=since) as source:
        told = source.next()

    reset = {"type": "reset", "stream": stream, "epoch": epoch, "seq": int(seq), "reason": "cursor"}
    assert (polled["messages"], polled["cursor"]) == ([reset], f"{epoch}:{seq}")
    assert (told, source.last_id) == (("reset", reset), f"{epoch}:{seq}")


REFUSED = [
    ({"since": "garbage"}, 400, "bad_cursor"),
    ({"since": "a:b"}, 400, "bad_cursor"),
    ({"since": "-1"}, 400, "bad_cursor"),
    ({"since": "1750000000"}, 400, "bad_cursor"),
    ({"since": "a:1\x00"}, 400, "bad_cursor"),
    ({"since": "0,0"}, 400, "invalid"),
    ({"streams": ",,"}, 400, "invalid"),
    ({"streams": "bar.{other}"}, 404, "not_found"),
    ({"streams": "{stream},bar.{other}", "since": "0,0"}, 404, "not_found"),
    ({"streams": "platform"}, 404, "not_found"),
    ({"streams": "bar.*"}, 404, "not_found"),
    ({"topics": "nothing"}, 404, "not_found"),
    ({"streams": ",".join(["{stream}"] * 51)}, 400, "too_many_streams"),
]


@pytest.mark.parametrize("path", ["poll", "stream"])
def test_what_cannot_be_followed_is_refused_alike(path, stack, koffi, zoe):
    names = {"stream": f"bar.{koffi.bar_id}", "other": zoe.bar_id}
    url, headers = f"{stack.url}/api/v1/sync/{path}", factories.bearer(koffi)
    for asked, status, code in REFUSED:
        query = {name: value.format(**names) for name, value in ({"streams": "{stream}"} | asked).items()}

        answer = httpx.get(url, params=query, headers=headers)

        assert (asked, answer.status_code, answer.json()["code"]) == (asked, status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert zoe.bar.name not in answer.text


@pytest.mark.parametrize("wait", ["26", "-1", "x", "nan", "inf"])
def test_the_wait_of_a_poll_is_bounded(wait, stack, koffi, bar):
    answer = poll(stack, koffi, f"bar.{bar.pk}", wait=wait)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("path", ["poll", "stream"])
def test_last_event_id_wins_over_since_and_is_checked_alike(path, stack, koffi, bar):
    headers = factories.bearer(koffi) | {"Last-Event-ID": "garbage"}
    asked = {"streams": f"bar.{bar.pk}", "since": "0"}

    with httpx.stream("GET", f"{stack.url}/api/v1/sync/{path}", params=asked, headers=headers) as answer:
        assert answer.status_code == (400 if path == "stream" else 200)


@pytest.mark.parametrize("path", ["sync/poll?streams=platform", "sync/stream?streams=platform", "admin/stats/stream"])
def test_nobody_follows_without_signing_in(path, stack, bar):
    answer = httpx.get(f"{stack.url}/api/v1/{path}")

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in")


def test_a_page_follows_with_its_cookie(stack, koffi, beer, stream):
    answer = httpx.get(
        f"{stack.url}/api/v1/sync/poll", params={"streams": stream}, headers=cookie_of(koffi), follow_redirects=False
    )

    assert (answer.status_code, answer.json()["cursor"]) == (200, since_now(stream))


def test_operators_see_the_platform_move(stack, operator, koffi, beer):
    with EventSource(stack, operator, path="/api/v1/admin/stats/stream") as source:
        first = source.next()
        factories.sale(koffi, {beer.pk: 2})
        second = source.next()
        factories.user("ama")
        third = source.next()

    names = ("total_users", "active_consignments", "today_sales", "today_revenue")
    before = [first[1][name] for name in names]
    assert (first[0], before[1:]) == ("message", [0, 0, []])
    revenue = [{"currency": "XOF", "amount": 2000}]
    assert [second[1][name] for name in names] == [before[0], 0, 1, revenue]
    assert [third[1][name] for name in names] == [before[0] + 1, 0, 1, revenue]


def test_the_platform_is_for_operators(stack, yao):
    answer = httpx.get(f"{stack.url}/api/v1/admin/stats/stream", headers=factories.bearer(yao))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_name_cannot_forge_an_event(stack, koffi, bar):
    """Events carry no names; figures do."""
    evil = factories.product(bar, 'x\n\nevent: reset\ndata: {"type":"reset"}\r\rdata: 1', stock=3)
    factories.sale(koffi, {evil.pk: 1})

    with EventSource(stack, koffi, f"bar.{bar.pk}", topics="figures") as source:
        name, told = source.next()

    assert (name, told["data"]["last_sales"][0]["lines"]) == ("state", f"1 × {evil.name}")
