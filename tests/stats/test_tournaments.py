"""Tournaments in the database: what follows from a result is written with it, and nobody else can write it."""

import random
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from bars.transactions import KeyReused
from realtime.errors import NotFound
from stats.models import Entry, GameStats, Match, Player, PlayerRecord, ScoreEvent, Side, Tournament
from stats.tournaments import problems
from stats.tournaments.queries.tournaments import boards_of_tournaments
from stats.tournaments.seats import draw
from stats.tournaments.services import entering
from stats.tournaments.services.drawing import arrange, draw_tournament
from stats.tournaments.services.entering import Entrant, Plan, enter, withdraw
from stats.tournaments.services.playing import Points, Score, confirm, correct, forfeit, score, start
from stats.tournaments.services.recording import record
from stats.tournaments.sheets import read_sheet, slot_of
from tests import factories
from tests.settling import run, settle
from tests.stats.playing import FORMATS, broken, drawn, opened, play_all, played, ready
from tests.stats.standing import rebuilt

HOME, AWAY = Side.HOME, Side.AWAY
pytestmark = pytest.mark.django_db


def at(tournament, round_, place):
    return tournament.matches.get(round=round_, place=place)


def sides(match):
    match.refresh_from_db()
    return match.state, match.home_id, match.away_id


def settled(*statements):
    """Run as psql would, to the commit."""
    run(*statements)
    settle()


def is_true(tournament):
    """The rows are what the results make of them, and the database agrees."""
    settle()
    tournament.refresh_from_db()
    sheet = read_sheet(tournament)
    pairings = sheet.pairings()
    assert {
        slot_of(one): (sheet.seats[one.home_id], sheet.seats[one.away_id], one.outcome, sheet.seats[one.winner_id])
        for one in sheet.matches
    } == {slot: (a or 0, b or 0, outcome or "", winner or 0) for slot, (a, b, outcome, winner) in pairings.items()}
    assert broken() == []
    return True


# Entering


def test_a_guest_a_colleague_and_an_old_hand_enter(koffi, awa):
    cup = opened(koffi)
    guest = enter(koffi, cup.pk, Entrant(name="Moussa"))
    colleague = enter(koffi, cup.pk, Entrant(member=awa.pk, rank=1))
    again = opened(koffi, name="Encore")

    assert enter(koffi, again.pk, Entrant(player=guest.player_id)).player == guest.player
    assert enter(koffi, again.pk, Entrant(name="moussa")).player == guest.player
    assert (colleague.player.name, colleague.player.user_id, colleague.rank) == ("Awa", awa.user_id, 1)
    assert Player.objects.count() == 2


def test_a_player_never_goes_by_an_address(koffi, bar):
    person = factories.user("fanta@example.com")
    type(person).objects.filter(pk=person.pk).update(first_name="")
    fanta = type(koffi).objects.create(bar=bar, user=person, role="waiter")

    entry = enter(koffi, opened(koffi).pk, Entrant(member=fanta.pk))

    assert entry.player.name == "fanta"
    with pytest.raises(IntegrityError, match="a_player_goes_by_a_name_and_no_address"), transaction.atomic():
        Player.objects.filter(pk=entry.player_id).update(name="fanta@example.com")


def test_who_has_entered_is_not_entered_twice_and_a_key_opens_one_tournament(koffi):
    plan = Plan(uuid.uuid4(), "Coupe", "darts", FORMATS.ELIMINATION)
    first, second = (entering.open_tournament(koffi, plan) for _ in range(2))
    entries = [enter(koffi, first.tournament.pk, Entrant(name="Moussa")) for _ in range(2)]

    assert (first.tournament, second.is_replay, entries[0]) == (second.tournament, True, entries[1])
    with pytest.raises(KeyReused):
        entering.open_tournament(koffi, Plan(plan.key, "Autre", "darts", FORMATS.ELIMINATION))
    with pytest.raises(problems.UnknownGame) as refusal:
        entering.open_tournament(koffi, Plan(uuid.uuid4(), "Belote", "belote", FORMATS.ELIMINATION))
    assert refusal.value.data["allowed"] == ["baby-foot", "csgo", "darts", "fifa", "lol", "pool", "quiz"]


@pytest.mark.parametrize(("players", "refused"), [(3, True), (4, False)])
def test_four_make_a_tournament(players, refused, koffi):
    cup = opened(koffi, players=players)

    if refused:
        with pytest.raises(problems.WrongNumberOfPlayers):
            draw_tournament(koffi, cup.pk, seed="")
        with pytest.raises(IntegrityError, match="are not 4 to 64"), transaction.atomic():
            Tournament.objects.filter(pk=cup.pk).update(status="running", seed="x")
    else:
        assert draw_tournament(koffi, cup.pk, seed="").status == "running"


