"""Matches follow from results: after each change, every match is written as the results make it."""

from typing import Any
from uuid import UUID

from django.db import connection

from stats.models import Match, Tournament
from stats.tournaments.pairings import NOBODY, Pairing, Slot
from stats.tournaments.sheets import Sheet, read_sheet, slot_of

# What was scored before counts for nothing where others meet, or somebody stays away.
WRITE = """
UPDATE stats_match AS match
SET home_id = now.home, away_id = now.away, winner = now.winner, outcome = now.outcome,
    state = CASE now.outcome WHEN '' THEN 'scheduled' ELSE 'confirmed' END,
    home_score = NULL, away_score = NULL, started_at = NULL, confirmed_at = NULL,
    confirmed_by_id = CASE now.outcome WHEN '' THEN NULL ELSE %(by)s::uuid END
FROM unnest(%(ids)s::uuid[], %(homes)s::uuid[], %(aways)s::uuid[], %(winners)s::text[], %(outcomes)s::text[])
    AS now (id, home, away, winner, outcome)
WHERE match.id = now.id
"""


def replan(tournament: Tournament, *, by: UUID) -> None:
    """Write what has become another match by the results; end the tournament with its last match, or take it up again.

    Call with the tournament locked and running.
    """
    sheet = read_sheet(tournament)
    pairings = sheet.pairings()
    changed = [match for match in sheet.matches if has_changed(sheet, match, pairings[slot_of(match)])]
    if changed:
        write(sheet, changed, [pairings[slot_of(match)] for match in changed], by)
    is_arranged = tournament.format == Tournament.Format.LEADERBOARD
    if not is_arranged and all(pairing.outcome for pairing in pairings.values()):
        tournament.status = Tournament.Status.FINISHED
        tournament.save(update_fields=["status"])


def has_changed(sheet: Sheet, match: Match, pairing: Pairing) -> bool:
    """A live match goes on while the same two meet and nobody has withdrawn."""
    stands = (sheet.seats[match.home_id], sheet.seats[match.away_id], match.outcome, sheet.seats[match.winner_id])
    home, away, outcome, winner = pairing
    return stands != (home or NOBODY, away or NOBODY, outcome or "", winner or NOBODY)


def write(sheet: Sheet, matches: list[Match], pairings: list[Pairing], by: UUID) -> None:
    params: dict[str, Any] = {
        "by": by,
        "ids": [match.pk for match in matches],
        "homes": [sheet.entry_at(pairing.home) for pairing in pairings],
        "aways": [sheet.entry_at(pairing.away) for pairing in pairings],
        "winners": [pairing.winning_side for pairing in pairings],
        "outcomes": [pairing.outcome or "" for pairing in pairings],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, params)


def matches_of(sheet: Sheet) -> list[Match]:
    """The matches that a draw makes, each as it stands with nothing played: byes are decided already."""
    return [made(sheet, slot, pairing) for slot, pairing in sheet.pairings().items()]


def made(sheet: Sheet, slot: Slot, pairing: Pairing) -> Match:
    tournament = sheet.tournament
    return Match(
        bar_id=tournament.bar_id,
        tournament=tournament,
        round=slot.round,
        place=slot.place,
        home_id=sheet.entry_at(pairing.home),
        away_id=sheet.entry_at(pairing.away),
        winner=pairing.winning_side,
        outcome=pairing.outcome or "",
        state=Match.State.CONFIRMED if pairing.outcome else Match.State.SCHEDULED,
    )
