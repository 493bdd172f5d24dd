"""Clients that read nothing, answer nothing, or have gone without a word; proxies that hold back.

BAD_CLIENTS: how many read nothing (8 unless asked for). PINGS: seconds between a server's ping and the next, and that
it waits for the answer (1; production has uvicorn's 20 and 20). Not produced here: a peer that acknowledges for ever
on a real radio link, and what middle boxes forget by themselves; a swallowing proxy stands for both.
"""

import json
import os
import statistics
import time
from contextlib import ExitStack

import httpx
import pytest
import uvicorn

from realtime.http import SSE_BEAT
from tests import factories
from tests.faults.proxy import Proxy
from tests.faults.webs import MB, begun, leases, memory, open_lines, report, until, web_beside
from tests.realtime.follower import Follower, poll, sub
from tests.realtime.raw import Raw, hello
from tests.sessions import session

BAD = int(os.environ.get("BAD_CLIENTS", "8"))
PINGS = float(os.environ.get("PINGS", "1"))
TOO_SLOW = "4108"
NOTICED = 45.0  # seconds until a server has noticed that a client is gone


@pytest.fixture(scope="module")
def impatient(running_stack, tmp_path_factory):
    """A web process whose pings are quick."""
    folder = tmp_path_factory.mktemp("impatient")
    timing = {"UVICORN_WS_PING_INTERVAL": PINGS, "UVICORN_WS_PING_TIMEOUT": PINGS}
    with web_beside(running_stack, folder, **timing) as web:
        yield web


@pytest.fixture
def web(impatient, stack, koffi):
    return begun(impatient, koffi)


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


def fill(stream, megabytes):
    """Events of 100 KB on the topic `stock`, which those who read nothing have asked for."""
    data = json.dumps({"product": "x" * 100_000, "stock": 1, "available": 1})
    with session() as writer:
        for _ in range(megabytes * 10):
            writer.execute("SELECT realtime_stage(%s, 'stock', 'stock.changed', %s)", [stream, data])
            writer.commit()


def sales_until(done, page, koffi, beer, seconds=30):
    """Sell until something is so; how late each sale came to a page that reads."""
    late, stop = [], time.monotonic() + seconds
    while not done() or len(late) < 10:
        assert time.monotonic() < stop, "it has not come true"
        factories.sale(koffi, {beer.pk: 1})
        began = time.monotonic()
        page.next("frame")
        late.append(time.monotonic() - began)
        time.sleep(0.05)
    return late


