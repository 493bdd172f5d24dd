"""Whatever is written, and whatever the layer does: each screen ends as SELECT says, each frame told once and in order.

CONVERGENCE_SEED makes the same choices again, CONVERGENCE_TURNS is its size: transactions of each of the four writers.
"""

import asyncio
import itertools
import os
import random
from collections import Counter

import httpx
import pytest

from bars.models import Member
from realtime import hub as hub_module
from realtime import keeper
from realtime.relay import Relay
from realtime.retention import rotate_epoch
from realtime.threads import in_thread
from tests import emptying, factories
from tests.realtime.hubs import end_hub
from tests.realtime.lines import Inside, Outside
from tests.realtime.shelves import DROP, TABLE, Screen, Writer, logged_frames, products_of, rows_of
from tests.sessions import session

SEED = int(os.environ.get("CONVERGENCE_SEED") or random.randrange(2**32))
TURNS = int(os.environ.get("CONVERGENCE_TURNS", "50"))
WRITERS, STREAMS = 4, 3
TOPICS = (("stock",), ("sales", "stock"))
RATE = 0.01  # of the layer's messages: so many are lost, so many repeated, and so many late
AT_LEAST = {10: "lose", 20: "repeat", 30: "delay", 31: "pass"}  # by number: every run has one of each
LONGEST_DELAY = 5  # messages


@pytest.fixture(scope="module", autouse=True)
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        emptying.statement()  # of the tables that stay
        with session() as owner:
            owner.execute(TABLE)
        yield
        with session() as owner:
            owner.execute(DROP)


@pytest.fixture
def streams(transactional_db):
    return [f"bar.{factories.bar(f'Chez {number}').pk}" for number in range(STREAMS)]


@pytest.fixture
def people(streams):
    """One for each transport: nobody may have more than eight live connections."""
    found = [factories.user(f"reader{number}") for number in range(3)]
    for user, stream in itertools.product(found, streams):
        Member.objects.create(bar_id=stream.partition(".")[2], user=user, role="owner")
    return found


class Faults:
    """Stands between the layer and the hub: loses, repeats and delays its messages, and keeps what it let through."""

    def __init__(self, receive, chance):
        self.receive, self.chance = receive, chance
        self.count, self.done, self.passed = 0, Counter(), []
        self.late, self.next = [], []  # (due, message)

    async def __call__(self, channel):
        while not self.next:
            message = await self.receive(channel)
            self.count += 1
            self.next += self.fate(message)
            self.next += [one for due, one in self.late if due <= self.count]
            self.late = [(due, one) for due, one in self.late if due > self.count]
        self.passed.append(self.next.pop(0))
        return self.passed[-1]

    def fate(self, message):
        kinds = ["lose", "repeat", "delay", "pass"]
        kind = AT_LEAST.get(self.count) or self.chance.choices(kinds, [RATE] * 3 + [1 - 3 * RATE])[0]
        self.done[kind] += 1
        if kind == "delay":
            self.late.append((self.count + self.chance.randint(1, LONGEST_DELAY), message))
        return {"lose": [], "delay": [], "repeat": [message, message]}.get(kind, [message])

    def frames_of(self, stream):
        """The numbers that a page would have been told that takes the layer at its word."""
        frames = [one["frame"] for one in self.passed if one["type"] == "frame"]
        return [frame[3] for frame in frames if frame[0] == stream]


def screens_on(streams, lines):
    chance = random.Random(SEED)
    asked = itertools.product(streams, lines)
    return [Screen(stream, chance.choice(TOPICS), line, random.Random(chance.random())) for stream, line in asked]


async def restore():
    """In the middle of it all, the log begins another life: every cursor from before is refused."""
    await asyncio.sleep(0.4)
    await in_thread(rotate_epoch)()


async def trade(streams, screens):
    """Everybody writes while everybody reads; returns what was written."""
    products = await in_thread(products_of)(streams)
    writers = [Writer(SEED + number, products) for number in range(WRITERS)]
    writing = asyncio.gather(*(asyncio.to_thread(writer.write, TURNS) for writer in writers))
    await asyncio.gather(writing, restore(), *(screen.follow(writing.done) for screen in screens))
    return sum((Counter(writer.done) for writer in writers), Counter())


def check(screens):
    """Each as SELECT says, and each connection told the log from its cursor on."""
    for screen in screens:
        log = logged_frames(screen.stream, screen.topics)
        for since, told in screen.lives:
            assert told == [frame for frame in log if frame[0] > since][: len(told)]
        assert screen.rows == rows_of(screen.stream)
    assert sum(screen.resets for screen in screens) > 0
    assert min(frames_by_transport(screens).values()) > 10, "or it was snapshots that were right"


def frames_by_transport(screens):
    frames = Counter()
    for screen in screens:
        frames[screen.line.__name__] += sum(len(told) for _, told in screen.lives)
    return frames


def say(capsys, written, screens, faults=None):
    lives, resets = sum(len(screen.lives) for screen in screens), sum(screen.resets for screen in screens)
    frames = frames_by_transport(screens)
    with capsys.disabled():
        print(f"\nCONVERGENCE_SEED={SEED} CONVERGENCE_TURNS={TURNS}: {dict(written)}, {len(screens)} screens, ", end="")
        print(
            f"{lives} connections, {resets} resets, frames {dict(frames)}"
            + (f", layer: {dict(faults.done)}" if faults else "")
        )


@pytest.fixture
async def hub(monkeypatch):
    """The hub of this process, with faults before it."""
    monkeypatch.setattr(keeper, "COMPARE_EVERY", 0.3)
    monkeypatch.setattr(keeper, "COMPARE_ALONE", 0.3)
    hub = hub_module.hub()
    hub.layer.receive = Faults(hub.layer.receive, random.Random(SEED))
    yield hub
    await end_hub(hub)


@pytest.fixture
async def relay(no_relay, transactional_db):
    async with Relay.connected() as relay:
        running = asyncio.create_task(relay.run())
        yield relay
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_i32_screens_end_right_although_the_layer_loses_repeats_and_reorders(streams, people, hub, relay, capsys):
    inside = [Inside(user) for user in people]
    screens = screens_on(streams, [inside[0].websocket, inside[1].sse, inside[2].poll])

    written = await trade(streams, screens)

    faults = hub.layer.receive
    say(capsys, written, screens, faults)
    await in_thread(check)(screens)
    assert min(faults.done[kind] for kind in ("lose", "repeat", "delay")) > 0
    assert min(written.values()) > 0
    assert await in_thread(naive_are_wrong)(faults, streams)


def naive_are_wrong(faults, streams):
    """The control: pages that take the layer at its word miss frames, or see them twice."""
    every = ("account", "sales", "stock", "supplies", "team")
    return any(
        faults.frames_of(stream) != [seq for seq, _ in logged_frames(stream, every)][-len(faults.frames_of(stream)) :]
        for stream in streams
    )


async def test_i32_screens_of_a_real_server_end_right(stack, streams, people, capsys):
    outside = [Outside(stack, await in_thread(factories.bearer)(user)) for user in people]
    await in_thread(httpx.get)(f"{stack.url}/api/v1/sync/poll", headers=outside[0].headers)  # the first takes seconds
    screens = screens_on(streams, [outside[0].websocket, outside[1].sse, outside[2].poll])

    written = await trade(streams, screens)

    say(capsys, written, screens)
    await in_thread(check)(screens)
