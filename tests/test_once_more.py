"""Which failed tests are run a second time, and what that changes."""

import sys

import pytest

from tests import once_more

LIVE = "tests/realtime/test_hub.py::test_a"


class Pytest:
    """Stands where pytest would be run: what it is asked, and its exit code."""

    def __init__(self):
        self.asked, self.returncode = [], 0

    def __call__(self, command, check):
        self.asked.append(command)
        return self


@pytest.fixture
def again(monkeypatch):
    again = Pytest()
    monkeypatch.setattr(once_more.subprocess, "run", again)
    return again


def test_a_test_that_waits_for_servers_is_run_once_more_and_named(again, capsys):
    assert once_more.main(1, [LIVE]) == 0
    assert again.asked == [[sys.executable, "-m", "pytest", LIVE]]
    assert capsys.readouterr().out == f"FAILED ONCE, and passed alone:\n  {LIVE}\n"


def test_what_fails_twice_has_failed(again, capsys):
    again.returncode = 1

    assert once_more.main(1, [LIVE]) == 1
    assert capsys.readouterr().out == f"Some failed again of:\n  {LIVE}\n"


@pytest.mark.parametrize("folder", ["sales", "stock", "stats", "bars", "races"])
def test_of_money_stock_and_figures_a_failure_stands(folder, again):
    assert once_more.main(1, [LIVE, f"tests/{folder}/test_b.py::test_b[1]"]) == 1
    assert again.asked == []


def test_many_failures_stand(again):
    assert once_more.main(1, [f"{LIVE}{number}" for number in range(once_more.MOST + 1)]) == 1
    assert again.asked == []


@pytest.mark.parametrize("exit_code", [2, 3, 4, 5])
def test_what_is_no_failed_test_stands(exit_code, again):
    """Interrupted, broken, nothing collected."""
    assert once_more.main(exit_code, [LIVE]) == exit_code
    assert again.asked == []