def test_the_sixty_fifth_stays_outside(koffi):
    cup = opened(koffi, players=64)

    with pytest.raises(problems.WrongNumberOfPlayers):
        enter(koffi, cup.pk, Entrant(name="Late"))
    late = Player.objects.create(bar=koffi.bar, name="Late")
    with pytest.raises(IntegrityError) as by_database, transaction.atomic():
        Entry.objects.create(bar=koffi.bar, tournament=cup, player=late)
    assert by_database.value.__cause__.diag.constraint_name == "a_tournament_has_4_to_64_players"


def test_refusals_at_the_door(koffi, zoe, awa):
    cup = drawn(koffi)
    other = opened(koffi, name="Ouverte")
    enter(koffi, other.pk, Entrant(name="Awa", rank=1))

    for error, entrant in [
        (problems.NotOpen, (cup.pk, Entrant(name="Late"))),
        (problems.RankTaken, (other.pk, Entrant(name="Sali", rank=1))),
        (problems.PlayerNameTaken, (other.pk, Entrant(member=awa.pk))),
        (NotFound, (other.pk, Entrant(player=uuid.uuid4()))),
        (NotFound, (other.pk, Entrant(member=zoe.pk))),
    ]:
        with pytest.raises(error):
            enter(koffi, *entrant)
    with pytest.raises(NotFound):
        enter(zoe, other.pk, Entrant(name="Late"))


def test_who_withdraws_before_the_draw_leaves_the_place_to_somebody_else(koffi):
    cup = opened(koffi, players=64)
    withdraw(koffi, cup.pk, cup.entries.first().pk, at=timezone.now())

    late = enter(koffi, cup.pk, Entrant(name="Late"))
    with pytest.raises(problems.WrongNumberOfPlayers):
        enter(koffi, cup.pk, Entrant(name="Later"))
    draw_tournament(koffi, cup.pk, seed="")

    late.refresh_from_db()
    assert (cup.entries.filter(seat=None).count(), late.seat in range(1, 65)) == (1, True)
    assert is_true(cup)


# The draw


def test_the_draw_is_the_stored_seeds_and_byes_are_decided_before_anybody_sees_it(koffi):
    cup = drawn(koffi, players=6, seed="a4")
    entries = list(cup.entries.order_by("seat"))

    assert [one.pk for one in entries] == draw([one.pk for one in entries], ranks={}, seed=cup.seed)
    assert [(one.home, one.outcome, one.winner_id) for one in cup.matches.filter(outcome="bye")] == [
        (entries[0], "bye", entries[0].pk),
        (entries[1], "bye", entries[1].pk),
    ]
    assert sides(at(cup, 2, 0))[1] == entries[0].pk
    assert draw_tournament(koffi, cup.pk, seed="") == draw_tournament(koffi, cup.pk, seed="a4") == cup
    with pytest.raises(problems.NotOpen):
        draw_tournament(koffi, cup.pk, seed="b5")
    assert is_true(cup)


def test_sixty_four_draw_a_round_robin_in_one_go(koffi):
    league = opened(koffi, kind=FORMATS.ROUND_ROBIN, players=64)

    draw_tournament(koffi, league.pk, seed="")

    assert league.matches.count() == 2016
    assert is_true(league)


# Playing


def test_a_cup_from_the_draw_to_the_cup(koffi):
    cup = play_all(koffi, drawn(koffi, players=8))

    settle()
    ranked = read_sheet(cup).standings()
    assert cup.status == "finished"
    assert [one.place for one in ranked] == [1, 2, 3, 4, 5, 5, 5, 5]
    assert PlayerRecord.objects.count() == 8
    assert sum(one.matches for one in PlayerRecord.objects.all()) == 16
    assert is_true(cup)


def test_a_round_robin_ends_with_its_last_match_and_may_draw(koffi):
    league = drawn(koffi, kind=FORMATS.ROUND_ROBIN, game="fifa")
    for match in ready(league):
        played(koffi, match, 1, 1)

    league.refresh_from_db()
    assert league.status == "finished"
    assert [(one.place, one.points) for one in read_sheet(league).standings()] == [(1, 3)] * 4
    assert is_true(league)


