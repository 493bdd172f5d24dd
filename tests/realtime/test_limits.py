"""Connections are counted over all processes; who finds no room is sent to polling, not away."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from bars.streams import MOST_LIVE
from realtime.limits import MOST_OF_A_PERSON, TAKE, connections_of
from realtime.models import Notification
from tests import factories
from tests.realtime.follower import EventSource, Follower, poll, sub

ELSEWHERE = "another-process"


@pytest.fixture
def valkey():
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        yield client


ALIVE = f"{settings.REDIS_PREFIX}:alive:"


def live(valkey, scope):
    return valkey.zcard(f"{settings.REDIS_PREFIX}:live:{scope}")


def fill(valkey, scope, places, seconds=60):
    """As if so many connections elsewhere were counted on a stream or a person."""
    until = time.time() + seconds
    valkey.set(f"{settings.REDIS_PREFIX}:alive:{ELSEWHERE}", "{}", ex=60)
    valkey.zadd(
        f"{settings.REDIS_PREFIX}:live:{scope}",
        {f"{uuid.uuid4()} {ELSEWHERE} - websocket 1 x": until for _ in range(places)},
    )


def test_c35_the_connection_after_the_last_is_welcomed_and_sent_to_polling(stack, koffi, beer, valkey):
    stream = f"bar.{koffi.bar_id}"
    fill(valkey, stream, MOST_LIVE - 1)
    with Follower(stack, koffi) as last, Follower(stack, koffi) as late:
        assert last.hello(sub(stream))["mode"] == "live"
        welcome = late.hello(sub(stream))
        closed = late.next()
    told = poll(stack, koffi, stream)

    assert (welcome["mode"], welcome["full"], welcome["most"], welcome["subs"]) == ("poll", stream, MOST_LIVE, [])
    assert welcome["interval"] == 5000
    assert closed == {"type": "close", "code": 4130}
    assert told.status_code == 200


def test_c35_i25_a_person_has_at_most_eight_connections_and_no_place_is_lost(stack, koffi, valkey):
    stream = f"user.{koffi.user_id}"
    pages = [Follower(stack, koffi) for _ in range(MOST_OF_A_PERSON + 1)]
    try:
        modes = [page.hello(sub(stream))["mode"] for page in pages]
        counted = live(valkey, f"person.{koffi.user_id}")
        clients = connections_of(koffi.user_id)
    finally:
        for page in pages:
            page.close()
    wait_for(lambda: live(valkey, f"person.{koffi.user_id}") == 0)

    assert modes == ["live"] * MOST_OF_A_PERSON + ["poll"]
    assert counted == len(clients) == MOST_OF_A_PERSON
    assert {client["transport"] for client in clients} == {"websocket"}


def test_c35_server_sent_events_count_too(stack, koffi, valkey):
    stream = f"bar.{koffi.bar_id}"
    fill(valkey, stream, MOST_LIVE)

    with EventSource(stack, koffi, stream) as source:
        event, welcome = source.next()
        with pytest.raises(EOFError):
            source.next()

    assert (event, welcome["mode"], welcome["full"]) == ("welcome", "poll", stream)


def test_a_stream_that_is_full_is_refused_to_an_open_socket_and_the_socket_stays(stack, koffi, valkey, beer):
    stream, own = f"bar.{koffi.bar_id}", f"user.{koffi.user_id}"
    fill(valkey, stream, MOST_LIVE)
    with Follower(stack, koffi) as page:
        page.hello(sub(own))
        page.say("subscribe", id=7, stream=stream)
        refused = page.next()
        factories.sale(koffi, {beer.pk: 1})
        frame = page.next("frame")

    assert (refused["code"], refused["id"], refused["stream"]) == ("full", 7, stream)
    assert frame["stream"] == own


def take(valkey, scope, most, process=ELSEWHERE):
    """Ask for one place, as a process would; True when there was one."""
    lease = f"{uuid.uuid4()} {process} - websocket 1 x"
    return valkey.eval(TAKE, 1, f"{settings.REDIS_PREFIX}:live:{scope}", lease, 60, ALIVE, "", most) == 0


def test_c35_however_many_come_at_once_there_is_room_for_thirty(valkey):
    scope = f"bar.{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as many:
        let_in = list(many.map(lambda _: take(valkey, scope, MOST_LIVE), range(200)))

    assert sum(let_in) == live(valkey, scope) == MOST_LIVE


def test_f20_places_of_a_process_that_has_died_are_free_when_they_are_needed(valkey):
    scope = f"bar.{uuid.uuid4()}"
    fill(valkey, scope, 2)

    before = take(valkey, scope, 2, "survivor")
    valkey.delete(f"{ALIVE}{ELSEWHERE}")
    after = take(valkey, scope, 2, "survivor")

    assert (before, after, live(valkey, scope)) == (False, True, 1)


def test_places_run_out_by_themselves(valkey):
    """Should a process live and forget, what it had counts until its time is over."""
    scope = f"bar.{uuid.uuid4()}"
    fill(valkey, scope, 2, seconds=0.4)

    before = take(valkey, scope, 2)
    time.sleep(0.5)

    assert (before, take(valkey, scope, 2)) == (False, True)


def test_f20_a_page_that_comes_back_takes_its_own_place_again(stack, koffi, valkey):
    """Its old connection may stand for a while: nobody has told the server that the Wi-Fi is gone."""
    stream = f"bar.{koffi.bar_id}"
    fill(valkey, stream, MOST_LIVE - 1)
    with Follower(stack, koffi) as before, Follower(stack, koffi) as after, Follower(stack, koffi) as stranger:
        modes = []
        for page, tab in ((before, "t1"), (after, "t1"), (stranger, "t2")):
            page.say("hello", subs=[sub(stream)], client="c", tab=tab)
            modes.append(page.next()["mode"])

    assert modes == ["live", "live", "poll"]


def wait_for(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.02)


def test_who_looks_after_the_team_hears_that_a_bar_is_full(stack, koffi, yao, valkey):
    stream = f"bar.{koffi.bar_id}"
    with Follower(stack, yao) as manager:
        manager.hello(sub(stream, "team"))
        fill(valkey, stream, MOST_LIVE)
        for _ in range(2):
            with Follower(stack, koffi) as late:
                assert late.hello(sub(stream))["mode"] == "poll"
        frame = manager.next("frame")

    [told] = [event["data"] for event in frame["events"] if event["type"] == "notification.created"]
    assert (told["kind"], told["data"]) == ("bar_full", {"most": MOST_LIVE})
    assert Notification.objects.filter(stream=stream, kind="bar_full").count() == 1
