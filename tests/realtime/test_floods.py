"""Too much of something: pings, messages, sockets, subscriptions, visitors who leave at once. integrity.md §4 C and D.

FLOOD, VISITS, PINGS: how many messages, visitors, pings; small unless asked for (280000, 1000, 30000). From one
machine: what a thousand addresses at once would do is not shown here.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from bars.streams import MOST_LIVE
from realtime.hub import Hub
from realtime.limits import MOST_OF_A_PERSON
from realtime.subscribers import Subscriber
from tests import factories
from tests.faults.webs import FLAT, MB, begun, leases, memory, open_lines, report, until
from tests.realtime.follower import Follower, cursor, sell, sub
from tests.realtime.hubs import end_hub
from tests.realtime.numbering import head
from tests.realtime.raw import PING, PONG, TEXT, Raw, frame, handshake, hello

FLOOD = int(os.environ.get("FLOOD", "20000"))
VISITS = int(os.environ.get("VISITS", "100"))
PINGS = int(os.environ.get("PINGS", "3000"))


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


@pytest.fixture
def web(stack, koffi):
    return begun(stack, koffi)


def test_c_58_pings_are_answered_as_fast_as_they_come(web, koffi, stream):
    with Raw(web).open(web, koffi) as eager, ThreadPoolExecutor(1) as other:
        sending = other.submit(eager.send_until_refused, frame(PING, b"x" * 125) * 100, PINGS // 100)
        pongs = [eager.next() for _ in range(PINGS)]

        assert (pongs == [(PONG, b"x" * 125)] * PINGS, sending.result()) == (True, True)


def test_c_58_who_pings_and_reads_no_pong_costs_no_memory(web, koffi, stream):
    before = memory(web.web)
    with Raw(web, window=4096, patience=2).open(web, koffi) as bad:
        went = bad.send_until_refused(frame(PING, b"x" * 125) * 1000, 200)
        grown = memory(web.web) - before
    print(f"\n25 MB of pings without a reader: {grown / MB:.1f} MB more in the web process, all taken: {went}")

    assert grown < FLAT


@pytest.mark.parametrize("message", [b'{"type":"pong"}', b"", b"x"], ids=["pong", "empty", "nonsense"])
def test_c_58_a_flood_of_small_messages_is_cut_and_costs_no_memory(message, web, koffi, stream):
    before = memory(web.web)
    with Raw(web).open(web, koffi) as bad:
        bad.send(hello(stream))
        bad.next()
        went = bad.send_until_refused(frame(TEXT, message) * 100, FLOOD // 100)
        code = bad.code()
    until(lambda: leases(stream) == 0)
    grown = memory(web.web) - before
    print(f"\n{FLOOD} messages: {grown / MB:.1f} MB more in the web process, all taken: {went}, code {code}")

    assert (code in (0, 4013, 4101), grown < FLAT) == (True, True)


def test_c_58_who_floods_on_after_the_end_is_cut(web, koffi, stream):
    """What is sent on would be read for seconds: here it is taken until the buffers of two kernels are full."""
    with Raw(web).open(web, koffi) as bad:
        bad.send(hello(stream))
        bad.next()
        bad.send(frame(TEXT, b'{"type":"pong"}') * 30)
        codes = [bad.code()]
        went = bad.send_until_refused(frame(TEXT, b"x" * 60_000) * 10, 100)

    assert (codes, went) == ([4101], False)


def test_c_59_thirty_sockets_of_four_people_and_no_more(stack, bar, stream):
    people = [factories.member(bar, f"server{n}", "manager") for n in range(4)]
    pages = [Follower(stack, person) for person in people for _ in range(MOST_OF_A_PERSON)]
    try:
        told = [page.hello(sub(stream)) for page in pages]
        closed = [page.next()["code"] for page in pages[MOST_LIVE:]]
    finally:
        for page in pages:
            page.close()

    assert [one["mode"] for one in told] == ["live"] * MOST_LIVE + ["poll"] * 2
    assert ([one["full"] for one in told[MOST_LIVE:]], closed) == ([stream] * 2, [4130] * 2)


def test_c_60_subscribing_again_and_again_changes_nothing(web, koffi, beer, stream):
    with Follower(web, koffi) as page:
        page.hello(sub(stream))
        for number in range(8):
            page.say("subscribe", id=number, stream=stream)
            page.next("subscribed")
        sell(koffi, beer, 1)
        frames = [page.next("frame")]
        for number in range(4):
            page.say("unsubscribe", id=number, stream=stream)
            page.next("unsubscribed")
        sell(koffi, beer, 1)
        page.say("subscribe", id=99, stream=stream, since=cursor(frames[0]))
        answer, missed = page.next(), page.next("frame")

    told = [message["seq"] for message in page.received if message["type"] == "frame"]
    assert (answer["id"], answer["result"]) == (99, "resumed")
    assert told == [frames[0]["seq"], missed["seq"]] == [head(stream) - 2, head(stream)]


@pytest.mark.usefixtures("no_relay")
async def test_c_60_a_thousand_subscriptions_leave_nothing_behind(transactional_db, stream):
    hub, page = Hub(), Subscriber()
    try:
        for _ in range(1000):
            await hub.subscribe(page, stream, frozenset({"stock", "figures"}), since=None)
            hub.unsubscribe(page, stream)
        feed = hub.feeds[stream]
        left = [list(hub.feeds), feed.pins, feed.audiences, page.streams, page.cursors, hub.leases.held]
        watched = [boards.tag(stream, page) for boards in hub.states.values()]
    finally:
        await end_hub(hub)

    assert (left, any(watched)) == ([[stream], 0, {}, {}, {}, {}], False)


def told_of(web):
    """(connections, users) by the last report; None where a busy process has not told for a while."""
    now = report(web.web)
    return now and (now["connections"], now["users"])


def test_d_72_who_leaves_at_once_leaves_nothing_behind(web, koffi, awa, stream):
    """Sockets before and after hello, event sources and polls that wait."""
    headers = factories.bearer(koffi)
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    ways = [
        handshake(web, koffi),
        handshake(web, koffi) + hello(stream),
        *(
            f"GET /api/v1/sync/{path}streams={stream} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n{told}\r\n".encode()
            for path in ("stream?", "poll?wait=25&")
        ),
    ]
    lines, before = open_lines(web), memory(web.web)
    for number in range(VISITS):
        with Raw(web) as visitor:
            visitor.socket.sendall(ways[number % 4])
            if number % 8 < 4:
                visitor.socket.recv(1)  # the others don't even wait for the answer to begin
    until(lambda: leases(stream) == leases(f"person.{koffi.user_id}") == 0, 20)
    until(lambda: open_lines(web) <= lines, 20)
    until(lambda: told_of(web) == (0, 0), 20)
    with Follower(web, awa) as page:
        page.hello(sub(stream))
        until(lambda: told_of(web) == (1, 1))

    assert memory(web.web) - before < FLAT
