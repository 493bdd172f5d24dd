"""Several at once: two operators and one match, eight stations and one tournament."""

import uuid

import pytest
from django.db import DatabaseError
from django.utils import timezone

from bars.transactions import constraint_of
from realtime.models import Event
from stats.models import Entry, GameStats, Match, Player, ScoreEvent, Side
from stats.tournaments import problems
from stats.tournaments.services.drawing import draw_tournament
from stats.tournaments.services.entering import Entrant, enter, withdraw
from stats.tournaments.services.playing import Points, Score, confirm, correct, score, start
from stats.tournaments.services.recording import record
from tests.races.gate import holding, through
from tests.sessions import together
from tests.stats.playing import FORMATS, broken, drawn, opened, ready

pytestmark = pytest.mark.django_db(transaction=True)


def holding_tournament(tournament):
    return holding("SELECT 1 FROM stats_tournament WHERE id = %s FOR UPDATE", tournament.pk)


def outcome(answer):
    return type(answer).__name__ if isinstance(answer, Exception) else "confirmed"


def fact_of(answer):
    """What the database has refused by; empty for what it has written."""
    return constraint_of(answer) if isinstance(answer, DatabaseError) else ""


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


def test_eight_stations_confirm_the_first_round_of_one_cup_at_once(koffi):
    """Each result makes half of a match of the next round."""
    cup = drawn(koffi, players=16)
    matches = [start(koffi, one.pk) for one in ready(cup)]

    with holding_tournament(cup) as gate:
        answers = through(gate, *(lambda one=one: confirm(koffi, one.pk, Score(0, 3)) for one in matches))

    assert [outcome(answer) for answer in answers] == ["confirmed"] * 8
    assert [(one.home_id, one.away_id) for one in cup.matches.filter(round=2).order_by("place")] == [
        (above.away_id, below.away_id) for above, below in zip(matches[::2], matches[1::2], strict=True)
    ]
    assert broken() == []


def test_two_operators_who_correct_one_match_one_after_the_other(koffi):
    """The last word stands, with all that comes of it."""
    cup = drawn(koffi)
    first, second = [confirm(koffi, start(koffi, one.pk).pk, Score(2, 1)) for one in ready(cup)]

    with holding_tournament(cup) as gate:
        answers = through(gate, *(lambda one=one: correct(koffi, first.pk, one) for one in (Score(0, 4), Score(5, 0))))

    first.refresh_from_db()
    final = cup.matches.get(round=2, place=0)
    assert [outcome(answer) for answer in answers] == ["confirmed"] * 2
    assert (final.home_id, final.away_id) == (first.winner_id, second.home_id)
    assert broken() == []


@pytest.mark.parametrize("drawing_first", [True, False])
def test_who_enters_while_it_is_drawn_has_a_seat_or_is_told(drawing_first, koffi):
    cup = opened(koffi, players=4)
    works = [lambda: draw_tournament(koffi, cup.pk, seed="a4"), lambda: enter(koffi, cup.pk, Entrant(name="Late"))]

    with holding_tournament(cup) as gate:
        answers = through(gate, *(works if drawing_first else reversed(works)))

    refused = [one for one in answers if isinstance(one, Exception)]
    assert [type(one) for one in refused] in ([], [problems.NotOpen])
    assert cup.entries.exclude(seat=None).count() == cup.entries.count() == 5 - len(refused)
    assert broken() == []


def test_of_two_draws_one_stands(koffi):
    cup = opened(koffi, players=4)

    with holding_tournament(cup) as gate:
        answers = through(gate, *(lambda seed=seed: draw_tournament(koffi, cup.pk, seed=seed) for seed in ("a", "b")))

    assert sorted(map(outcome, answers)) == ["NotOpen", "confirmed"]
    assert cup.matches.count() == 4
    assert broken() == []


