"""Figures over HTTP: computed once while nothing happens, never after something has."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from realtime import caching
from realtime.caching import cached, counted
from realtime.cursors import Cursor
from realtime.retention import rotate_epoch
from realtime.sharing import LOOK
from realtime.valkey_threads import ThreadedValkey, valkey
from tests.realtime.numbering import stage
from tests.realtime.pages import commit
from tests.sessions import session


class Figure:
    """How many events there are, and how often anybody counted."""

    def __init__(self, stream, seconds=0.0):
        self.stream, self.seconds, self.asked = stream, seconds, 0

    def count(self):
        self.asked += 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM realtime_event WHERE stream = %s", [self.stream])
            [found] = cursor.fetchone()
        time.sleep(self.seconds)
        return {"events": found}

    def get(self, seconds=60, **arguments):
        return cached(self.stream, "events", arguments, self.count, seconds)["events"]


@pytest.fixture
def figure(stream, transactional_db):
    return Figure(stream)


def test_nothing_is_computed_twice_until_something_happens(figure):
    before = [figure.get() for _ in range(3)]
    commit(figure.stream, "a")
    after = [figure.get() for _ in range(3)]

    assert (before, after, figure.asked) == ([0] * 3, [1] * 3, 2)


def test_what_happens_elsewhere_changes_nothing(figure):
    figure.get()
    commit(f"bar.{uuid.uuid4()}", "a")

    assert (figure.get(), figure.asked) == (0, 1)


def test_c17_what_is_kept_of_one_bar_answers_no_other(transactional_db):
    streams = [f"bar.{uuid.uuid4()}" for _ in range(2)]
    for stream in streams:
        commit(stream, "a")

    told = [cached(stream, "whose", {}, lambda stream=stream: stream, 60) for stream in streams * 2]

    assert told == streams * 2


def test_other_arguments_are_another_figure(figure):
    for day in (1, 2, 1, 2):
        figure.get(day=day, role="owner")

    assert figure.asked == 2


def test_what_no_event_tells_of_is_computed_again_when_it_is_old(figure):
    figure.get(seconds=0.2)
    figure.get(seconds=0.2)
    time.sleep(0.25)
    figure.get(seconds=0.2)

    assert figure.asked == 2


def test_a_value_that_was_computed_during_a_commit_is_of_the_commit_before(figure):
    """The head is read first: a value may know more than its head says, never less."""
    with session() as writer:
        stage(writer, figure.stream, "a")
        during = figure.get()
    after = figure.get()

    assert (during, after, figure.asked) == (0, 1, 2)


def test_a_restore_begins_anew(figure):
    commit(figure.stream, "a", "b")
    figure.get()
    rotate_epoch()

    assert (figure.get(), figure.asked) == (2, 2)


def test_who_has_written_computes_and_keeps_nothing(figure):
    """What is rolled back would else be shown to the next whose head has the same number."""
    commit(figure.stream, "a")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT realtime_stage(%s, 'notes', 'note', '{}')", [figure.stream])
            cursor.execute("SELECT realtime_number_events()")
        own = figure.get()
        transaction.set_rollback(True)
    commit(figure.stream, "b", "c")

    assert (own, figure.get(), figure.asked) == (2, 3, 2)


def test_the_answer_is_the_same_computed_or_kept(figure):
    value = {"day": "2026-11-22", "rows": [[1, None], ["é", 2.5]]}
    answers = [cached(figure.stream, "rows", {}, lambda: {"day": "2026-11-22", "rows": [(1, None), ("é", 2.5)]}, 60)
               for _ in range(2)]  # fmt: skip

    assert answers == [value, value]


@pytest.mark.parametrize("asked", [1, 3])
def test_an_answer_costs_one_statement(asked, figure, django_assert_num_queries):
    figure.get()
    with django_assert_num_queries(asked):
        assert [figure.get() for _ in range(asked)] == [0] * asked


def at_once(count, work):
    """Answers or errors of so many threads that begin together."""
    barrier, found = threading.Barrier(count), []

    def run():
        try:
            barrier.wait(5)
            found.append(work())
        except Exception as error:
            found.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join(10) for thread in threads]
    return found


def test_twenty_who_ask_at_once_cost_one_computation(figure):
    figure.seconds = 0.3
    before = counted.report()

    found = at_once(20, figure.get)
    after = counted.report()

    assert (found, figure.asked) == ([0] * 20, 1)
    assert {name: after[name] - before[name] for name in after} == {"cache_hits": 19, "cache_misses": 1}


class Apart:
    """In the place of Flights: threads that know as little of each other as processes."""

    def join(self, name, work):
        return work()


@pytest.mark.parametrize(("is_there", "computed"), [(True, 1), (False, 5)])
def test_processes_that_ask_at_once_cost_one_computation(is_there, computed, figure, monkeypatch):
    """The control is a Valkey that is away."""
    figure.seconds = 0.1
    monkeypatch.setattr(caching, "flights", Apart())
    if not is_there:
        monkeypatch.setattr(caching, "valkey", ThreadedValkey("unix:///nowhere"))

    assert (at_once(5, figure.get), figure.asked) == ([0] * 5, computed)


def test_a_process_that_dies_while_it_computes_costs_a_moment(figure):
    with connection.cursor() as cursor:
        cursor.execute(caching.AT, [[figure.stream]])
        at = Cursor(*cursor.fetchone()[1:])
    figure.get()
    [name] = valkey.ask(lambda client: list(client.scan_iter(f"*cache:events:{figure.stream}*")))
    valkey.ask(lambda client: client.delete(name))
    valkey.ask(lambda client: client.eval(LOOK, 1, name, 60, caching.LEASE, *at))  # it promises, and dies
    began = time.monotonic()
    found = figure.get()

    assert (found, figure.asked) == (0, 2)
    assert caching.PATIENCE <= time.monotonic() - began < 3 * caching.PATIENCE


def test_an_error_reaches_all_who_wait_and_nobody_after(figure):
    def fails():
        time.sleep(0.2)
        raise ZeroDivisionError

    found = at_once(5, lambda: cached(figure.stream, "events", {}, fails, 60))

    assert (found, figure.get()) == ([ZeroDivisionError] * 5, 0)


def test_f16_without_valkey_it_is_computed_and_nobody_waits(figure, monkeypatch):
    monkeypatch.setattr(caching, "valkey", ThreadedValkey("unix:///nowhere"))
    began = time.monotonic()
    found = [figure.get() for _ in range(20)]

    assert (found, figure.asked, time.monotonic() - began < 1) == ([0] * 20, 20, True)
