"""Processes that show the same figures: one computes, the others take it, and nobody ever shows what was before.

A process is here a set of boards with its own line to Valkey, and what it has heard of the stream so far.
"""

import asyncio
import random
import signal
import time

import pytest

from realtime import sharing
from realtime.cursors import Cursor
from realtime.sharing import Known, Shared, Touches, reaches
from realtime.states import StateBoards
from realtime.streams import State
from realtime.valkey import Valkey
from tests.faults.webs import MortalValkey
from tests.realtime.pages import Page

GAP = 0.05


class Books:
    """What is computed from: the number of the last commit, and how often anybody asked."""

    def __init__(self):
        self.seq, self.asked, self.seconds = 0, [], 0.0

    def compute(self, keys):
        self.asked.append(sorted(keys))
        found = dict.fromkeys(keys, self.seq)
        time.sleep(self.seconds)
        return found


class Process:
    """`hear` brings news of the commits so far, as a feed does."""

    def __init__(self, books, stream, *, shares=True, max_age=60):
        self.books, self.stream, self.epoch, self.heard = books, stream, "e1", Cursor("e1", books.seq)
        self.valkey = Valkey()
        shared = Shared(self.valkey, "figures", self) if shares else None
        self.boards = StateBoards(State("bar", "figures", frozenset(), books.compute, GAP, max_age), shared)
        self.page = Page()

    def of(self, stream):
        return self.heard

    def hear(self):
        self.heard = Cursor(self.epoch, self.books.seq)
        self.boards.touch(self.stream)

    async def watch(self):
        self.boards.watch(self.stream, self.page)
        await self.boards.settle(self.stream)
        return self.shown()

    def shown(self):
        return [message["data"] for message in self.page.told()]

    async def close(self):
        if self.boards._task:
            self.boards._task.cancel()
        await self.valkey.close()


@pytest.fixture
def books():
    return Books()


@pytest.fixture
async def process(books, stream):
    begun = []

    def begin(**options):
        begun.append(Process(books, stream, **options))
        return begun[-1]

    yield begin
    for one in begun:
        await one.close()


async def change(books, *processes):
    """A commit of which all hear, and what each shows then."""
    books.seq += 1
    for one in processes:
        one.hear()
    for one in processes:
        async with asyncio.timeout(5):
            await one.boards.settle(one.stream)
    return [one.shown() for one in processes]


@pytest.mark.parametrize(("shares", "each"), [(True, 1), (False, 3)])
async def test_a_change_is_computed_once_for_all_processes(shares, each, books, process):
    """The control is what they did before: each computes for itself."""
    three = [process(shares=shares) for _ in range(3)]
    first = [await one.watch() for one in three]
    changes = [await change(books, *three) for _ in range(4)]

    assert first == [[0]] * 3
    assert changes == [[[number]] * 3 for number in (1, 2, 3, 4)]
    assert len(books.asked) == 5 * each


async def test_what_another_computes_just_now_is_waited_for(books, process):
    one, other = process(), process()
    books.seconds = 0.02
    first = await asyncio.gather(one.watch(), other.watch())

    assert (first, len(books.asked)) == ([[0], [0]], 1)


async def test_many_streams_cost_one_question_and_one_computation(books, process):
    one, other = process(), process()
    streams = [f"{one.stream}{number}" for number in range(20)]
    asked = []
    for process_ in (one, other):
        put = process_.boards.shared._ask
        process_.boards.shared._ask = lambda *args, put=put: asked.append(args[0]) or put(*args)
        for name in streams:
            process_.boards.watch(name, process_.page)
        for name in streams:
            await process_.boards.settle(name)

    assert asked == [sharing.LOOK, sharing.PUT, sharing.LOOK]
    assert [len(keys) for keys in books.asked] == [20]
    assert [len(process_.shown()) for process_ in (one, other)] == [20, 20]


async def test_nobody_takes_a_value_from_before_the_change_they_have_heard_of(books, process):
    slow, quick = process(), process()
    await slow.watch()
    await quick.watch()
    books.seq += 1
    quick.hear()
    await quick.boards.settle(quick.stream)
    books.seq += 1
    slow.hear()
    await slow.boards.settle(slow.stream)

    assert (quick.shown(), slow.shown(), len(books.asked)) == ([1], [2], 3)


async def test_a_value_of_another_life_of_the_database_is_nobodys(books, process):
    before, after = process(), process()
    books.seq = 90
    before.heard = Cursor("e1", 90)
    await before.watch()
    books.seq, after.heard = 40, Cursor("e2", 40)

    assert (await after.watch(), len(books.asked)) == ([40], 2)


async def test_who_has_heard_of_nothing_computes_and_leaves_nothing(books, process):
    one, other = process(), process()
    one.heard = other.heard = None

    assert [await one.watch(), await other.watch()] == [[0], [0]]
    assert len(books.asked) == 2


