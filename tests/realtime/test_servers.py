"""The same line on both servers: uvicorn carries production, Daphne is what runserver uses."""

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests import factories
from tests.realtime.follower import EventSource, Follower, cookie_of, cursor, events, poll, sell, sub
from tests.realtime.numbering import frames_in_log, since_now
from tests.stack import Stack


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request, stack, tmp_path):
    """The stack's own uvicorn, or a Daphne beside it; the relay is the same."""
    if request.param == "uvicorn":
        yield stack
        return
    daphne = Stack(stack.database, tmp_path)
    try:
        daphne.start_daphne()
        yield daphne
    finally:
        daphne.stop()


def test_a_sale_reaches_every_transport_and_is_resumed(server, koffi, yao, beer):
    stream = f"bar.{koffi.bar_id}"
    start = since_now(stream)
    with (
        Follower(server, headers=cookie_of(koffi), origin=server.url) as page,
        EventSource(server, yao, stream) as source,
    ):
        page.hello(sub(stream))
        source.opened()
        sell(koffi, beer, 2)
        by_socket, by_events = page.frames(2), [source.next("frame")[1] for _ in range(2)]
        by_poll = poll(server, yao, stream, since=start).json()["messages"]
    sell(koffi, beer, 1)
    with Follower(server, koffi) as page:
        page.hello(sub(stream, since=cursor(by_socket[-1])))
        missed = page.frames(1)

    assert by_socket == by_events == by_poll
    assert events(by_socket + missed) == frames_in_log(stream)[-3:]


def test_strangers_are_turned_away(server, koffi, zoe):
    with Follower(server) as nobody:
        refused = [nobody.hello(sub(f"bar.{koffi.bar_id}"))["code"], nobody.next()]
    assert refused == ["sign_in", {"type": "close", "code": 4001}]
    with Follower(server, zoe) as stranger:
        assert stranger.hello(sub(f"bar.{koffi.bar_id}"))["code"] == "not_found"
    with pytest.raises(InvalidStatus) as refusal:
        Follower(server, koffi, origin="http://evil.example")
    assert refusal.value.response.status_code == 403
    assert poll(server, None, f"bar.{koffi.bar_id}").status_code == 401
    assert poll(server, zoe, f"bar.{koffi.bar_id}").status_code == 404


def test_a_socket_that_talks_nonsense_is_closed(server, koffi):
    with Follower(server, koffi) as page:
        for _ in range(3):
            page.socket.send("nonsense")
        assert [page.next()["code"] for _ in range(4)] == ["bad_frame", "bad_frame", "bad_frame", 4013]


def test_a_socket_at_an_address_that_is_not_there_is_refused_and_no_error_of_ours(server, koffi):
    log = server.folder / "web.log"
    errors = log.read_text().count("Traceback")

    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{server.ws_url}nothing", additional_headers=factories.bearer(koffi))

    assert refusal.value.response.status_code == 403
    assert log.read_text().count("Traceback") == errors
