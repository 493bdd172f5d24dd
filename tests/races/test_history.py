"""The recorder of bench/history.py against the real services, and its checker against histories that are wrong."""

import os
from collections import Counter

import pytest

from bars.invariants import verify
from bench.history import clients, kind_of, play
from bench.history_checker import Attempt, Fact, History, Level, Outcome, violations
from tests.stack import url_of_test_database

OK, REFUSED, UNKNOWN = Outcome
ATTEMPTS = int(os.environ.get("HISTORY_ATTEMPTS", "20000"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_no_history_of_four_processes_has_an_oversell_a_double_a_loss_or_a_false_refusal():
    environment = {"DATABASE_URL": url_of_test_database(), "DJANGO_SETTINGS_MODULE": "config.settings"}

    with clients(environment) as (pool, _):
        history = play(pool, ATTEMPTS, seed=3)

    kinds = Counter(kind_of(attempt) for attempt in history.attempts)
    assert (kinds.total(), kinds["unknown"]) == (ATTEMPTS, 0)
    assert kinds["short"] > ATTEMPTS // 200
    assert violations(history) == []
    assert [finding.invariant.id for finding in verify() if finding.broken] == []


# Forged histories: two bottles, and who says what about them. A moment is a second.


def sold(number, key, left, *, document=None, count=1, announced=None):
    """The fact that so many were sold, after which so many are left."""
    change, level = Level(-count, -count), Level(left, left)
    return Fact(number, number, key, document or f"sale {key}", {"beer": change}, {"beer": announced or level})


def asked(key, began, ended, outcome=OK, **fields):
    return Attempt(began, ended, key, outcome, f"sale {key}" if outcome == OK else "", **fields)


def history(attempts, facts, closing=0):
    return History(attempts, facts, {"beer": Level(2, 2)}, {"beer": Level(closing, closing)})


BOTH = [sold(1, "a", 1), sold(2, "b", 0)]
SHORT = {"lacking": {"beer": 1}}
RIGHT = {
    "two are sold": history([asked("a", 0, 1), asked("b", 2, 3)], BOTH),
    "asked again, it is the same": history([asked("a", 0, 1), asked("a", 0, 3), asked("b", 2, 3)], BOTH),
    "a third is refused": history([asked("a", 0, 1), asked("b", 2, 3), asked("c", 4, 5, REFUSED, **SHORT)], BOTH),
    "refused while the last is being sold": history(
        [asked("a", 0, 1), asked("b", 2, 5), asked("c", 3, 4, REFUSED, **SHORT)], BOTH
    ),
    "no answer, and written": history([asked("a", 0, 1), asked("b", 2, 3, UNKNOWN)], BOTH),
    "no answer, and not written": history([asked("a", 0, 1), asked("b", 2, 3, UNKNOWN)], BOTH[:1], closing=1),
    "no answer, then one": history([asked("a", 0, 1, UNKNOWN), asked("a", 2, 3), asked("b", 2, 3)], BOTH),
    "refused for something else": history([asked("a", 0, 1), asked("c", 2, 3, REFUSED)], BOTH[:1], closing=1),
}
WRONG = {
    "a double sale": (
        history([asked("a", 0, 1), asked("a", 2, 3)], [sold(1, "a", 1), sold(2, "a", 0)]),
        ["a: written 2 times"],
    ),
    "two answers": (
        history([asked("a", 0, 1), asked("a", 0, 1)._replace(document="another")], BOTH[:1], closing=1),
        ["a: answered with ['another', 'sale a'], written sale a"],
    ),
    "a lost sale": (
        history([asked("a", 0, 1), asked("b", 2, 3)], BOTH[:1], closing=1),
        ["b: answered ok and lost"],
    ),
    "refused and written": (
        history([asked("a", 0, 1), asked("b", 2, 3, REFUSED)], BOTH),
        ["b: refused and written"],
    ),
    "written for nobody": (
        history([asked("a", 0, 1)], BOTH),
        ["b: written and never asked for"],
    ),
    "a false refusal": (
        history([asked("a", 0, 1), asked("b", 4, 5), asked("c", 2, 3, REFUSED, **SHORT)], BOTH),
        ["c: refused falsely, {'beer': 1} was there all the time"],
    ),
    "a false refusal after stock has come": (
        history(
            [asked("a", 0, 1), asked("b", 0, 1), asked("s", 2, 3), asked("c", 4, 5, REFUSED, **SHORT)],
            [*BOTH, sold(3, "s", 5, count=-5)],
            closing=5,
        ),
        ["c: refused falsely, {'beer': 1} was there all the time"],
    ),
    "an oversell": (
        history([asked(key, 0, 1) for key in "abc"], [*BOTH, sold(3, "c", -1)], closing=-1),
        ["c: oversold beer: Level(stock=-1, available=-1)"],
    ),
    "an announcement that is wrong": (
        history([asked("a", 0, 1)], [sold(1, "a", 1, announced=Level(2, 2))], closing=1),
        ["a: announced Level(stock=2, available=2) of beer, should be Level(stock=1, available=1)"],
    ),
    "a movement for nothing": (
        history([asked("a", 0, 1)], [Fact(1, 1, "a", "sale a", {}, {"beer": Level(1, 1)})], closing=2),
        ["a: moved beer for nothing"],
    ),
    "stock that changed by itself": (
        history([asked("a", 0, 1)], BOTH[:1], closing=0),
        ["beer: ends with Level(stock=0, available=0), should be Level(stock=1, available=1)"],
    ),
    "a hole in the numbers": (
        history([asked("a", 0, 1), asked("b", 2, 3)], [BOTH[0], sold(3, "b", 0)]),
        ["event 1 is followed by 3"],
    ),
    "numbers against the clock": (
        history([asked("a", 2, 3), asked("b", 0, 1)], BOTH),
        ["a: numbered before what was answered before it was asked for"],
    ),
}


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_a_right_history_has_no_violation(right):
    assert violations(right) == []


@pytest.mark.parametrize(("wrong", "found"), WRONG.values(), ids=WRONG)
def test_a_forged_history_is_found_out(wrong, found):
    assert violations(wrong) == found
