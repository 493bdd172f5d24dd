"""The relay alone: what it carries, when it sleeps, and which of two leads."""

import asyncio
import random
import time
from contextlib import asynccontextmanager

import pytest

from realtime import lines, relay_status
from realtime.relay import ASLEEP, AWAKE, LAST_LOOK, LONGEST_SLEEP, QUIET, UNPUBLISHED, Relay
from realtime.streams import registry
from realtime.threads import in_thread
from tests.realtime.pages import commit
from tests.sessions import session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_relay")]


class Layer:
    """Stands where the publisher stands: what was published, and a line to Valkey that may be cut."""

    def __init__(self, holds=1_000_000):
        self.published, self.holds = [], holds

    async def publish(self, messages):
        if len(self.published) + len(messages) > self.holds:
            raise ConnectionError("no Valkey")
        self.published += [(stream, message["type"], time.monotonic()) for stream, message in messages]

    def of(self, stream):
        return [type_ for name, type_, _ in self.published if name == stream]

    async def close(self):
        pass


@pytest.fixture
async def relay(monkeypatch):
    """As `make run` starts it, with the application's rights; the lead is nobody else's."""
    monkeypatch.setattr(lines, "LEADER", random.getrandbits(60))
    given = lines.parameters()
    as_application = given | {"options": f"{given['options']} -c role=bartender_app"}
    monkeypatch.setattr(lines, "parameters", lambda: as_application)
    async with Relay.connected() as relay:
        while await relay.publish_due():  # what other tests have left
            pass
        relay.publisher = Layer()
        yield relay


