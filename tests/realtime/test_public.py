"""Who hasn't signed in follows public streams by every transport, and takes no place from anybody who has.

The games of tests/scoreboard are public, its cups are not.
"""

import contextlib
import heapq
import random
import uuid
from types import SimpleNamespace

import httpx
import pytest
import redis
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from bars.identities import Nobody
from bars.streams import MOST_LIVE
from realtime.limits import TAKE
from realtime.rate import PEOPLE_AT_AN_ADDRESS, Memory, count_handshakes, share_of
from tests import factories
from tests.faults.webs import Web, leases, until
from tests.realtime.follower import EventSource, Follower, events, poll, sub
from tests.realtime.numbering import frames_in_log
from tests.realtime.test_limits import ALIVE, fill
from tests.sessions import session

MOST = 3  # live connections of one address
HANDSHAKES = 8  # of one person; of one address ten times as many
HERE = "address.127.0.0.1"
GOAL = """SELECT realtime_stage(%s, 'scores', 'system.alerted', '{"level": "info", "text": "Goal"}')"""


@pytest.fixture(scope="module")
def servers(running_stack, tmp_path_factory):
    """A web process that has the scoreboard installed. Its table isn't needed: a goal is told without a row."""
    limits = {"MOST_LIVE_OF_AN_ADDRESS": MOST, "HANDSHAKE_LIMIT": HANDSHAKES}
    web = Web(running_stack.database, tmp_path_factory.mktemp("public"), **limits)
    web.settings = "tests.settings_streams"
    try:
        web.start_web()
        yield web
    finally:
        web.stop()


@pytest.fixture
def web(servers, stack):
    yield servers
    until(lambda: leases(HERE) == 0)


@pytest.fixture
def game():
    return f"game.{uuid.uuid4()}"


@pytest.fixture
def valkey():
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        yield client


def goal(stream):
    with session() as table:
        table.execute(GOAL, [stream])


def ask(web, path, headers=None, **asked):
    """The status and the code, where there is one: an answer that streams isn't read."""
    address = f"{web.url}/api/v1/sync/{path}"
    with httpx.stream("GET", address, params=asked, headers=headers or {}, timeout=10) as answer:
        return answer.status_code, httpx.Response(200, content=answer.read()).json()["code"] if answer.is_error else ""


# By HTTP as by the socket


def test_a_public_stream_is_told_to_nobody_in_particular_by_every_transport(web, game):
    start = "0"
    goal(game)
    with Follower(web) as page, EventSource(web, None, game, since=start) as source:
        page.hello(sub(game, since=start))
        by_socket, by_events = page.frames(1), [source.next("frame")[1]]
        polled = poll(web, None, game, since=start).json()
        goal(game)
        live = [
            page.frames(1),
            [source.next("frame")[1]],
            poll(web, None, game, since=polled["cursor"]).json()["messages"],
        ]

    assert by_socket == by_events == polled["messages"]
    assert live[0] == live[1] == live[2]
    assert events(by_socket + live[0]) == frames_in_log(game)


@pytest.mark.parametrize("path", ["poll", "stream"])
def test_what_is_not_public_wants_a_person(path, web, koffi, game):
    """The control: the same for who has signed in."""
    cup, bar = f"cup.{uuid.uuid4()}", f"bar.{koffi.bar_id}"
    strangers = [
        ask(web, path, streams=streams)
        for streams in (
            bar,
            cup,
            f"{game},{bar}",
            "user.None",
            f"user.{koffi.user_id}",
            "everyone",
            "platform",
            "",
        )
    ]
    wrong = ask(web, path, {"Authorization": "Bearer nonsense"}, streams=game)
    people = [ask(web, path, factories.bearer(koffi), streams=streams) for streams in (bar, cup, game)]

    assert strangers == [(401, "sign_in")] * 8
    assert wrong == (401, "sign_in")
    assert people == [(200, "")] * 3


def test_a_stranger_at_the_socket_is_not_the_person_none(web):
    with Follower(web) as page:
        assert [page.hello(sub("user.None"))["code"], page.next()["code"]] == ["sign_in", 4001]


# How many of one address