@pytest.mark.parametrize(("shares", "most"), [(True, 8), (False, 15)])
async def test_what_is_too_old_is_computed_once_an_interval(shares, most, books, process):
    """1.6 s of values that are good for 0.3 s: five or six, for one process or for three."""
    three = [process(shares=shares, max_age=0.3) for _ in range(3)]
    for one in three:
        await one.watch()
    await asyncio.sleep(1.6)

    assert (len(books.asked) <= most) is shares or len(books.asked) >= most


async def test_a_process_that_dies_while_it_computes_costs_the_others_a_moment(books, process):
    dead, heir = process(), process()
    await dead.boards.shared.look({dead.stream: dead.heard}, 60)
    began = time.monotonic()
    shown = await heir.watch()

    assert shown == [0]
    assert sharing.PATIENCE <= time.monotonic() - began < 5 * sharing.PATIENCE


async def test_a_figure_that_takes_long_is_not_waited_for(books, process):
    one, other = process(), process()
    books.seconds = 0.3
    began = time.monotonic()
    await asyncio.gather(one.watch(), other.watch())

    assert (len(books.asked), time.monotonic() - began < 0.5) == (2, True)


# Valkey is away


@pytest.fixture
def mortal(tmp_path, settings):
    valkey = MortalValkey(tmp_path)
    valkey.start()
    settings.REDIS_URL = valkey.url
    yield valkey
    valkey.process.send_signal(signal.SIGCONT)
    valkey.stop()


def freezes(valkey):
    valkey.process.send_signal(signal.SIGSTOP)
    return lambda: valkey.process.send_signal(signal.SIGCONT)


def dies(valkey):
    valkey.crash()
    return valkey.start


def is_emptied(valkey):
    with valkey.client() as client:
        client.flushall()
    return lambda: None


FAULTS = {"f16 killed": dies, "f17 frozen": freezes, "f19 emptied": is_emptied}


@pytest.mark.parametrize("fault", FAULTS)
async def test_f16_f17_f19_without_valkey_everybody_has_the_truth_at_once(fault, mortal, books, process):
    one, other = process(), process()
    await asyncio.gather(one.watch(), other.watch())
    await change(books, one, other)
    heal = FAULTS[fault](mortal)
    late, shown = [], []
    for _ in range(6):
        began = time.monotonic()
        shown.append(await change(books, one, other))
        late.append(time.monotonic() - began)
        await asyncio.sleep(GAP)
    heal()
    await asyncio.sleep(sharing.REST + 0.2)
    again = [await change(books, one, other) for _ in range(4)]
    computed = len(books.asked)
    last = [await change(books, one, other) for _ in range(4)]

    assert shown == [[[number], [number]] for number in range(2, 8)]
    assert max(late) < GAP + 3 * sharing.PATIENCE
    assert again + last == [[[number], [number]] for number in range(8, 16)]
    assert len(books.asked) - computed == 4


# Whatever happens, in whatever order


def blind(process):
    """The control: takes whatever is there."""
    process.of = lambda stream: Cursor("e1", 1)


@pytest.mark.parametrize("way", ["as it is", "blind"])
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_heard_when_each_shows_what_it_has_heard_of(seed, way, books, process):
    chance = random.Random(seed)
    processes = [process() for _ in range(3)]
    if way == "blind":
        [blind(one) for one in processes]
    for one in processes:
        await one.watch()
    lies = 0
    for _ in range(60):
        books.seconds = chance.choice([0, 0, 0.01, 0.06])
        books.seq += chance.randint(0, 3)
        for one in chance.sample(processes, chance.randint(0, 3)):
            one.hear()
        await asyncio.sleep(chance.choice([0, 0, 0.01, 0.06]))
        one = chance.choice(processes)
        lies += is_settled(one) and last_of(one) < one.heard.seq
    books.seconds = 0
    for one in processes:
        one.hear()
        await one.boards.settle(one.stream)
    lies += sum(last_of(one) < books.seq for one in processes)

    assert (lies == 0) is (way == "as it is")


def is_settled(process):
    return process.boards.boards[process.stream].settled.is_set()


def last_of(process):
    """The value that a page which came now would be shown."""
    text = process.boards.boards[process.stream].message.text
    return int(text.rsplit(":", 1)[1].rstrip("}"))


# How far a process has heard


def test_touches_of_a_relay_are_numbered_and_those_of_two_do_not_compare():
    one, other = Touches(), Touches()
    first, second, foreign = one.next(), one.next(), other.next()
    known = Known({})
    for cursor in (first, second, first):  # the layer may turn them round
        known.hear("platform", list(cursor))
    after_two = known.of("platform")
    known.hear("platform", list(foreign))
    after_another = known.of("platform")
    known.hear("platform", None)  # of a relay from before there were numbers

    assert (after_two, after_another, known.of("platform")) == (second, foreign, None)
    assert (reaches(second, first), reaches(first, second), reaches(second, foreign)) == (True, False, False)
    assert (reaches(None, first), reaches(first, None), reaches(None, None)) == (False, False, False)
