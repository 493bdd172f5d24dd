"""What may happen to the relay. RELAY_KILLS, SNAPSHOT_EVENTS: how often, how many; small unless asked for."""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
import uuid

import pytest
import redis

from config.valkey import Valkey
from realtime import lines, relay
from realtime.management.commands.relay import Command
from realtime.relay import Relay
from realtime.relay_status import Status
from tests.faults.proxy import Proxy
from tests.faults.relays import Relays
from tests.realtime.follower import Follower, sub
from tests.realtime.numbering import head, since_now, stage
from tests.realtime.pages import commit
from tests.realtime.test_relay import Layer, at, frames_left, until
from tests.sessions import session
from tests.stack import ROOT, url_of_test_database

KILLS = int(os.environ.get("RELAY_KILLS", "20"))
EVENTS = int(os.environ.get("SNAPSHOT_EVENTS", "100"))

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_relay")]


async def test_f10_a_long_snapshot_does_not_stop_the_relay(stream):
    waited = []
    with session() as report, session() as writer:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM realtime_event")
        async with Relay.connected() as relay:
            relay.publisher = Layer()
            async with at(relay.run()):
                for note in range(EVENTS):
                    began = time.monotonic()
                    stage(writer, stream, note)
                    writer.commit()
                    await until(lambda: len(relay.publisher.of(stream)) > note)  # noqa: B023 - awaited here
                    waited.append(time.monotonic() - began)
    print(f"\nF10: {EVENTS} events under one snapshot, median {sorted(waited)[EVENTS // 2] * 1000:.1f} ms")

    assert (frames_left(), sorted(waited)[EVENTS // 2] < 0.2) == (0, True)


@pytest.fixture
def impatient(monkeypatch):
    """Ten seconds of silence are one."""
    monkeypatch.setattr(lines, "LEADER", random.getrandbits(60))  # the lead is nobody else's
    for module, name, seconds in ((lines, "SILENCE", 0.5), (lines, "STUCK", 1.0), (relay, "HEARTBEAT", 0.5)):
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def network(monkeypatch):
    """The relay's lines go through a proxy."""
    given = lines.parameters()
    path = f"{given['host']}/.s.PGSQL.{given.get('port', 5432)}"
    with Proxy(path if given["host"].startswith("/") else (given["host"], given.get("port", 5432))) as proxy:
        monkeypatch.setattr(lines, "parameters", lambda: given | {"host": "127.0.0.1", "port": proxy.port})
        yield proxy


async def serve(status):
    """`manage.py relay`, with its own way of beginning again."""
    command = Command()
    command.only = False
    while True:
        await command.carry(status)
        await asyncio.sleep(0.2)


@pytest.fixture
def layer(monkeypatch):
    layer = Layer()
    monkeypatch.setattr(relay, "Publisher", lambda: layer)
    return layer


@pytest.mark.usefixtures("impatient")
async def test_f13_lines_that_fall_silent_are_given_up_and_the_lead_taken_back(network, layer, stream):
    async with at(serve(Status())):
        commit(stream, "a")
        await until(lambda: layer.of(stream))

        network.black_hole()
        began = time.monotonic()
        commit(stream, "b")
        await until(lambda: len(layer.of(stream)) > 1, 20)
        gap = time.monotonic() - began
    print(f"\nF13: {gap:.1f} s of silence, with every deadline a tenth of production's")

    assert (frames_left(), gap < 10) == (0, True)


@pytest.mark.usefixtures("impatient")
async def test_f13_a_listening_line_alone_that_falls_silent_is_found_by_its_heartbeat(network, layer, stream):
    status = Status()
    async with at(serve(status)):
        await until(lambda: status.asleep)
        accepted = network.accepted
        next(iter(network._lines)).is_swallowed = True
        await until(lambda: network.accepted > accepted, 10)
        commit(stream, "a")
        await until(lambda: layer.of(stream), 10)


def change_stock(stream):
    """An event as pages know it, committed."""
    data = json.dumps({"product": str(uuid.uuid4()), "stock": 1, "available": 1})
    with session() as writer:
        writer.execute("SELECT realtime_stage(%s, 'stock', 'stock.changed', %s)", [stream, data])


def test_f14_relays_killed_again_and_again_lose_nothing_and_repeat_nothing(stack, koffi):
    """Two at a time; the leader is killed -9 while somebody writes. F15: the other takes over."""
    stream, gaps = f"bar.{koffi.bar_id}", []
    stack.kill_relay()
    with Relays(DATABASE_APP_ROLE="bartender_app") as relays, Follower(stack, koffi) as page:
        page.hello(sub(stream, since=since_now(stream)))
        leader, standby = relays.start(), relays.start()
        for _ in range(KILLS):
            for _ in range(3):
                change_stock(stream)
            relays.kill(leader)
            began = time.monotonic()
            change_stock(stream)
            page.until(stream, head(stream))
            gaps.append(time.monotonic() - began)
            leader, standby = standby, relays.start()
        numbers = [message["seq"] for message in page.received if message["type"] == "frame"]
    gaps.sort()
    print(f"\nF14: {KILLS} kills, taken over in {gaps[len(gaps) // 2]:.2f} s, {gaps[-1]:.2f} s at worst")

    assert numbers == list(range(numbers[0], numbers[0] + 4 * KILLS))
    assert gaps[len(gaps) // 2] < 2


def test_f15_a_second_relay_that_was_told_not_to_stand_by_exits_with_4():
    with session() as leader:
        leader.execute("SELECT pg_try_advisory_lock(%s)", [lines.LEADER])  # or it is another's already
        environment = os.environ | {"DATABASE_URL": url_of_test_database()}
        command = [sys.executable, "manage.py", "relay", "--only"]
        second = subprocess.run(
            command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )

    told = "Another relay leads: this one was told not to stand by.\n"
    assert (second.returncode, second.stdout, second.stderr) == (4, "", told)


@pytest.fixture
def full_valkey(tmp_path, settings):
    valkey = Valkey(tmp_path, temporary=True)
    valkey.start()
    with redis.from_url(valkey.url) as client:
        client.config_set("maxmemory", "1mb")
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            client.set("full", "of this")
        settings.REDIS_URL = valkey.url
        yield client
    valkey.stop()


async def test_f18_a_full_valkey_still_carries_events(full_valkey, stream):
    """To publish takes no memory; what the relay says of itself is not kept, and it says so in its log's words."""
    pages = full_valkey.pubsub()
    pages.psubscribe("*")
    pages.get_message(timeout=1)
    status = Status()
    async with Relay.connected(status) as relay, at(status.keep_writing(), relay.run()):
        commit(stream, "a")
        await until(lambda: status.frames and frames_left() == 0)
        heard = await asyncio.to_thread(pages.get_message, timeout=5)
    pages.close()

    assert heard["channel"].decode().endswith(stream)
    assert "maxmemory" in status.last_error["error"]
