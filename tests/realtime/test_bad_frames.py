"""Who opens a WebSocket and isn't who they say, or says what no browser does. integrity.md §4 C."""

import json
import struct
from datetime import timedelta

import pytest
from django.utils import timezone

from bars.models import Session
from tests.faults.webs import FLAT, begun, memory
from tests.realtime.follower import Follower, cookie_of, sub
from tests.realtime.raw import BINARY, CLOSE, CONT, FIN, PING, TEXT, Raw, frame, handshake, hello


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


@pytest.fixture
def web(stack, koffi):
    return begun(stack, koffi)


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
def test_c_55_56_who_has_no_good_cookie_is_a_stranger_and_closed(kind, stack, koffi, stream):
    with Follower(stack, headers=COOKIES[kind](koffi), origin=stack.url) as page:
        assert [page.hello(sub(stream))["code"], page.next()["code"]] == ["sign_in", 4001]


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


def test_c32_ten_thousand_brackets_are_a_bad_frame(stack, koffi, stream):
    with Follower(stack, koffi) as page:
        page.socket.send("[" * 10_000 + "]" * 10_000)
        page.socket.send('{"type":' * 500)
        told = [page.next()["code"] for _ in range(2)]
        welcome = page.hello(sub(stream))

    assert (told, welcome["type"]) == (["bad_frame"] * 2, "welcome")