@pytest.mark.parametrize("withdrawing_first", [True, False])
def test_who_withdraws_while_their_match_is_confirmed(withdrawing_first, koffi):
    """First, they forfeit it; last, they have won it, and forfeit the next."""
    cup = drawn(koffi)
    match = start(koffi, ready(cup)[0].pk)
    works = [
        lambda: withdraw(koffi, cup.pk, match.home_id, at=timezone.now()),
        lambda: confirm(koffi, match.pk, Score(2, 1)),
    ]

    with holding_tournament(cup) as gate:
        through(gate, *(works if withdrawing_first else reversed(works)))

    match.refresh_from_db()
    assert (match.outcome, match.winner) in (("forfeit", "away"), ("played", "home"))
    assert cup.matches.get(round=2, place=0).home_id == match.winner_id
    assert broken() == []


@pytest.mark.parametrize(("recording_first", "said"), [(True, "GameStats"), (False, "MatchNotLive")])
def test_what_is_recorded_of_a_match_while_it_is_rewound_is_gone_or_refused(recording_first, said, koffi):
    cup = drawn(koffi)
    semi, _ = [confirm(koffi, start(koffi, one.pk).pk, Score(2, 1)) for one in ready(cup)]
    final = start(koffi, cup.matches.get(round=2, place=0).pk)
    works = [
        lambda: record(koffi, final.pk, final.away.player_id, {"kills": 3}),
        lambda: correct(koffi, semi.pk, Score(0, 4)),
    ]

    with holding("SELECT 1 FROM stats_match WHERE id = %s FOR UPDATE", final.pk) as gate:
        answers = through(gate, *(works if recording_first else reversed(works)))

    assert type(answers[0 if recording_first else 1]).__name__ == said
    assert GameStats.objects.count() == 0
    assert broken() == []


def test_somebody_new_enters_two_tournaments_at_once_as_one_player(koffi, awa):
    """Whoever comes second waits for the first, and finds whom it has made known."""
    cups = [opened(koffi, name=name) for name in ("Coupe", "Autre")]

    for entrant in (Entrant(name="Moussa"), Entrant(member=awa.pk)):
        made = together(*(lambda cup=cup, who=entrant: enter(koffi, cup.pk, who) for cup in cups))

        assert [one.player.name for one in made] == [entrant.name or "Awa"] * 2

    assert Player.objects.count() == 2


def test_eight_hands_on_one_board_lose_no_point(koffi):
    match = start(koffi, ready(drawn(koffi))[0].pk)
    key = uuid.uuid4()

    together(
        *[lambda: score(koffi, match.pk, Points(key, Side.AWAY, 1))] * 4,
        *[lambda: score(koffi, match.pk, Points(uuid.uuid4(), Side.HOME, 1))] * 4,
    )

    match.refresh_from_db()
    assert (match.home_score, match.away_score) == (4, 1)


# Whoever writes, also past the services


def test_the_database_lets_one_of_two_have_the_last_place(koffi):
    cup = opened(koffi, players=63)
    late = [Player.objects.create(bar=koffi.bar, name=name) for name in ("Late", "Later")]

    with holding_tournament(cup) as gate:
        answers = through(
            gate, *(lambda one=one: Entry.objects.create(bar=koffi.bar, tournament=cup, player=one) for one in late)
        )

    assert sorted(map(fact_of, answers)) == ["", "a_tournament_has_4_to_64_players"]
    assert cup.entries.count() == 64


def test_the_database_starts_no_match_of_what_is_called_off_meanwhile(koffi):
    match = ready(drawn(koffi))[0]
    live = {"state": "live", "home_score": 0, "away_score": 0}

    with holding("UPDATE stats_tournament SET status = 'cancelled' WHERE id = %s", match.tournament_id) as gate:
        gate.open = gate.holder.commit
        [refused] = through(gate, lambda: Match.objects.filter(pk=match.pk).update(**live))

    match.refresh_from_db()
    assert (fact_of(refused), match.state) == ("matches_change_while_their_tournament_runs", "scheduled")