def test_strangers_of_an_address_have_so_many_places_and_poll_beyond_them(web, koffi, bar, game, valkey):
    """Whoever has signed in at the same address finds room, to the bar and to the game."""
    stream = f"bar.{koffi.bar_id}"
    fill(valkey, stream, MOST_LIVE - 1)
    pages = [Follower(web) for _ in range(MOST - 1)]
    try:
        modes = [page.hello(sub(game))["mode"] for page in pages]
        with EventSource(web, None, game).opened(), EventSource(web, None, game) as late, Follower(web) as last:
            counted = leases(HERE), leases(stream)
            told, welcome, closed = late.next()[1], last.hello(sub(game)), last.next()["code"]
            with Follower(web, koffi) as page:
                mode = page.hello(sub(stream), sub(game))["mode"]
            polled = poll(web, None, game)
    finally:
        for page in pages:
            page.close()

    assert (modes, counted) == (["live"] * (MOST - 1), (MOST, MOST_LIVE - 1))
    assert (told["mode"], told["full"], told["most"]) == ("poll", HERE, MOST)
    assert (welcome["mode"], welcome["full"], closed) == ("poll", HERE, 4130)
    assert (mode, polled.status_code) == ("live", 200)


def test_f20_places_of_strangers_at_a_process_that_has_died_are_free_when_they_are_needed(valkey):
    """Their lease names no person."""
    name, alive = f"{settings.REDIS_PREFIX}:live:address.{uuid.uuid4()}", f"{ALIVE}dead"

    def take(process):
        return valkey.eval(TAKE, 1, name, f"{uuid.uuid4()} {process}  sse 1 ", 60, ALIVE, "", 1) == 0

    first = take("dead")
    before = take("survivor")
    valkey.delete(alive)

    assert (first, before, take("survivor"), valkey.zcard(name)) == (True, False, True, 1)


# How often one comes back


def opened(web, who):
    """A socket that is opened and left: live, or why not and for how many seconds."""
    with Follower(web, who) as page:
        with contextlib.suppress(ConnectionClosed):  # it may be closed before it has said hello
            page.say("hello", subs=[sub(f"user.{who.user_id}")])
        answer = page.next()
        return answer.get("mode") or (answer["code"], answer["retry_after"] > 0, page.next("close")["code"])


def test_c33_sockets_of_one_person_are_counted_and_those_of_another_are_not_touched(web, koffi, awa):
    told = [opened(web, koffi) for _ in range(HANDSHAKES + 2)]

    assert told == ["live"] * HANDSHAKES + [("too_fast", True, 4101)] * 2
    assert opened(web, awa) == "live"
    assert poll(web, koffi, f"user.{koffi.user_id}").status_code == 200


def test_c33_sockets_of_strangers_are_counted_by_address_and_are_those_of_ten_people(settings, db):
    settings.HANDSHAKE_LIMIT = 3
    here, there = Nobody(str(uuid.uuid4())), Nobody(str(uuid.uuid4()))

    *waits, last, other = count_handshakes([here] * (3 * PEOPLE_AT_AN_ADDRESS + 1) + [there])

    assert (waits, last > 0, other) == ([0] * 3 * PEOPLE_AT_AN_ADDRESS, True, 0)


def test_without_a_limit_no_socket_is_counted(settings):
    settings.HANDSHAKE_LIMIT = 0

    assert count_handshakes([Nobody("x")] * 3) == [0] * 3


def come_back(tabs, seconds, monkeypatch):
    """Whether all handshakes are granted of so many tabs that nobody lets in, as backoff.js has them come again."""
    now, chance, memory = [0.0], random.Random(4), Memory()
    monkeypatch.setattr("realtime.rate.time", SimpleNamespace(monotonic_ns=lambda: int(now[0] * 1e9)))
    waiting = [(0.0, tab, 0) for tab in range(tabs)]
    while waiting[0][0] < seconds:
        now[0], tab, attempt = heapq.heappop(waiting)
        if not memory.take("a person", share_of(settings.HANDSHAKE_LIMIT))[0]:
            return False
        again = now[0] + chance.uniform(0.5, min(20.0, 0.5 * 2 ** (attempt + 1)))
        heapq.heappush(waiting, (again, tab, min(attempt + 1, 9)))
    return True


@pytest.mark.parametrize(("tabs", "is_enough"), [(8, True), (40, False)])
def test_c33_eight_tabs_may_come_back_for_half_an_hour_on_end(tabs, is_enough, monkeypatch):
    """The control: forty may not."""
    assert come_back(tabs, 1800, monkeypatch) is is_enough