def test_a_leaderboard_takes_players_and_matches_until_it_is_ended(koffi):
    board = drawn(koffi, kind=FORMATS.LEADERBOARD, game="quiz")
    late = enter(koffi, board.pk, Entrant(name="Late"))
    first = board.entries.order_by("seat").first()
    match = arrange(koffi, board.pk, place=0, sides=(late.pk, first.pk))
    alone = arrange(koffi, board.pk, place=1, sides=(late.pk, None))

    assert (late.seat, arrange(koffi, board.pk, place=0, sides=(late.pk, first.pk))) == (5, match)
    with pytest.raises(problems.PlaceTaken) as refusal:
        arrange(koffi, board.pk, place=7, sides=(late.pk, first.pk))
    with pytest.raises(KeyReused):
        arrange(koffi, board.pk, place=0, sides=(first.pk, None))
    assert refusal.value.data["place"] == 2
    played(koffi, match)
    with pytest.raises(problems.MatchesLeft):
        entering.finish(koffi, board.pk)
    played(koffi, alone, 31, 0)
    assert entering.finish(koffi, board.pk).status == "finished"
    assert read_sheet(board).standings()[0][1:6] == (1, 3, 2, 1, 0)
    assert PlayerRecord.objects.get(player=late.player).matches == 1
    assert is_true(board)


def test_a_score_grows_by_events_each_once_and_stands_at_the_end(koffi):
    match = ready(drawn(koffi))[0]
    start(koffi, match.pk)
    tap = Points(uuid.uuid4(), HOME, 2)
    for points in (tap, tap, Points(uuid.uuid4(), AWAY, 1), Points(uuid.uuid4(), HOME, -1)):
        score(koffi, match.pk, points)

    with pytest.raises(problems.BelowZero):
        score(koffi, match.pk, Points(uuid.uuid4(), AWAY, -2))
    with pytest.raises(KeyReused):
        score(koffi, match.pk, Points(tap.key, AWAY, 2))
    with pytest.raises(problems.WinnerMissing):
        confirm(koffi, match.pk, None)
    ended = confirm(koffi, match.pk, Score(1, 1, AWAY))
    assert (ended.home_score, ended.away_score, ended.winner_id) == (1, 1, match.away_id)
    assert score(koffi, match.pk, tap).state == "confirmed"
    with pytest.raises(problems.MatchNotLive):
        score(koffi, match.pk, Points(uuid.uuid4(), HOME, 1))


def test_what_cannot_be_played_is_refused_with_its_state(koffi):
    cup = drawn(koffi)
    final, first = at(cup, 2, 0), at(cup, 1, 0)

    for error, attempt in [
        (problems.MatchNotReady, lambda: start(koffi, final.pk)),
        (problems.MatchNotReady, lambda: forfeit(koffi, final.pk, HOME)),
        (problems.MatchNotLive, lambda: confirm(koffi, first.pk, Score(1, 0))),
        (problems.NotDecided, lambda: correct(koffi, first.pk, Score(1, 0))),
        (problems.MatchNotLive, lambda: record(koffi, first.pk, first.home.player_id, {})),
        (NotFound, lambda: start(koffi, uuid.uuid4())),
    ]:
        with pytest.raises(error):
            attempt()
    start(koffi, first.pk)
    with pytest.raises(problems.WrongWinner):
        confirm(koffi, first.pk, Score(1, 0, AWAY))
    entering.call_off(koffi, cup.pk)
    for attempt in (lambda: confirm(koffi, first.pk, Score(1, 0)), lambda: start(koffi, at(cup, 1, 1).pk)):
        with pytest.raises(problems.NotRunning):
            attempt()


# Withdrawals, forfeits, corrections


def test_who_withdraws_forfeits_what_they_had_still_to_play(koffi):
    cup = drawn(koffi)
    first, second = ready(cup)
    played(koffi, first, 2, 0)
    start(koffi, second.pk)

    withdraw(koffi, cup.pk, second.home_id, at=timezone.now())
    withdraw(koffi, cup.pk, first.home_id, at=timezone.now())

    second.refresh_from_db()
    cup.refresh_from_db()
    assert (second.outcome, second.winner_id, second.home_score) == ("forfeit", second.away_id, None)
    assert (at(cup, 2, 0).outcome, at(cup, 2, 0).winner_id) == ("forfeit", second.away_id)
    assert sides(at(cup, 2, 1)) == ("confirmed", first.away_id, second.home_id)
    assert (cup.status, first.winner_id) == ("finished", None)
    assert is_true(cup)