@asynccontextmanager
async def at(*works):
    """Meanwhile, beside the test."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def running(relay):
    """The relay at work, asleep for want of events."""
    async with at(relay.run()):
        await until(lambda: relay.status.asleep)
        await asyncio.sleep(5 * LAST_LOOK)  # its last look is over: what it carries from here on, a bell has told it
        yield relay


async def until(is_so, seconds=5):
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.002)


def seen(statement):
    """A value, read on a session of its own: from the event loop too."""
    with session() as reader:
        return reader.execute(statement).fetchone()[0]


def bell():
    return seen("SELECT last_value FROM realtime_bell")


def rings():
    """Whether a commit of now rings."""
    with session() as listener:
        listener.execute("LISTEN stats_changed")
        listener.commit()
        commit("bar.rings", "a")
        return bool(list(listener.notifies(timeout=0.3, stop_after=1)))


def frames_left():
    return seen("SELECT count(*) FROM realtime_outbox")


async def test_what_could_not_be_published_stays_to_be_carried(relay, stream):
    relay.publisher = Layer(holds=0)
    commit(stream, "a")
    assert (await relay.publish_due(), frames_left(), relay.status.last_error["error"]) == (False, 1, "no Valkey")

    relay.publisher = Layer()
    assert await relay.publish_due() is True

    assert (relay.publisher.of(stream), frames_left()) == (["frame"], 0)


async def test_what_a_slow_layer_took_is_not_carried_twice_for_ever(relay, stream, monkeypatch):
    """A deadline for a whole batch would repeat its beginning and never reach its end."""
    monkeypatch.setattr("realtime.relay.PARCEL", 2)
    relay.publisher = Layer(holds=4)
    for note in "abcde":
        commit(stream, note)

    await relay.publish_due()

    assert (relay.publisher.of(stream), frames_left()) == (["frame"] * 4, 1)


async def test_a_bulk_change_touches_the_figures_of_the_platform(relay, stream):
    commit(stream, *(str(number) for number in range(201)))

    await relay.publish_due()

    assert [name for name, type_, _ in relay.publisher.published if type_ == "touch"] == ["platform"]
    assert registry.touched({"invalidate"}) == {"platform"}


async def test_a_commit_rings_for_a_sleeping_relay_and_for_no_other(relay):
    rang = {}
    for state in (ASLEEP, AWAKE):
        await relay.set_bell(state)
        rang[state] = rings()

    assert rang == {ASLEEP: True, AWAKE: False}


async def test_a_relay_wakes_at_the_bell_and_sleeps_after_a_quarter_of_a_second(running, stream):
    turned = []
    set_bell = running.set_bell

    async def tell(state):
        await set_bell(state)
        turned.append((bell(), time.monotonic()))

    running.set_bell = tell
    began = time.monotonic()
    commit(stream, "a")
    await until(lambda: running.publisher.of(stream))
    woken = time.monotonic() - began
    await until(lambda: len(turned) == 2)

    (awake, since), (asleep, until_then) = turned
    assert (awake, asleep, woken < LONGEST_SLEEP / 2) == (AWAKE, ASLEEP, True)
    assert QUIET <= until_then - since < QUIET + 2


@pytest.mark.parametrize("doorbell", ["adaptive", "always"])
async def test_events_are_carried_at_once_with_either_doorbell(doorbell, relay, stream, settings):
    settings.DOORBELL = doorbell
    waited = []
    async with at(relay.run()):
        await until(lambda: relay.status.asleep)
        for note in range(30):
            began = time.monotonic()
            commit(stream, note)
            await until(lambda: len(relay.publisher.of(stream)) == note + 1)  # noqa: B023 - awaited here
            waited.append(time.monotonic() - began)
        rang = rings()

    assert sorted(waited)[15] < 0.2
    assert rang is (doorbell == "always")


async def test_a_bell_that_nobody_heard_costs_a_second_at_most(running, stream):
    """A commit that saw the relay awake rings nobody, however late it ends."""
    await running.reading.ask("SELECT setval('realtime_bell', 0)")
    commit(stream, "a")
    await running.reading.ask("SELECT setval('realtime_bell', 1)")

    await until(lambda: running.publisher.of(stream), LONGEST_SLEEP + 1)


async def test_an_idle_relay_asks_little_more_than_once_a_second(running):
    asked = []
    ask = running.reading.ask

    async def counted(*words):
        asked.append(words)
        return await ask(*words)

    running.reading.ask = running.listening.ask = counted
    await asyncio.sleep(2)

    assert len(asked) <= 4


async def test_f15_one_of_two_relays_leads_and_the_other_takes_over_when_it_is_gone(relay):
    async with Relay.connected() as first, Relay.connected() as second:
        assert [await first.leads(), await second.leads(), await second.leads()] == [True, False, False]
        await first.reading.connection.close()
        began = time.monotonic()
        while not await second.leads():
            await asyncio.sleep(0.01)

    assert time.monotonic() - began < 1


async def test_a_leader_that_is_frozen_loses_the_lead_and_publishes_no_more(relay, stream, monkeypatch):
    async with Relay.connected() as frozen:
        assert await frozen.leads()
        monkeypatch.setattr(lines, "STUCK", 0.3)
        assert await relay.leads() is False
        await asyncio.sleep(0.4)
        await until_leads(relay)
        commit(stream, "a")
        frozen.publisher = Layer()
        with pytest.raises(lines.psycopg.OperationalError):
            await frozen.publish_due()

    assert frozen.publisher.published == []


async def until_leads(relay):
    async with asyncio.timeout(5):
        while not await relay.leads():
            await asyncio.sleep(0.01)


async def test_what_a_crash_took_from_the_outbox_is_announced_again(relay, stream):
    commit(stream, "a", "b")
    with session() as crash:
        crash.execute("DELETE FROM realtime_outbox")

    async with at(relay.run()):
        await until(lambda: relay.publisher.of(stream))

    assert relay.publisher.of(stream) == ["frame"]


async def test_a_row_committed_long_after_it_was_numbered_is_carried_within_two_seconds(running, stream, monkeypatch):
    """The quick looks begin where a second ago the outbox ended."""
    monkeypatch.setattr("realtime.relay.LONGEST_SLEEP", 0.1)
    with session() as slow:
        slow.execute("INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at) "
                     "VALUES (%s, 0, 1, 1, now())", [stream])  # fmt: skip
        for note in range(12):
            commit(f"{stream}0", note)
            await asyncio.sleep(0.05)
        assert running._floor > 0
        slow.commit()
        began = time.monotonic()
        while frames_left():
            await asyncio.sleep(0.01)

    assert time.monotonic() - began < 2


async def pages_read(relay, stream):
    """How many pages a look for one new event reads."""
    commit(stream, "one")
    [(newest,)] = await relay.reading.ask("SELECT max(id) FROM realtime_outbox")
    [(told,)] = await relay.reading.ask(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {UNPUBLISHED}", newest - 1)
    await relay.publish_due()
    return told[0]["Plan"]["Shared Hit Blocks"] + told[0]["Plan"]["Shared Read Blocks"]


async def test_a_look_costs_what_is_due_however_long_the_log(relay, stream):
    empty = await pages_read(relay, stream)
    call = "SELECT realtime_stage(%s, 'notes', 'note.made', '{}') FROM generate_series(1, 200)"
    with session() as writer:
        for _ in range(20):
            writer.execute(call, [f"{stream}0"])
            writer.commit()
    await relay.publish_due()

    assert await pages_read(relay, stream) <= empty + 5


async def test_a_relay_tells_how_it_is(running, stream):
    commit(stream, "a")
    await until(lambda: running.publisher.of(stream))
    running.status.leads()
    async with at(running.status.keep_writing()):
        await asyncio.sleep(0.3)
        told = await in_thread(relay_status.relay_status)()

    [word] = [word for word in told["relays"] if word["frames"] == running.status.frames]
    assert (word["role"], word["doorbell"], word["last_error"]) == ("leader", "adaptive", None)
    assert (told["outbox"], told["behind"], told["oldest"]) == (0, 0, 0)
    assert 0 <= told["queue"] < 0.01


def test_what_waits_for_a_relay_is_told_without_one(stream):
    commit(stream, "a", "b")
    commit(stream, "c")

    told = relay_status.relay_status()

    assert (told["outbox"], told["behind"]) == (2, 3)
    assert 0 < told["oldest"] < 5
