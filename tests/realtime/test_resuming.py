"""Nothing is lost and nothing comes twice: to who was away, and while the relay dies."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import factories
from tests.realtime.follower import Follower, cursor, events, sell, sub
from tests.realtime.numbering import frames_in_log, head, since_now


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


def test_who_comes_back_gets_exactly_the_missed_frames(stack, koffi, yao, beer, stream):
    """What a page that was never away saw is the measure."""
    with Follower(stack, koffi) as always:
        always.hello(sub(stream))
        with Follower(stack, yao) as page:
            page.hello(sub(stream))
            sell(koffi, beer, 2)
            seen = page.frames(2)
        sell(koffi, beer, 3)
        all_frames = always.frames(5)
        with Follower(stack, yao) as page:
            resumed = page.hello(sub(stream, since=cursor(seen[-1])))
            missed = page.frames(3)
            sell(koffi, beer, 1)
            later = page.frames(1)
        all_frames += always.frames(1)

    assert resumed["subs"][0]["result"] == "resumed"
    assert seen + missed + later == all_frames
    assert events(all_frames) == frames_in_log(stream)[-6:]


def test_coming_back_twice_in_a_row_and_at_once_gives_the_same_again(stack, koffi, beer, stream):
    start = since_now(stream)
    sell(koffi, beer, 3)
    told = []
    for _ in range(3):
        with Follower(stack, koffi) as page:
            page.hello(sub(stream, since=start))
            told.append(page.frames(3))
    with Follower(stack, koffi) as page:
        answer = page.hello(sub(stream, since=cursor(told[0][-1])))
        sell(koffi, beer, 1)
        [after] = page.frames(1)

    assert told[0] == told[1] == told[2]
    assert (answer["subs"][0]["result"], after["prev"]) == ("resumed", told[0][-1]["seq"])


def test_i32_a_page_that_joins_while_others_sell_misses_nothing_and_sees_nothing_twice(stack, koffi, beer, stream):
    told, at = [], since_now(stream)
    with ThreadPoolExecutor(1) as counter:
        selling = counter.submit(sell, koffi, beer, 20)
        while not selling.done() or int(at.partition(":")[2]) < head(stream):
            with Follower(stack, koffi) as page:
                page.hello(sub(stream, since=at))
                told += page.frames(1)
                at = cursor(told[-1])

    assert events(told) == frames_in_log(stream)[-20:]


@pytest.mark.parametrize(
    "since", ["{epoch}:{future}", "0000000:1", "zzz:0", "{epoch}:999999999999999999", "0:{future}"]
)
def test_a_cursor_that_does_not_fit_is_reset(since, stack, koffi, beer, stream):
    epoch, seq = since_now(stream).split(":")
    with Follower(stack, koffi) as page:
        welcome = page.hello(sub(stream, since=since.format(epoch=epoch, future=int(seq) + 1)))
        sell(koffi, beer, 1)
        [live] = page.frames(1)

    assert welcome["subs"] == [{"stream": stream, "epoch": epoch, "seq": int(seq), "result": "reset"}]
    assert live["prev"] == int(seq)


def test_a_relay_that_is_killed_and_started_again_loses_nothing(stack, koffi, beer, stream):
    with Follower(stack, koffi) as page:
        page.hello(sub(stream))
        sell(koffi, beer, 1)
        before = page.frames(1)
        stack.kill_relay()
        sell(koffi, beer, 3)
        stack.start_relay()
        sell(koffi, beer, 1)
        after = page.frames(4)

    assert events(before + after) == frames_in_log(stream)[-5:]


def test_i32_f14_a_relay_that_is_killed_again_and_again_while_sales_go_on_loses_nothing(stack, koffi, bar, stream):
    beer = factories.product(bar, "Flag", stock=200)
    with Follower(stack, koffi) as page, ThreadPoolExecutor(1) as counter:
        start = page.hello(sub(stream))["subs"][0]["seq"]
        selling = counter.submit(sell, koffi, beer, 150)
        for _ in range(2):
            page.frames(5)
            stack.kill_relay()
            stack.start_relay()
        selling.result()
        page.until(stream, head(stream))

    told = [message for message in page.received if message["type"] == "frame"]
    assert events(told) == frames_in_log(stream)[-150:]
    assert [frame["prev"] for frame in told] == [start, *(frame["seq"] for frame in told)][:-1]