def test_a_correction_rewinds_what_has_come_of_it_and_nothing_else(koffi):
    cup = play_all(koffi, drawn(koffi, players=8))
    match, other, final, third = at(cup, 1, 0), at(cup, 2, 1), at(cup, 3, 0), at(cup, 3, 1)
    semi = at(cup, 2, 0)
    record(koffi, semi.pk, semi.home.player_id, {"kills": 9, "deaths": 3})
    record(koffi, other.pk, other.home.player_id, {"kills": 4})
    loser = match.away_id

    correct(koffi, match.pk, Score(0, 5))

    cup.refresh_from_db()
    assert cup.status == "running"
    assert sides(semi) == ("scheduled", loser, semi.away_id)
    assert (semi.confirmed_by_id, other.confirmed_by_id) == (None, koffi.user_id)
    assert sides(final) == ("scheduled", None, other.winner_id)
    assert third.home_id
    assert sides(third)[:2] == ("scheduled", None)
    assert sides(other)[0] == "confirmed"
    assert list(GameStats.objects.values_list("match", flat=True)) == [other.pk]
    assert is_true(cup)
    play_all(koffi, cup)
    assert (cup.status, is_true(cup)) == ("finished", True)


def test_a_correction_of_the_score_alone_rewinds_nothing(koffi):
    cup = play_all(koffi, drawn(koffi))
    before = list(Match.objects.filter(round=2).order_by("place").values_list("state", "confirmed_at"))

    corrected = correct(koffi, at(cup, 1, 0).pk, Score(7, 5))

    assert (corrected.home_score, corrected.away_score) == (7, 5)
    assert list(Match.objects.filter(round=2).order_by("place").values_list("state", "confirmed_at")) == before
    assert correct(koffi, corrected.pk, Score(7, 5)).confirmed_at == corrected.confirmed_at
    assert is_true(cup)


def test_in_a_league_a_level_score_is_a_draw_where_no_winner_is_told(koffi):
    """In a cup it is not: there the score stands for who went on by it."""
    league, cup = drawn(koffi, kind=FORMATS.ROUND_ROBIN), drawn(koffi, name="Autre")
    shoot_out, gone_on = (played(koffi, ready(one)[0], 1, 1, HOME) for one in (league, cup))

    with pytest.raises(problems.OtherResult):
        confirm(koffi, shoot_out.pk, Score(1, 1))
    confirm(koffi, gone_on.pk, Score(1, 1))
    corrected = [correct(koffi, match.pk, Score(1, 1)) for match in (shoot_out, gone_on)]

    assert [match.winner for match in corrected] == ["", "home"]
    assert [(one.matches, one.wins) for one in PlayerRecord.objects.filter(player=shoot_out.home.player)] == [(1, 0)]
    assert live(league) == rebuilt(league)
    assert is_true(league)
    assert is_true(cup)


def test_nobody_scores_in_a_tournament_that_was_called_off(koffi):
    cup = drawn(koffi)
    match = start(koffi, ready(cup)[0].pk)
    score(koffi, match.pk, Points(uuid.uuid4(), HOME, 2))
    entering.call_off(koffi, cup.pk)

    with pytest.raises(problems.NotRunning):
        score(koffi, match.pk, Points(uuid.uuid4(), HOME, 1))
    with pytest.raises(IntegrityError) as by_database, transaction.atomic():
        ScoreEvent.objects.create(
            bar=koffi.bar, match=match, key=uuid.uuid4(), side="home", points=1, created_by=koffi.user
        )

    match.refresh_from_db()
    assert by_database.value.__cause__.diag.constraint_name == "only_a_live_match_is_scored"
    assert match.home_score == 2


def test_a_forfeit_is_one_and_can_be_corrected(koffi):
    cup = drawn(koffi)
    match = ready(cup)[0]

    first, again = (forfeit(koffi, match.pk, AWAY) for _ in range(2))

    assert (first.winner_id, first.confirmed_at) == (match.home_id, again.confirmed_at)
    with pytest.raises(problems.OtherResult):
        forfeit(koffi, match.pk, HOME)
    with pytest.raises(problems.OtherResult):
        confirm(koffi, match.pk, Score(1, 0))
    assert PlayerRecord.objects.count() == 0
    assert correct(koffi, match.pk, Score(0, 1)).winner_id == match.away_id
    assert is_true(cup)


def live(tournament):
    """Standings as they are pushed to who watches, by entry."""
    told = boards_of_tournaments([str(tournament.pk)])[str(tournament.pk)]["standings"]
    parts = ("place", "points", "played", "won", "drawn", "lost", "scored", "conceded")
    return {uuid.UUID(one["entry"]): tuple(one[part] for part in parts) for one in told}


