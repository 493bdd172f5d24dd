"""Leaderboards are kept for five minutes, and a result is in them at once all the same."""

import pytest
from django.test import Client

from realtime.caching import counted
from stats.tournaments.services.drawing import arrange
from stats.tournaments.services.playing import Score, correct
from stats.tournaments.services.recording import record
from tests import factories
from tests.stats.playing import FORMATS, drawn, played

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(koffi):
    return drawn(koffi, kind=FORMATS.LEADERBOARD)


@pytest.fixture
def play(koffi, board):
    """A match between the first two seats, with so many kills of the first."""
    home, away = board.entries.order_by("seat")[:2]

    def match(score=(2, 1), kills=1):
        place = board.matches.count()
        one = played(koffi, arrange(koffi, board.pk, place=place, sides=(home.pk, away.pk)), *score)
        record(koffi, one.pk, home.player_id, {"kills": kills})
        return one

    return match


@pytest.fixture
def ask(koffi):
    """What the API answers, and whether it had to be computed."""
    client = Client(headers=factories.bearer(koffi))

    def get(path):
        before = counted.report()["cache_misses"]
        answer = client.get(f"/api/v1/bars/{koffi.bar_id}/games/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json(), counted.report()["cache_misses"] - before

    return get


def kills(ask):
    rows, computed = ask("top?game=csgo&key=kills")
    return [float(row["total"]) for row in rows], computed


def test_a_ranking_is_computed_once_and_again_when_somebody_has_recorded(play, ask):
    play(kills=3)
    first, again = kills(ask), kills(ask)
    play(kills=4)

    assert (first, again, kills(ask), kills(ask)) == (([3.0], 1), ([3.0], 0), ([7.0], 1), ([7.0], 0))


def test_a_leaderboard_moves_with_a_corrected_result(koffi, play, ask):
    matches = [play() for _ in range(5)]
    before, again = ask("leaderboard?game=csgo"), ask("leaderboard?game=csgo")
    correct(koffi, matches[0].pk, Score(0, 2))
    [first, second], computed = ask("leaderboard?game=csgo")

    assert (before[0], before[1], again[1]) == (again[0], 1, 0)
    assert [float(row["win_rate"]) for row in before[0]] == [100.0, 0.0]
    assert ([float(first["win_rate"]), float(second["win_rate"])], computed) == ([80.0, 20.0], 1)


def test_what_is_kept_of_somebody_is_the_name_they_play_under(play, ask):
    play()
    _, [[row], computed] = ask("top?game=csgo&key=kills"), ask("top?game=csgo&key=kills")

    assert (sorted(row), computed) == (["average", "matches", "name", "player", "total"], 0)
