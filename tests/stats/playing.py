"""Tournaments for tests, made the way the application makes them."""

import uuid

from bars.invariants import all_invariants, check
from stats.models import Match, Side, Tournament
from stats.tournaments.services.drawing import draw_tournament
from stats.tournaments.services.entering import Entrant, Plan, enter, open_tournament
from stats.tournaments.services.playing import Points, Score, confirm, correct, score, start
from stats.tournaments.services.recording import record

FORMATS = Tournament.Format


def opened(member, *, game="csgo", kind=FORMATS.ELIMINATION, players=0, name="Coupe"):
    """Open for entries, with so many guests in it."""
    made = open_tournament(member, Plan(uuid.uuid4(), name, game, kind)).tournament
    for number in range(1, players + 1):
        enter(member, made.pk, Entrant(name=f"Player {number} of {name}"))
    return made


def drawn(member, *, players=4, seed="a4", **fields):
    """Drawn: it runs."""
    return draw_tournament(member, opened(member, players=players, **fields).pk, seed=seed)


def ready(tournament):
    """Matches that can be started."""
    found = tournament.matches.filter(state=Match.State.SCHEDULED, home__isnull=False)
    return [one for one in found.order_by("round", "place") if one.away_id or tournament.format == FORMATS.LEADERBOARD]


def played(member, match, home=2, away=1, winner=None):
    """Started and confirmed with this score."""
    start(member, match.pk)
    return confirm(member, match.pk, Score(home, away, winner))


def play_all(member, tournament, chance=None):
    """Until nothing is left; the better seat wins, or chance decides."""
    while matches := ready(tournament):
        for match in matches:
            score = (2, 1) if chance is None else chance.choice([(2, 1), (0, 3), (4, 1)])
            played(member, match, *score)
    tournament.refresh_from_db()
    return tournament


def play_once(member):
    """A cup with a result that is corrected after the next match has begun; another that nobody has entered."""
    cup = drawn(member)
    opened(member, name="Plus tard", players=1)
    opened(member, name="Vide")
    first, second = ready(cup)
    start(member, first.pk)
    score(member, first.pk, Points(uuid.uuid4(), Side.HOME, 2))
    confirm(member, first.pk, None)
    record(member, first.pk, first.home.player_id, {"kills": 7, "deaths": 0, "weapon": "AK-47"})
    played(member, second)
    start(member, cup.matches.get(round=2, place=0).pk)
    correct(member, second.pk, Score(1, 3))
    live = cup.matches.get(round=2, place=0)
    start(member, live.pk)
    score(member, live.pk, Points(uuid.uuid4(), Side.AWAY, 1))


def broken():
    """The sentences about games and tournaments that are not true."""
    ours = [one for one in all_invariants() if one.id in ("I41", "I42")]
    assert len(ours) == 6
    return [one.sentence for one in ours if check(one).broken]