def go_on(member, cup, chance):
    """One more thing of an evening: a result, mostly; or somebody withdraws, isn't there, or was wronged."""
    decided = [one for one in cup.matches.all() if one.outcome in ("played", "forfeit")]
    open_, turn = ready(cup), chance.random()
    if turn < 0.15:
        cup.refresh_from_db()
        if cup.status == "running":
            withdraw(member, cup.pk, chance.choice(list(cup.entries.all())).pk, at=timezone.now())
    elif turn < 0.4 and decided:
        correct(member, chance.choice(decided).pk, Score(*chance.choice([(0, 3), (3, 1)])))
    elif open_ and turn < 0.5:
        forfeit(member, chance.choice(open_).pk, chance.choice([HOME, AWAY]))
    elif open_:
        match = played(member, chance.choice(open_), *chance.choice([(0, 2), (2, 1)]))
        record(member, match.pk, match.home.player_id, {"kills": chance.randrange(9), "deaths": 0})


CUPS = [(FORMATS.ELIMINATION, players) for players in (4, 5, 7, 8, 13, 64)]
LEAGUES = [(FORMATS.ROUND_ROBIN, players) for players in (4, 5, 7, 8, 13)]


@pytest.mark.parametrize(("kind", "players"), CUPS + LEAGUES)
def test_whatever_happens_live_standings_are_those_of_the_results(kind, players, koffi):
    """Random evenings through the services: standings are rebuilt each time, at last the rows too."""
    chance, cup = random.Random(players), drawn(koffi, kind=kind, players=players)
    for _ in range(12):
        go_on(koffi, cup, chance)
        assert live(cup) == rebuilt(cup)
    assert is_true(cup)


@pytest.mark.parametrize(("kind", "players"), [(FORMATS.ELIMINATION, 9), (FORMATS.ROUND_ROBIN, 6)])
def test_whatever_has_happened_a_tournament_ends_with_everybody_in_a_place(kind, players, koffi):
    chance, cup = random.Random(players), drawn(koffi, kind=kind, players=players)
    for _ in range(20):
        go_on(koffi, cup, chance)

    assert live(play_all(koffi, cup, chance)) == rebuilt(cup)
    assert all(place for place, *_ in live(cup).values())
    assert (cup.status, is_true(cup)) == ("finished", True)


# What no service would write


def test_psql_cannot_make_a_tournament_untrue(koffi):
    cup = drawn(koffi, players=8)
    match, later = ready(cup)[0], at(cup, 2, 0)
    stranger = drawn(koffi, name="Autre").entries.first()
    settle()
    confirmed = "state = 'confirmed', outcome = 'played', home_score = 1, away_score = 0, winner = 'home'"

    def of(table, pk, change):
        return f"UPDATE stats_{table} SET {change} WHERE id = '{pk}'"

    live = of("match", match.pk, "state = 'live', home_score = 0, away_score = 0")
    cancelled = of("tournament", cup.pk, "status = 'cancelled'")
    other_winner = confirmed.replace("'home'", "'away'")
    event = (
        "INSERT INTO stats_scoreevent (bar_id, match_id, key, side, points, created_by_id) SELECT bar_id, id,"
        f" gen_random_uuid(), 'home', 1, '{koffi.user_id}' FROM stats_match WHERE id = '{match.pk}'"
    )

    for fact, *statements in [
        ("a_match_goes_the_way_of_its_life", of("match", match.pk, confirmed)),
        ("who_plays_has_entered", of("match", later.pk, f"home_id = '{stranger.pk}'")),
        ("who_meets_stays", of("match", match.pk, "home_id = away_id, away_id = home_id")),
        ("a_match_has_what_its_state_says", of("match", match.pk, "outcome = 'forfeit'")),
        ("who_plays_has_come_there", of("match", later.pk, f"home_id = '{match.home_id}'")),
        ("who_plays_has_come_there", live, of("match", match.pk, confirmed)),
        ("who_has_scored_more_has_won", live, of("match", match.pk, other_winner)),
        ("a_live_score_is_made_of_events", live, of("match", match.pk, "home_score = 4")),
        ("a_draw_is_for_good", of("entry", match.home_id, "seat = 64")),
        ("a_draw_is_for_good", of("tournament", cup.pk, "seed = 'other'")),
        ("a_tournament_ends_with_its_last_match", of("tournament", cup.pk, "status = 'finished'")),
        ("matches_change_while_their_tournament_runs", cancelled, live),
        ("only_a_live_match_is_scored", event),
    ]:
        with pytest.raises(DatabaseError) as refusal, transaction.atomic():
            settled(*statements)
        assert refusal.value.__cause__.diag.constraint_name == fact, statements
    assert is_true(cup)
