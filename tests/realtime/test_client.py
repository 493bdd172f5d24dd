"""The Python client against the real servers, on an event loop and without one."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from django.db import connection

from realtime.client import Feed, Refused, Reset, SignInRequired, blocking, line
from tests import factories
from tests.realtime.follower import sell
from tests.realtime.numbering import frames_in_log, since_now
from tests.stack import ROOT, Stack, end, free_port


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


def token(member):
    return factories.bearer(member)["Authorization"].removeprefix("Bearer ")


def follow(stack, member, stream, count, top="websocket", **asked):
    """The next so many happenings, as a program without an event loop takes them."""
    with blocking.Feed(stack.url, token=token(member), top=top) as feed:
        return list(islice(feed.follow(stream, **asked), count))


def told(events):
    return [(event.type, event.data) for event in events]


def in_log(stream, frames):
    return [event for _, events in frames_in_log(stream)[-frames:] for event in events]


@pytest.mark.parametrize("top", ["websocket", "poll"])
def test_a_program_takes_what_it_has_missed_and_what_happens_next_on_either_transport(top, stack, koffi, beer, stream):
    start = since_now(stream)
    sell(koffi, beer, 2)
    with blocking.Feed(stack.url, token=token(koffi), top=top) as feed, ThreadPoolExecutor(1) as counter:
        events = feed.follow(stream, since=start)
        missed = list(islice(events, 4))
        counter.submit(sell, koffi, beer, 2).result()
        later = list(islice(events, 4))
        status, behind = feed.status, feed.cursors[stream]

    assert told(missed + later) == in_log(stream, 4)
    assert status == {"websocket": "live", "poll": "polling"}[top]
    assert (behind, later[-1].cursor) == (later[1].cursor, since_now(stream))  # the last is still in hand


def test_a_program_that_is_started_again_resumes_from_its_cursors(stack, koffi, beer, stream):
    start = since_now(stream)
    sell(koffi, beer, 3)
    with blocking.Feed(stack.url, token=token(koffi)) as feed:
        first = list(islice(feed.follow(stream, since=start), 3))  # the last of them is still in hand
        kept = feed.cursors[stream]
    rest = follow(stack, koffi, stream, 4, since=kept)

    assert told(first[:2] + rest) == in_log(stream, 3)


def test_f20_a_web_process_that_is_killed_costs_a_program_nothing(stack, koffi, beer, stream, tmp_path):
    server = Stack(stack.database, tmp_path)
    try:
        server.start_web()
        with blocking.Feed(server.url, token=token(koffi)) as feed, ThreadPoolExecutor(1) as counter:
            events = feed.follow(stream, since=since_now(stream))
            counter.submit(sell, koffi, beer, 1).result()
            before = list(islice(events, 2))
            end(server.web, signal.SIGKILL)
            counter.submit(sell, koffi, beer, 2).result()
            server.start_web()
            after = list(islice(events, 4))
    finally:
        server.stop()

    assert told(before + after) == in_log(stream, 3)


def test_f14_a_relay_that_is_killed_costs_a_program_nothing(stack, koffi, beer, stream):
    with blocking.Feed(stack.url, token=token(koffi)) as feed, ThreadPoolExecutor(1) as counter:
        events = feed.follow(stream, since=since_now(stream))
        stack.kill_relay()
        counter.submit(sell, koffi, beer, 2).result()
        stack.start_relay()
        all_events = list(islice(events, 4))

    assert told(all_events) == in_log(stream, 2)


def test_a_database_that_was_restored_resets_a_program_that_reads_again_and_goes_on(stack, koffi, beer, stream):
    old = since_now(stream)
    with connection.cursor() as cursor:
        cursor.execute("SELECT realtime_rotate_epoch()")
    with blocking.Feed(stack.url, token=token(koffi)) as feed, ThreadPoolExecutor(1) as counter:
        events = feed.follow(stream, since=old)
        reset = next(events)
        counter.submit(sell, koffi, beer, 1).result()
        read_again = since_now(stream)
        events.resume(read_again)
        counter.submit(sell, koffi, beer, 1).result()
        later = list(islice(events, 2))

    assert isinstance(reset, Reset)
    assert reset.cursor.partition(":")[0] == read_again.partition(":")[0] != old.partition(":")[0]
    assert told(later) == in_log(stream, 1)


def test_where_no_websocket_gets_through_a_program_polls(stack, koffi, beer, stream, monkeypatch):
    """A proxy that knows no WebSockets answers their handshake with a page."""
    monkeypatch.setattr(line.Server, "path", "/healthz")
    start = since_now(stream)
    sell(koffi, beer, 1)
    with blocking.Feed(stack.url, token=token(koffi)) as feed:
        events = list(islice(feed.follow(stream, since=start), 2))
        status = feed.status

    assert (told(events), status) == (in_log(stream, 1), "polling")


async def test_on_an_event_loop_several_streams_are_followed_side_by_side(stack, koffi, beer, stream):
    mine = f"user.{koffi.user_id}"
    start, start_mine = await asyncio.to_thread(since_now_in_thread, stream, mine)
    await asyncio.to_thread(sell, koffi, beer, 1)
    async with Feed(stack.url, token=await asyncio.to_thread(token_in_thread, koffi)) as feed:
        bar = feed.follow(stream, topics=["sales"], since=start)
        own = feed.follow(mine, topics=["sales"], since=start_mine)
        events = [await anext(bar), await anext(own)]

    assert [(event.stream, event.type) for event in events] == [(stream, "sale.created"), (mine, "sale.created")]


def since_now_in_thread(*streams):
    try:
        return [since_now(stream) for stream in streams]
    finally:
        connection.close()


def token_in_thread(member):
    try:
        return token(member)
    finally:
        connection.close()


@pytest.mark.parametrize("top", ["websocket", "poll"])
def test_strangers_and_the_nameless_are_told_so_on_either_transport(top, stack, koffi, zoe, stream):
    with pytest.raises(Refused) as refusal:
        follow(stack, zoe, stream, 1, top=top)
    with pytest.raises(SignInRequired), blocking.Feed(stack.url, token="nonsense", top=top) as feed:
        next(feed.follow(stream))

    assert refusal.value.code == "not_found"


@pytest.mark.parametrize("top", ["websocket", "poll"])
def test_what_cannot_be_sent_is_refused_with_its_code(top, stack, koffi, stream):
    with blocking.Feed(stack.url, token=token(koffi), top=top) as feed:
        following = feed.follow(stream, since="0")
        next(following)
        with pytest.raises(Refused) as refusal:
            feed.send("nothing.made", {})

    assert refusal.value.code == "unknown_type"


def run(*arguments, **environment):
    """The command as a person would give it: its exit code, its lines, and its complaint."""
    command = [sys.executable, "-m", "realtime.client", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.splitlines()


def test_the_command_prints_events_as_lines_of_json(stack, koffi, beer, stream):
    start = since_now(stream)
    sell(koffi, beer, 1)
    code, lines, complaint = run(stack.url, stream, "--since", start, "--count", "2", BARTENDER_TOKEN=token(koffi))

    assert (code, complaint) == (0, [])
    assert [(line["kind"], line["type"], line["data"]) for line in lines] == [
        ("event", *event) for event in in_log(stream, 1)
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense", "bar.1"], "'nonsense' is not the address of a server: it reads https://host."),
        (["{url}", "bar.1", "--since", "5"], "'5' is not a cursor: it reads epoch:number."),
        (["{url}", "bar.1", "--token", "nonsense"], "Sign in first."),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(arguments, complaint, stack):
    assert run(*(one.format(url=stack.url) for one in arguments)) == (1, [], [complaint])


def test_the_client_needs_nothing_of_this_project_or_of_django(tmp_path):
    """Only its own folder goes along."""
    lonely = tmp_path / "realtime"
    lonely.mkdir()
    (lonely / "client").symlink_to(ROOT / "realtime" / "client")
    check = "import sys, realtime.client.blocking; sys.exit(any(name.startswith('django') for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", check], cwd=tmp_path, timeout=30, check=False).returncode == 0


def test_a_server_that_is_not_there_is_waited_for(koffi, bar):
    with blocking.Feed(f"http://127.0.0.1:{free_port()}", token="any") as feed:
        following = feed.follow(f"bar.{bar.pk}")
        with pytest.raises(TimeoutError):
            feed.call(wait_for(following, 0.3))
        assert feed.status == "offline"


async def wait_for(following, seconds):
    async with asyncio.timeout(seconds):
        return await anext(following._following)
