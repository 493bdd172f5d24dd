"""Bad clients of the three transports. integrity.md §4 C and D.

FLOOD, VISITS, PINGS: how many messages, visitors that leave at once, pings; small unless asked for (280000, 1000,
30000). From one machine: what a thousand addresses at once would do is not shown here.
"""

import json
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from bars.models import Session
from bars.streams import MOST_LIVE
from realtime.hub import Hub
from realtime.limits import MOST_OF_A_PERSON
from realtime.log import MOST_REPLAYED
from realtime.subscribers import Subscriber
from tests import factories
from tests.faults.webs import leases, memory, open_lines, report, until
from tests.realtime.follower import EventSource, Follower, cookie_of, cursor, poll, sell, sub
from tests.realtime.numbering import head, since_now
from tests.realtime.raw import BINARY, CLOSE, CONT, FIN, PING, PONG, TEXT, Raw, frame, handshake
from tests.sessions import session

FLOOD = int(os.environ.get("FLOOD", "20000"))
VISITS = int(os.environ.get("VISITS", "100"))
PINGS = int(os.environ.get("PINGS", "3000"))
MB = 1 << 20
FLAT = 8 * MB  # what a web process may grow by while it is under attack


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


@pytest.fixture
def web(stack, koffi):
    """The web process with its hub begun: `web.web` is the process."""
    assert poll(stack, koffi, f"user.{koffi.user_id}").status_code == 200
    until(lambda: report(stack.web))
    return stack


def hello(stream):
    return frame(TEXT, json.dumps({"type": "hello", "subs": [sub(stream)]}).encode())


# Who is not who they say


def cookie(change):
    """Koffi's Cookie header, changed."""
    return lambda member: {"Cookie": change(cookie_of(member)["Cookie"])}


def expired(member):
    headers = cookie_of(member)
    Session.objects.filter(user=member.user).update(expire_date=timezone.now() - timedelta(seconds=1))
    return headers


COOKIES = {
    "none": lambda member: {},
    "expired": expired,
    "tampered": cookie(lambda text: text[:-1] + ("a" if text[-1] != "a" else "b")),
    "cut": cookie(lambda text: text[:-3]),
    "two": cookie(lambda text: f"sessionid=; {text[:-1]}"),
}


@pytest.mark.parametrize("kind", COOKIES)
def test_c_55_56_who_has_no_good_cookie_is_closed(kind, stack, koffi):
    with Follower(stack, headers=COOKIES[kind](koffi), origin=stack.url) as page:
        assert [page.next()["code"], page.next()["code"]] == ["sign_in", 4001]


def test_c_56_the_cookie_of_somebody_else_opens_what_is_theirs_and_no_more(stack, koffi, zoe, stream):
    with Follower(stack, headers=cookie_of(zoe), origin=stack.url) as page:
        answers = [page.hello(sub(name)) for name in (stream, f"user.{koffi.user_id}", f"user.{zoe.user_id}")]

    assert [one.get("code", one["type"]) for one in answers] == ["not_found", "not_found", "welcome"]


# Frames that no browser sends

