import asyncio

import pytest

from realtime.states import StateBoards
from realtime.streams import State
from tests.realtime.pages import Page


class Till:
    """What is computed from: a value per key, and how often it was asked for."""

    def __init__(self):
        self.values, self.asked, self.fails = {}, [], 0

    def compute(self, keys):
        self.asked.append(sorted(keys))
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the database is away")
        return {key: self.values.get(key, 0) for key in keys}


@pytest.fixture
def till():
    return Till()


@pytest.fixture
async def boards(till):
    """At least 50 ms between two computations, a value is true for a minute."""
    boards = StateBoards(State("bar", "figures", frozenset(), till.compute, least_gap=0.05, max_age=60))
    yield boards
    for task in (boards._task,):
        if task:
            task.cancel()


def watch(boards, stream):
    page = Page()
    boards.watch(stream, page)
    return page


async def test_who_watches_gets_the_value_and_then_every_change(boards, till):
    page = watch(boards, "bar.a")
    await page.hears(("state", 0))

    till.values["a"] = 1500
    boards.touch("bar.a")

    await page.hears(("state", 1500))


async def test_a_change_that_changes_nothing_is_not_sent(boards, till):
    page = watch(boards, "bar.a")
    await page.hears(("state", 0))

    boards.touch("bar.a")
    while len(till.asked) < 2:
        await asyncio.sleep(0.01)
    till.values["a"] = 1
    boards.touch("bar.a")

    await page.hears(("state", 1))


async def test_a_burst_of_changes_costs_two_computations_and_ends_with_the_truth(boards, till):
    page = watch(boards, "bar.a")
    await page.hears(("state", 0))

    for sale in range(100):
        till.values["a"] = sale + 1
        boards.touch("bar.a")
    await page.hears(("state", 100))
    await asyncio.sleep(0.15)  # nothing comes after it

    assert (len(till.asked), page.read()) == (2, [])


@pytest.mark.parametrize("watchers", [1, 10])
async def test_the_work_does_not_grow_with_the_watchers(watchers, boards, till):
    pages = [watch(boards, "bar.a") for _ in range(watchers)]
    for page in pages:
        await page.hears(("state", 0))

    till.values["a"] = 1
    boards.touch("bar.a")
    for page in pages:
        await page.hears(("state", 1))

    assert till.asked == [["a"], ["a"]]


async def test_bars_that_change_together_are_computed_together(boards, till):
    pages = [watch(boards, f"bar.{name}") for name in "abc"]
    for page in pages:
        await page.hears(("state", 0))

    for name in "abc":
        boards.touch(f"bar.{name}")
    while len(till.asked) < 2:
        await asyncio.sleep(0.01)

    assert till.asked == [["a", "b", "c"], ["a", "b", "c"]]


async def test_who_comes_later_gets_the_latest_value_without_a_computation(boards, till):
    first = watch(boards, "bar.a")
    await first.hears(("state", 0))

    second = watch(boards, "bar.a")

    assert second.read() == [("state", 0)]
    assert len(till.asked) == 1


async def test_what_changed_while_nobody_watched_is_computed_for_the_next(boards, till):
    first = watch(boards, "bar.a")
    await first.hears(("state", 0))
    boards.leave("bar.a", first)
    till.values["a"] = 7
    boards.touch("bar.a")
    await asyncio.sleep(0.1)
    assert len(till.asked) == 1

    second = watch(boards, "bar.a")

    await second.hears(("state", 7))
    assert first.read() == []


async def test_a_value_that_is_too_old_is_computed_again(till):
    boards = StateBoards(State("bar", "figures", frozenset(), till.compute, least_gap=0.01, max_age=0.1))
    page = watch(boards, "bar.a")
    await page.hears(("state", 0))

    till.values["a"] = 1  # time alone has changed it

    await page.hears(("state", 1))
    boards._task.cancel()


async def test_a_computation_that_fails_is_tried_again_soon(boards, till):
    page = watch(boards, "bar.a")
    await page.hears(("state", 0))

    till.fails, till.values["a"] = 1, 9
    boards.touch("bar.a")

    await page.hears(("state", 9))


async def test_a_board_that_nobody_watches_is_forgotten(boards):
    page, other = watch(boards, "bar.a"), watch(boards, "bar.b")
    await page.hears(("state", 0))
    await other.hears(("state", 0))
    boards.leave("bar.a", page)

    boards.drop_cold(linger=60)
    assert list(boards.boards) == ["bar.a", "bar.b"]
    boards.drop_cold(linger=0)

    assert list(boards.boards) == ["bar.b"]


async def test_who_has_the_value_already_is_sent_only_what_differs(boards, till):
    first = watch(boards, "bar.a")
    await first.hears(("state", 0))

    page = Page(seen=[boards.tag("bar.a", first)])
    boards.watch("bar.a", page)
    before = page.read()
    for value in (1500, 0):
        till.values["a"] = value
        boards.touch("bar.a")
        await boards.settle("bar.a")

    assert before == []
    await page.hears(("state", 0))  # the latest: nobody had read the one before
