"""What a web process takes of one client before it has had enough, with no proxy before it."""

import json
import re
import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from config import intake
from config.intake import MOST_BODY, MOST_HEAD, RequestProtocol
from tests import factories
from tests.faults.webs import FLAT, MB, begun, memory, open_lines, until
from tests.realtime.raw import Raw

ASK = b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LONG = 16 * MB
POST = b"POST /api/v1/bars/{bar}/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def web(stack, koffi):
    return begun(stack, koffi)


def read_all(line):
    """What the other end says until it hangs up."""
    told = line.left
    try:
        while data := line.socket.recv(65536):
            told += data
    except ConnectionResetError:
        pass
    return told


WITHOUT_END = {
    "a head of many lines": (ASK, b"X-Slow: " + b"x" * 4000 + b"\r\n", b"The head of a request has 64 KB at most."),
    "a head of one line": (ASK + b"X-Slow: ", b"x" * 4000, b"The head of a request has 64 KB at most."),
    "an address": (b"GET /", b"x" * 4000, b""),
    "a body": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b" " * 65_536 + b"\r\n",
        b"The body of a request has 6 MB at most.",
    ),
    "a body of a length that is a lie": (
        POST + b"Content-Length: 100000000000\r\n\r\n",
        b" " * 65_536,
        b"The body of a request has 6 MB at most.",
    ),
}


@pytest.mark.parametrize("what", WITHOUT_END)
def test_c30_what_has_no_end_is_refused_and_costs_no_memory(what, web):
    begin, more, said = WITHOUT_END[what]
    before, lines = memory(web.web), open_lines(web)
    with Raw(web) as bad:
        bad.send(begin)
        went = bad.send_until_refused(more, 64 * MB // len(more))
        told = read_all(bad)
        until(lambda: open_lines(web) <= lines)

    assert (went, memory(web.web) - before < FLAT) == (False, True)
    assert b"400 Bad Request" in told or not told  # cut in the midst of its sending, a client may read nothing
    assert said in told or not told


def ask_and_read(line, request):
    """The status of an answer, which is read to its last byte."""
    line.send(request)
    head = line.head()
    line._read(int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1]))
    return head[9:12]


def test_c30_who_asks_again_as_soon_as_all_bytes_have_come_is_answered(web):
    """Of a long file they are all there before the application knows that it has ended."""
    ask = b"GET /static/admin/js/vendor/jquery/jquery.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with Raw(web) as page:
        assert [ask_and_read(page, ask) for _ in range(200)] == [b"200"] * 200


def test_c30_one_request_may_wait_for_the_answer_before_it(web):
    with Raw(web) as eager:
        eager.send(ASK + b"\r\n", ASK + b"Connection: close\r\n\r\n")
        told = read_all(eager)

    assert (told.count(b"HTTP/1.1 200 OK"), b"400" in told) == (2, False)


def test_c30_requests_sent_ahead_of_an_answer_end_the_line(web, koffi):
    """None of them is begun; nobody's traceback is written."""
    with Raw(web) as eager:
        eager.send((ASK + b"\r\n") * 1000)
        told = read_all(eager)
    said = (web.folder / "web.log").read_text()

    assert b"Read an answer before you ask again." in told
    assert (told.count(b"200 OK") <= 1, "Traceback" in said) == (True, False)


def test_c30_a_long_head_and_a_long_body_arrive(web, koffi):
    token = factories.bearer(koffi)["Authorization"].encode()
    sale = json.dumps({"key": "none"}).encode().ljust(MB - 1)
    post = POST.replace(b"{bar}", str(koffi.bar_id).encode())
    head = post + b"Authorization: %s\r\nX-Long: %s\r\n" % (token, b"x" * (MOST_HEAD - 1000))
    with Raw(web) as good:
        good.send(head, b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(sale), sale)
        told = read_all(good)

    assert b"application/problem+json" in told  # the API has read it
    assert MOST_BODY > 5 * MB  # nginx lets so much of an import pass


async def say_much(scope, receive, send):
    """More than a kernel keeps for a client that reads nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    for _ in range(LONG // 65_536):
        await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
    await send({"type": "http.response.body"})


@pytest.fixture
def talker():
    """uvicorn with this protocol and a long answer, in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(say_much, http=RequestProtocol, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        until(lambda: server.started)
        yield server
        server.should_exit = True
        thread.join(10)


@contextmanager
def deaf(talker):
    """A client that has asked, and leaves the answer where it is."""
    with Raw(talker, window=4096) as line:
        line.send(ASK, b"\r\n")
        until(lambda: any(one.flow.write_paused for one in talker.server_state.connections))
        yield line


def test_c30_who_asks_a_thousand_times_and_reads_nothing_is_cut(talker, monkeypatch):
    """Though the answer fills the line, and nobody reads the refusal behind it."""
    monkeypatch.setattr(intake, "LAST_WORDS", 0.2)
    with deaf(talker) as bad:
        bad.send((ASK + b"\r\n") * 1000)
        until(lambda: not talker.server_state.connections)


def test_c30_who_leaves_an_answer_unread_is_cut(talker, monkeypatch):
    monkeypatch.setattr(intake, "PATIENCE", 0.5)
    with deaf(talker):
        took = until(lambda: not talker.server_state.connections)

    assert took > 0.3


def test_c30_who_reads_slowly_reads_to_the_end(talker, monkeypatch):
    """For longer than who reads nothing may take."""
    monkeypatch.setattr(intake, "PATIENCE", 0.5)
    began, told = time.monotonic(), 0
    with deaf(talker) as slow:
        while data := slow.socket.recv(LONG):
            told += len(data)
            time.sleep(2 * len(data) / LONG)

    assert (told > LONG, time.monotonic() - began > 1.5) == (True, True)