BAD_FRAMES = {
    "no UTF-8": (frame(TEXT, b'{"type":"\xff\xfe"}'), 1007),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "64 KB and a byte": (frame(TEXT, b"x" * 65537), 1009),
    "64 KB and a byte in pieces": (frame(TEXT, b"x" * 65000, first=0) + frame(CONT, b"x" * 537), 1009),
    "the promise of 8 EB": (bytes([FIN | TEXT, 0xFF]) + struct.pack("!Q", 1 << 62) + bytes(4), 1009),
    "more than fits a length": (bytes([FIN | TEXT, 0xFF]) + struct.pack("!Q", 1 << 63) + bytes(4), 1009),
    "no beginning": (frame(CONT, b"x"), 1002),
    "two beginnings": (frame(TEXT, b"x", first=0) + frame(TEXT, b"y"), 1002),
    "unmasked": (frame(TEXT, b"{}", is_masked=False), 1002),
    "reserved bit 1": (frame(TEXT, b"{}", first=FIN | 0x40), 1002),
    "reserved bit 2": (frame(TEXT, b"{}", first=FIN | 0x20), 1002),
    "reserved bit 3": (frame(TEXT, b"{}", first=FIN | 0x10), 1002),
    "opcode 3": (frame(3, b"{}"), 1002),
    "opcode 15": (frame(15, b"{}"), 1002),
    "a ping in pieces": (frame(PING, b"x", first=0), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "a close of one byte": (frame(CLOSE, b"x"), 1002),
    "a close code that is none": (frame(CLOSE, struct.pack("!H", 1005)), 1002),
}


@pytest.mark.parametrize("kind", BAD_FRAMES)
def test_c_57_a_frame_that_is_none_closes_the_socket(kind, web, koffi, stream):
    data, code = BAD_FRAMES[kind]
    with Raw(web).open(web, koffi) as bad:
        bad.send(hello(stream))
        assert json.loads(bad.next()[1])["type"] == "welcome"
        bad.send(data)

        assert (bad.code(), bad.has_ended(2)) == (code, True)


def test_c_57_three_binary_frames_close_the_socket_and_are_never_read(stack, koffi, stream):
    with Raw(stack).open(stack, koffi) as bad:
        bad.send(*[frame(BINARY, hello(stream)[6:])] * 3)
        told = [json.loads(bad.next()[1])["code"] for _ in range(3)]

        assert (told, bad.code()) == (["bad_frame"] * 3, 4013)


def test_c_57_a_message_in_a_few_pieces_is_read_and_one_in_a_hundred_thousand_is_not(web, koffi, stream):
    """Empty pieces add up to no size: they are counted."""
    text = json.dumps({"type": "hello", "subs": [sub(stream)]}).encode()
    with Raw(web).open(web, koffi) as good, Raw(web).open(web, koffi) as bad:
        good.send(frame(TEXT, text[:5], first=0), frame(CONT, text[5:9], first=0), frame(CONT, text[9:]))
        assert json.loads(good.next()[1])["type"] == "welcome"
        before = memory(web.web)
        bad.send(frame(TEXT, first=0))
        bad.send_until_refused(frame(CONT, first=0) * 1000, 100)
        grown = memory(web.web) - before

        assert (bad.code() in (0, 1009), bad.has_ended(2), grown < FLAT) == (True, True, True)


def test_c_57_compression_is_not_agreed_to(stack, koffi):
    offer = {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"}
    with Raw(stack) as one:
        one.socket.sendall(handshake(stack, koffi, **offer))
        told = one.head()

    assert (told.startswith(b"HTTP/1.1 101"), b"extensions" in told.lower()) == (True, False)


HANDSHAKES = {
    "version 12": ({"Sec_WebSocket_Version": "12"}, {400, 426}),
    "no version": ({"Sec_WebSocket_Version": None}, {400, 426}),
    "no key": ({"Sec_WebSocket_Key": None}, {400, 426}),
    "a short key": ({"Sec_WebSocket_Key": "YWJj"}, {400, 426}),
    "two keys": ({"Sec_WebSocket_Key": f"{'A' * 22}==, {'A' * 22}=="}, {400, 426}),
    "HTTP/1.0": ({"version": "1.0"}, {101}),  # uvicorn forgets the version: what follows is the same protocol
    "no upgrade": ({"Upgrade": None}, {400, 404, 426}),
}


@pytest.mark.parametrize("kind", HANDSHAKES)
def test_c_64_a_handshake_that_is_none_is_refused(kind, stack, koffi):
    changed, codes = HANDSHAKES[kind]
    with Raw(stack) as one:
        one.socket.sendall(handshake(stack, koffi, **changed))
        status = int(one.head().split()[1])

    assert status in codes


# Too much of something


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
        await hub.close()
        await hub.layer.flush()

    assert (left, any(watched)) == ([[stream], 0, {}, {}, {}, {}], False)


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


def test_c32_ten_thousand_brackets_are_a_bad_frame(stack, koffi, stream):
    with Follower(stack, koffi) as page:
        page.socket.send("[" * 10_000 + "]" * 10_000)
        page.socket.send('{"type":' * 500)
        told = [page.next()["code"] for _ in range(2)]
        welcome = page.hello(sub(stream))

    assert (told, welcome["type"]) == (["bad_frame"] * 2, "welcome")


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
    until(lambda: (now := report(web.web)) and (now["connections"], now["users"]) == (0, 0), 20)
    with Follower(web, awa) as page:
        page.hello(sub(stream))
        until(lambda: report(web.web)["users"] == 1)

    assert memory(web.web) - before < FLAT
