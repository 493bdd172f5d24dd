"""What may happen to a web process: it is killed, it is asked to stop, everybody comes back at once.

HERD: how many sockets lose their server together (60 unless asked for). `python -m bench.realtime storm` is the large
one. Not shown on one machine: a web server whose machine is gone, so that not even a reset comes back (test_slow.py
has the half-open line), and a load balancer that takes a while to notice.
"""

import asyncio
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bars.streams import MOST_LIVE
from bench.statements import counted, of_the_log
from realtime.limits import MOST_OF_A_PERSON
from tests import factories
from tests.faults.webs import Till, report, until, web_beside
from tests.realtime.follower import PROTOCOL, EventSource, Follower, cursor, events, poll, sell, sub
from tests.realtime.numbering import frames_in_log, since_now
from tests.sessions import session
from tests.stack import end

HERD = int(os.environ.get("HERD", "60"))
WINDOW = 1.5  # seconds of a drain


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


@pytest.fixture
def other(stack, tmp_path):
    """A second web process, which a test may kill. It drains as long as WINDOW."""
    with web_beside(stack, tmp_path, DRAIN_SECONDS=WINDOW, UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=5) as web:
        yield web


@pytest.fixture
def crew(bar):
    """So many managers that the bar may be full."""
    return [factories.member(bar, f"server{n}", "manager") for n in range(-(-MOST_LIVE // MOST_OF_A_PERSON))]


def hello(page, tab, *subs):
    page.say("hello", subs=list(subs), client="browser", tab=tab)
    return page.next("welcome")


@contextmanager
def pages_on(web, crew, count):
    """So many sockets, of all the crew in turn."""
    with ExitStack() as opened:
        yield [opened.enter_context(Follower(web, crew[n % len(crew)])) for n in range(count)]


def test_f20_thirty_pages_of_a_web_process_that_is_killed_find_another_and_miss_nothing(
    stack, other, crew, koffi, beer
):
    """Their old places don't keep them out, nor strangers for longer than five seconds."""
    stream = f"bar.{koffi.bar_id}"
    start = since_now(stream)
    with pages_on(other, crew, MOST_LIVE) as before:
        assert {hello(page, str(n), sub(stream, since=start))["mode"] for n, page in enumerate(before)} == {"live"}
        sell(koffi, beer, 1)
        first = [page.next("frame") for page in before]
        end(other.web, signal.SIGKILL)
        began = time.monotonic()
        lost = {page.next("close")["code"] for page in before}
    sell(koffi, beer, 2)
    with pages_on(stack, crew, MOST_LIVE) as after:
        modes = Counter(
            hello(page, str(n), sub(stream, since=cursor(first[n])))["mode"] for n, page in enumerate(after)
        )
        back = time.monotonic() - began
        told = [[first[n], *page.frames(2)] for n, page in enumerate(after)]
        with Follower(stack, koffi) as stranger:
            is_full = hello(stranger, "new", sub(stream))["mode"]
    print(f"\nF20: {MOST_LIVE} pages are back {back:.1f} s after the kill")

    assert (lost, modes, is_full) == ({1006}, {"live": MOST_LIVE}, "poll")
    missed = [frame for frame in frames_in_log(stream) if frame[0] > int(start.partition(":")[2])]
    assert [events(frames) for frames in told] == [missed[:3]] * MOST_LIVE


def test_f20_the_places_of_a_killed_process_are_free_for_strangers_within_five_seconds(stack, other, crew, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    with pages_on(other, crew, MOST_LIVE) as before:
        for n, page in enumerate(before):
            hello(page, str(n), sub(stream))
        with Follower(stack, koffi) as early:
            is_full = hello(early, "a", sub(stream))["mode"]
        end(other.web, signal.SIGKILL)

        def is_let_in():
            with Follower(stack, koffi) as stranger:
                return hello(stranger, "a", sub(stream))["mode"] == "live"

        took = until(is_let_in, 8)
    print(f"\nF20: a stranger finds room {took:.1f} s after the kill")

    assert (is_full, took < 5) == ("poll", True)


def test_f21_a_process_that_is_asked_to_stop_lets_go_of_everybody_and_fails_no_sale(stack, other, crew, koffi, yao):
    stream, beer = f"bar.{koffi.bar_id}", factories.product(koffi.bar, "Flag", stock=5000)
    start, news = since_now(stream), {}
    own = f"user.{yao.user_id}"  # on which nothing happens
    address = f"{other.url}/api/v1/sync/poll?streams={own}&since={since_now(own)}&wait=25"
    headers = factories.bearer(yao)

    def wait_for_news():
        news["answer"] = httpx.get(address, headers=headers, timeout=30)
        news["at"] = time.monotonic()

    waiting = threading.Thread(target=wait_for_news)
    with (
        pages_on(other, crew, 12) as pages,
        EventSource(other, yao, stream) as source,
        Till(other, koffi, beer) as till,
        Till(stack, koffi, beer) as second,
    ):
        for page in pages:
            page.hello(sub(stream, since=start))
        source.opened()
        waiting.start()
        until(lambda: (report(other.web) or {}).get("users") == len(crew) + 1)
        time.sleep(0.3)  # for the poll, which no report counts

        other.web.send_signal(signal.SIGUSR1)
        began = time.monotonic()
        closed = []
        for page in pages:
            assert page.next("drain")["window"] == WINDOW
        readers = [threading.Thread(target=lambda page=page: closed.append(left(page, began))) for page in pages]
        for reader in readers:
            reader.start()
        while time.monotonic() - began < WINDOW:
            assert till.sell().status_code == 201
        with Follower(stack, crew[0]) as moved:
            mode = moved.hello(sub(stream, since=start))["mode"]
        for reader in [*readers, waiting]:
            reader.join(10)
        waited = news["at"] - began
        ended = source.next("close")[1]["code"]
        held = a_sale_that_waits(till, beer, lambda: other.web.send_signal(signal.SIGTERM))
        other.web.wait(10)
        elsewhere = second.sell().status_code
    at = sorted(when for _, when in closed)
    print(f"\nF21: closed {at[0]:.2f} … {at[-1]:.2f} s after the signal, {len(till.took)} sales meanwhile, none failed")

    assert ([code for code, _ in closed], ended, mode) == ([4200] * 12, 4200, "live")
    assert (at[-1] - at[0] > WINDOW / 3, at[-1] < WINDOW + 1, waited < WINDOW + 2) == (True, True, True)
    assert (news["answer"].json()["messages"], held, elsewhere, other.web.returncode) == ([], 201, 201, -signal.SIGTERM)


def left(page, began):
    return page.next("close")["code"], time.monotonic() - began


def a_sale_that_waits(till, beer, happen):
    """The status of a sale under way while something happens: somebody else has the bottle for a moment."""
    told = []
    with session() as writer:
        writer.execute("SELECT 1 FROM stock_product WHERE id = %s FOR UPDATE", [beer.pk])
        selling = threading.Thread(target=lambda: told.append(till.sell().status_code))
        selling.start()
        time.sleep(0.3)
        happen()
        time.sleep(0.3)
    selling.join(10)
    return told[0]


def test_f21_who_comes_to_a_process_that_drains_is_sent_on_and_waits_for_nothing(stack, other, koffi, beer, stream):
    start = since_now(stream)
    assert (poll(other, koffi, stream).status_code, httpx.get(f"{other.url}/readyz").status_code) == (200, 200)
    other.web.send_signal(signal.SIGUSR1)
    until(lambda: (report(other.web) or {}).get("mode") == "draining")
    with Follower(other, koffi) as page:
        told, closed = page.next(), page.next()
    with EventSource(other, koffi, stream, since=start) as source:
        ended = source.next("close")[1]
    began = time.monotonic()
    answer = poll(other, koffi, stream, since=start, wait=25)
    took = time.monotonic() - began
    ready, alive = [httpx.get(f"{other.url}/{probe}").status_code for probe in ("readyz", "healthz")]

    assert (told["code"], closed["code"], ended["code"]) == ("drain", 4200, 4200)
    assert (answer.json()["cursor"], answer.json()["messages"], took < 2) == (start, [], True)
    assert (ready, alive) == (503, 200)


# Everybody at once


async def come_back(addresses, bearer, stream, since, tab):
    """One phone: live until its server dies, then back by full jitter; what it was told after."""
    told, gone = [], 0.0
    for address in addresses:
        if gone:
            await asyncio.sleep(random.uniform(0, 1))
        async with connect(address, subprotocols=[PROTOCOL], additional_headers=bearer, compression=None) as line:
            greeting = {"type": "hello", "client": "phone", "tab": tab, "subs": [sub(stream, since=since)]}
            await line.send(json.dumps(greeting))
            welcome = json.loads(await line.recv())
            assert welcome["mode"] == "live", welcome
            back = time.monotonic() - gone
            if address == addresses[-1]:
                while len(told) < 2:
                    message = json.loads(await line.recv())
                    told += [message] if message["type"] == "frame" else []
                return back, told
            try:
                while True:
                    message = json.loads(await line.recv())
                    since = cursor(message) if message["type"] == "frame" else since
            except ConnectionClosed:
                gone = time.monotonic()
    return None


def test_f34_a_herd_that_loses_its_server_comes_back_and_asks_the_log_once_for_each_stream(stack, other, db):
    """Every bar is full. Missed: one frame; the second tells that they are live again."""
    bars = [factories.bar(f"Bar {n}") for n in range(-(-HERD // MOST_LIVE))]
    crews = [[factories.member(bar, f"b{n}s{m}", "manager") for m in range(4)] for n, bar in enumerate(bars)]
    beers = [factories.product(bar, "Flag") for bar in bars]
    phones = [(n // MOST_LIVE, crews[n // MOST_LIVE][n % MOST_LIVE // MOST_OF_A_PERSON]) for n in range(HERD)]
    since = [since_now(f"bar.{bar.pk}") for bar in bars]
    tokens = {member.pk: factories.bearer(member) for crew in crews for member in crew}

    servers = [other.ws_url, stack.ws_url]

    async def storm():
        herd = [
            asyncio.create_task(come_back(servers, tokens[who.pk], f"bar.{bars[n].pk}", since[n], str(number)))
            for number, (n, who) in enumerate(phones)
        ]
        await asyncio.to_thread(until, lambda: (report(other.web) or {}).get("connections") == HERD, 30)
        before = await asyncio.to_thread(read_counts)
        await asyncio.to_thread(end, other.web, signal.SIGKILL)
        await asyncio.to_thread(sell_one_each, crews, beers)
        await asyncio.sleep(2.5)
        await asyncio.to_thread(sell_one_each, crews, beers)
        return await asyncio.wait_for(asyncio.gather(*herd), 40), await asyncio.to_thread(read_counts) - before

    told, asked = asyncio.run(storm())
    late = sorted(back for back, _ in told)
    print(
        f"\nF34: {HERD} phones of {len(bars)} bars live again {late[-1]:.1f} s after the kill at the latest;"
        f" the log was read {of_the_log(asked)} times, {asked.total()} statements in all"
    )

    for (n, _), (_, frames) in zip(phones, told, strict=True):
        assert events(frames) == frames_in_log(f"bar.{bars[n].pk}")[-2:]
    assert of_the_log(asked) <= 2 * len(bars)  # the frames that the layer had not brought yet, and those missed
    assert late[-1] < 5


def read_counts():
    from django.db import connection

    try:
        return counted()
    finally:
        connection.close()


def sell_one_each(crews, beers):
    for crew, beer in zip(crews, beers, strict=True):
        sell(crew[0], beer, 1)
