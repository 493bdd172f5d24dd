"""Several at once: two operators and one match, eight stations and one tournament."""

import uuid

import pytest

from realtime.models import Event
from stats.models import GameStats, Match, ScoreEvent, Side
from stats.tournaments import problems
from stats.tournaments.services.playing import Points, Score, confirm, correct, score, start
from stats.tournaments.services.recording import record
from tests.races.gate import holding, through
from tests.sessions import together
from tests.stats.playing import FORMATS, broken, drawn, ready

pytestmark = pytest.mark.django_db(transaction=True)


def holding_tournament(tournament):
    return holding("SELECT 1 FROM stats_tournament WHERE id = %s FOR UPDATE", tournament.pk)


def outcome(answer):
    return type(answer).__name__ if isinstance(answer, Exception) else "confirmed"


def look_then_confirm(member, match_id, final):
    """The control: looks whether somebody has confirmed, and takes the tournament only to write."""
    if Match.objects.get(pk=match_id).state == Match.State.CONFIRMED:
        raise problems.OtherResult()
    confirmed = Match.objects.filter(pk=match_id)
    side = "home" if final.home > final.away else "away"
    confirmed.update(state="confirmed", outcome="played", home_score=final.home, away_score=final.away, winner=side)


@pytest.mark.parametrize(
    ("confirming", "outcomes"),
    [(look_then_confirm, ["confirmed", "confirmed"]), (confirm, ["OtherResult", "confirmed"])],
)
def test_two_operators_who_confirm_another_result_each(confirming, outcomes, koffi):
    league = drawn(koffi, kind=FORMATS.ROUND_ROBIN)
    match = start(koffi, ready(league)[0].pk)

    with holding_tournament(league) as gate:
        answers = through(
            gate, *(lambda one=one: confirming(koffi, match.pk, one) for one in (Score(2, 1), Score(0, 3)))
        )

    assert sorted(map(outcome, answers)) == outcomes
    assert broken() == []


def test_two_operators_who_confirm_the_same_are_both_right_and_told_of_once(koffi):
    cup = drawn(koffi)
    match = start(koffi, ready(cup)[0].pk)

    with holding_tournament(cup) as gate:
        answers = through(gate, *[lambda: confirm(koffi, match.pk, Score(2, 1))] * 2)

    assert [answer.winner_id for answer in answers] == [match.home_id] * 2
    for stream in (f"match.{match.pk}", f"tournament.{cup.pk}"):
        assert Event.objects.filter(stream=stream, type="match.ended").count() == 1


def test_a_correction_while_the_next_match_is_confirmed(koffi):
    """Whoever is first: the final stands between those who have come there, or is to be played again."""
    cup = drawn(koffi)
    for one in ready(cup):
        confirm(koffi, start(koffi, one.pk).pk, Score(2, 1))
    final, semi = cup.matches.get(round=2, place=0), cup.matches.get(round=1, place=0)
    start(koffi, final.pk)

    with holding_tournament(cup) as gate:
        through(
            gate,
            lambda: confirm(koffi, final.pk, Score(1, 0)),
            lambda: correct(koffi, semi.pk, Score(0, 4)),
        )

    final.refresh_from_db()
    assert (final.state, final.home_id) == ("scheduled", semi.away_id)
    assert broken() == []


def test_eight_stations_report_at_once(koffi):
    """Each scores its own match of one tournament and records its player: nothing is lost or told twice."""
    league = drawn(koffi, kind=FORMATS.ROUND_ROBIN, players=8)
    matches = [start(koffi, one.pk) for one in ready(league)[:8]]

    def station(match):
        for points in (2, 1, 1):
            score(koffi, match.pk, Points(uuid.uuid4(), Side.HOME, points))
        record(koffi, match.pk, match.home.player_id, {"kills": 4, "deaths": 0})
        return confirm(koffi, match.pk, None)

    answers = together(*(lambda one=one: station(one) for one in matches))

    assert [(one.home_score, one.winner_id) for one in answers] == [(4, one.home_id) for one in matches]
    assert (ScoreEvent.objects.count(), GameStats.objects.count()) == (24, 8)
    told = Event.objects.filter(stream=f"tournament.{league.pk}")
    assert told.filter(type="match.ended").count() == 8
    assert told.filter(type="score.updated").count() == 24
    assert broken() == []


def test_eight_hands_on_one_board_lose_no_point(koffi):
    match = start(koffi, ready(drawn(koffi))[0].pk)
    key = uuid.uuid4()

    together(
        *[lambda: score(koffi, match.pk, Points(key, Side.AWAY, 1))] * 4,
        *[lambda: score(koffi, match.pk, Points(uuid.uuid4(), Side.HOME, 1))] * 4,
    )

    match.refresh_from_db()
    assert (match.home_score, match.away_score) == (4, 1)