def test_f32_who_reads_nothing_is_closed_and_holds_up_nobody(web, bar, koffi, stream):
    beer = factories.product(bar, "Flag", stock=5000)
    crew = [factories.member(bar, f"server{n}", "manager") for n in range(-(-BAD // 8))]
    with Follower(web, koffi) as page, ExitStack() as opened:
        page.hello(sub(stream, "sales"))
        calm = sales_until(lambda: True, page, koffi, beer)
        lines, before = open_lines(web), memory(web.web)
        bad = [opened.enter_context(Raw(web, window=4096)).open(web, crew[n // 8]) for n in range(BAD)]
        for one in bad:
            one.send(hello(stream, "stock"))
            one.next()
        began = time.monotonic()
        fill(stream, 6)
        peak = memory(web.web)
        late = sales_until(lambda: open_lines(web) <= lines, page, koffi, beer)
        took = time.monotonic() - began
        counted = until(lambda: report(web.web)["connections"] == leases(stream) == 1)
        ended = [one.has_ended(5) for one in bad]
    grown = memory(web.web) - before
    print(
        f"\nF32: {BAD} who read nothing are gone {took:.1f} s after the first event, places {counted:.1f} s later;"
        f" {(peak - before) / MB / BAD:.2f} MB each at the time, {grown / MB / BAD:.2f} MB after;"
        f" others: {statistics.median(calm) * 1000:.0f} ms before, {statistics.median(late) * 1000:.0f} ms meanwhile"
    )

    assert (ended, took < 60) == ([True] * BAD, True)
    assert report(web.web)["counters"]["closes"].get(TOO_SLOW, 0) >= BAD
    assert (peak - before) / BAD < 4 * MB
    assert statistics.median(late) < max(0.1, 5 * statistics.median(calm))


def test_f32_who_answers_no_ping_is_closed(web, koffi, stream):
    with Raw(web).open(web, koffi) as bad, Follower(web, koffi) as page:
        page.hello(sub(stream))
        began = time.monotonic()
        bad.send(hello(stream))
        code = bad.code()
        took = time.monotonic() - began
        until(lambda: leases(stream) == 1)
        page.say("subscribe", id=1, stream=stream)
        still = page.next("subscribed")
    print(f"\nF32: closed by {code} after {took:.1f} s of {2 * PINGS:g}")

    assert (code, took < 2 * PINGS + 2, still["id"]) == (1011, True, 1)


def test_f32_an_event_source_that_reads_nothing_gives_its_place_back(web, koffi, stream):
    lines, before = open_lines(web), memory(web.web)
    headers = "".join(f"{name}: {value}\r\n" for name, value in factories.bearer(koffi).items())
    with Raw(web, window=4096) as bad:
        bad.socket.sendall(
            f"GET /api/v1/sync/stream?streams={stream}&topics=stock HTTP/1.1\r\nHost: x\r\n{headers}\r\n".replace(
                "Host: x", f"Host: 127.0.0.1:{web.port}"
            ).encode()
        )
        bad.head()
        until(lambda: leases(stream) == 1)
        fill(stream, 6)
        took = until(lambda: leases(stream) == 0, 30)
    until(lambda: open_lines(web) <= lines, 30)
    grown = memory(web.web) - before
    print(f"\nF32: the place of an event source without a reader is free after {took:.1f} s, {grown / MB:.1f} MB more")

    assert (took < 60, grown < 8 * MB) == (True, True)


def test_f33_a_server_notices_that_a_client_is_gone_without_a_word(web, koffi, yao, stream):
    """A proxy swallows what both say. With production's pings the same takes 20 + 20 s."""
    with Proxy(("127.0.0.1", web.port)) as network, Follower(web, yao) as near:
        far_web = type(web)(web.database, web.folder)
        far_web.port, far_web.url = network.port, f"http://127.0.0.1:{network.port}"
        far_web.ws_url = f"ws://127.0.0.1:{network.port}/ws/"
        near.hello(sub(stream))
        far = Follower(far_web, koffi)
        far.hello(sub(stream))
        until(lambda: leases(stream) == 2)
        network.black_hole()
        took = until(lambda: leases(stream) == 1 and report(web.web)["connections"] == 1, 4 * PINGS + 5)
        network.cut()
        far.close()
    pings = uvicorn.Config("config.asgi:application")
    longest = pings.ws_ping_interval + pings.ws_ping_timeout
    print(f"\nF33: noticed after {took:.1f} s with pings of {PINGS:g} s, so {longest + took - 2 * PINGS:.0f} s with 20")

    assert (took < 2 * PINGS + 3, longest + took - 2 * PINGS < NOTICED) == (True, True)


def test_f35_an_event_source_begins_at_once_and_asks_proxies_not_to_hold_back(stack, koffi, stream):
    """What a browser does about a proxy that does so all the same is in tests/js: no first line, no stream."""
    address, began = f"{stack.url}/api/v1/sync/stream?streams={stream}", time.monotonic()
    with httpx.stream("GET", address, headers=factories.bearer(koffi), timeout=10) as answer:
        first = next(answer.iter_raw())
        took = time.monotonic() - began

    assert (answer.headers["X-Accel-Buffering"], answer.headers["Cache-Control"]) == ("no", "no-cache, no-transform")
    assert (first.startswith(b"retry: "), b"\nid: " in first, took < 2, SSE_BEAT <= 15) == (True, True, True, True)


def test_f35_behind_a_proxy_that_holds_back_nothing_comes_and_polling_does(stack, koffi, beer, stream):
    with Proxy(("127.0.0.1", stack.port)) as network:
        network.hold_back = MB
        held = type(stack)(stack.database, stack.folder)
        held.url = f"http://127.0.0.1:{network.port}"
        with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=1.5) as client:
            client.get(f"{held.url}/api/v1/sync/stream?streams={stream}", headers=factories.bearer(koffi))
        answer = poll(held, koffi, stream, since="0")

    assert (answer.status_code, {message["type"] for message in answer.json()["messages"]}) == (200, {"frame"})
