"""The draw: seats are given, and the matches that follow from them."""

import secrets
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably
from realtime.errors import NotFound
from stats.models import Entry, Match, Tournament
from stats.tournaments.problems import NotArranged, NotOpen, PlaceTaken, WrongNumberOfPlayers
from stats.tournaments.seats import LEAST, MOST, draw
from stats.tournaments.services.locking import check_running, lock_tournament
from stats.tournaments.services.replanning import matches_of
from stats.tournaments.sheets import read_sheet

SEAT = """
UPDATE stats_entry AS entry SET seat = given.seat
FROM unnest(%(entries)s::uuid[]) WITH ORDINALITY AS given (id, seat)
WHERE entry.id = given.id
"""


@durably
def draw_tournament(member: Member, tournament_id: UUID, *, seed: str) -> Tournament:
    """Give everybody who is here a seat and make the matches, byes decided; then it runs. An empty seed is made up.

    Asking again with the same seed, or with none, answers the same. Raises NotFound, NotOpen or WrongNumberOfPlayers.
    """
    tournament = lock_tournament(member, tournament_id)
    if tournament.status == Tournament.Status.RUNNING and seed in ("", tournament.seed):
        return tournament
    if tournament.status != Tournament.Status.OPEN:
        raise NotOpen(tournament_status=tournament.status)
    entries = list(tournament.entries.filter(withdrawn_at=None))
    if not LEAST <= len(entries) <= MOST:
        raise WrongNumberOfPlayers(players=len(entries))
    tournament.seed = seed or secrets.token_hex(8)
    ranks = {entry.pk: entry.rank for entry in entries if entry.rank is not None}
    with connection.cursor() as cursor:
        seats = draw([entry.pk for entry in entries], ranks=ranks, seed=tournament.seed)
        cursor.execute(SEAT, {"entries": seats})
    tournament.status = Tournament.Status.RUNNING
    tournament.save(update_fields=["status", "seed"])
    if tournament.format != Tournament.Format.LEADERBOARD:
        Match.objects.bulk_create(matches_of(read_sheet(tournament)))
    return tournament


@durably
def arrange(member: Member, tournament_id: UUID, *, place: int, sides: tuple[UUID, UUID | None]) -> Match:
    """Put a match on a leaderboard, at the next free place: asking again for the same place and sides answers the same.

    Without a second side somebody plays alone. Raises NotFound, NotRunning, NotArranged, PlaceTaken or KeyReused.
    """
    tournament = lock_tournament(member, tournament_id)
    check_running(tournament)
    if tournament.format != Tournament.Format.LEADERBOARD:
        raise NotArranged()
    known = set(Entry.objects.filter(tournament=tournament, withdrawn_at=None).values_list("pk", flat=True))
    if not known.issuperset(side for side in sides if side is not None):
        raise NotFound(_("There is no such entry."))
    made = {match.place: match for match in tournament.matches.filter(place__gte=place)}
    if stored := made.get(place):
        if (stored.home_id, stored.away_id) != sides:
            raise KeyReused()
        return stored
    if place != (free := tournament.matches.count()):
        raise PlaceTaken(place=free)
    home, away = sides
    match = Match.objects.create(
        bar_id=member.bar_id, tournament=tournament, round=1, place=place, home_id=home, away_id=away
    )
    match.refresh_from_db()
    return match
