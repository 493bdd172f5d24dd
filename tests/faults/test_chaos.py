"""Twenty kills by three seeds. More: `make chaos`; what it means: docs/reliability.md."""

import json
import os
import subprocess
import sys

import pytest

from bench.history_checker import Outcome
from tests.faults.chaos.checking import findings, misheard, outcomes
from tests.faults.chaos.happening import FAULTS
from tests.faults.chaos.schedule import KINDS, schedule
from tests.races.test_history import BOTH, asked, history, sold
from tests.stack import ROOT, url_of_test_database

SEEDS = os.environ.get("CHAOS_SEEDS", "1 2 3").split()
KILLS = int(os.environ.get("CHAOS_KILLS", "7"))  # of each seed


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_f02_f14_f16_f20_f42_whatever_is_killed_frozen_or_cut_each_sale_is_sold_once_and_heard_once(tmp_path):
    chosen = [word for seed in SEEDS for word in ("--seed", seed)]
    how = ["--kills", str(KILLS), "--template", url_of_test_database(), "--json", str(tmp_path / "chaos.json")]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults.chaos", *chosen, *how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr[-3000:]
    result = json.loads(ran.stdout)
    print(f"\nF42: {result['kills']} kills in {result['seconds']} s, {result['acknowledged']} sales acknowledged")

    assert (result["violations"], ran.returncode) == ([], 0)
    assert (result["lost"], result["duplicates"], result["kills"] >= KILLS * len(SEEDS)) == (0, 0, True)
    assert result["acknowledged"] > result["kills"]


def test_a_schedule_is_a_function_of_its_seed():
    played = schedule(5, rounds=200)

    assert played == schedule(5, rounds=200) != schedule(6, rounds=200)
    assert played[:3] == schedule(5, rounds=3)
    assert {step.kind for steps in played for step in steps} == set(KINDS) == set(FAULTS)


# The control: what the reckoning says of forged rounds

RIGHT = history([asked("a", 0, 1), asked("b", 2, 3)], BOTH)
LOG = [("sale.created", {"sale": "a"}), ("stock.changed", {"stock": 1}), ("sale.created", {"sale": "b"})]


def test_a_right_round_has_no_fault():
    assert findings(RIGHT, [LOG, LOG], LOG) == []
    assert outcomes(RIGHT) == {
        "acknowledged": 2,
        "refused": 0,
        "unknown": 0,
        "unknown_written": 0,
        "lost": 0,
        "duplicates": 0,
    }


FORGED = {
    "a lost sale": (RIGHT._replace(facts=BOTH[:1]), "b: answered ok and lost", "lost"),
    "a doubled sale": (RIGHT._replace(facts=[*BOTH, sold(3, "b", -1)]), "b: written 2 times", "duplicates"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_history_is_found(kind):
    forged, fault, counted = FORGED[kind]

    assert fault in findings(forged, [LOG], LOG)
    assert outcomes(forged)[counted] == 1


def test_a_refused_sale_that_was_written_is_found():
    forged = history([asked("a", 0, 1), asked("b", 2, 3, Outcome.REFUSED)], BOTH)

    assert findings(forged, [LOG], LOG) == ["b: refused and written"]


MISHEARD = {
    "a hole": ([LOG[0], LOG[2]], "missed or invented: its event 2"),
    "an event twice": ([*LOG[:2], *LOG[1:]], "heard again: its event 3"),
    "an event that nobody committed": ([*LOG, ("sale.created", {"sale": "c"})], "missed or invented: its event 4"),
    "another order": ([LOG[0], LOG[2], LOG[1]], "missed or invented: its event 2"),
    "the end missing": (LOG[:2], "stopped after 2 of 3"),
    "nothing": ([], "stopped after 0 of 3"),
}


@pytest.mark.parametrize("kind", MISHEARD)
def test_a_follower_who_mishears_is_found(kind):
    heard, fault = MISHEARD[kind]

    [found] = misheard(heard, LOG)
    assert found.startswith(fault)
    assert findings(RIGHT, [LOG, heard], LOG) == [f"follower 1: {found}"]
