"""Tournaments as they are shown: to the bar, and to whoever watches, who is told names and nothing else of anybody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bars.access import any_of, is_spelt
from realtime.errors import NotFound
from stats.models import Match, Player, Tournament
from stats.tournaments.sheets import Sheet, read_sheet, read_sheets


def tournaments_of(bar_id: UUID, status: str | None) -> QuerySet[Tournament]:
    found = Tournament.objects.filter(bar_id=bar_id)
    return found.filter(status=status) if status else found


def players_of(bar_id: UUID) -> QuerySet[Player]:
    return Player.objects.filter(bar_id=bar_id)


def find_tournament(bar_id: UUID, tournament_id: UUID) -> Tournament:
    """Raises NotFound."""
    return found_or_refused(Tournament.objects.filter(bar_id=bar_id, pk=tournament_id))


def find_public(token: str) -> Tournament:
    """By its public address, while its bar is open to anybody. Raises NotFound."""
    return found_or_refused(Tournament.objects.filter(token=token, bar__is_active=True))


def found_or_refused(tournaments: QuerySet[Tournament]) -> Tournament:
    found = tournaments.first()
    if found is None:
        raise NotFound(_("There is no such tournament."))
    return found


def find_match(bar_id: UUID, match_id: UUID) -> Match:
    """Raises NotFound."""
    found = Match.objects.filter(bar_id=bar_id, pk=match_id).select_related("home__player", "away__player").first()
    if found is None:
        raise NotFound(_("There is no such match."))
    return found


def shown(tournament: Tournament) -> dict[str, Any]:
    """Everything of a tournament in two queries: entries, matches in their order, standings."""
    sheet = read_sheet(tournament)
    return {
        "id": tournament.pk,
        "token": tournament.token,
        "name": tournament.name,
        "game": tournament.game_id,
        "format": tournament.format,
        "status": tournament.status,
        "seed": tournament.seed,
        "entries": sheet.entries,
        "matches": sheet.matches,
        "standings": standings_of(sheet),
    }


def standings_of(sheet: Sheet) -> list[dict[str, Any]]:
    return [
        one._asdict() | {"entry": str(sheet.seated[one.seat].pk), "name": sheet.seated[one.seat].player.name}
        for one in sheet.standings()
    ]


def boards_of_tournaments(keys: list[str]) -> Mapping[str, dict[str, Any]]:
    """Status and standings of each tournament, for its stream; in three queries however many are watched."""
    found = Tournament.objects.filter(pk__in=any_of(key for key in keys if is_spelt(key)))
    return {
        str(sheet.tournament.pk): {"status": sheet.tournament.status, "standings": standings_of(sheet)}
        for sheet in read_sheets(found)
    }


def boards_of_matches(keys: list[str]) -> Mapping[str, dict[str, Any]]:
    """Names and score of each match, for its stream; in one query however many are watched."""
    found = Match.objects.filter(pk__in=any_of(key for key in keys if is_spelt(key)))
    return {str(match.pk): board_of(match) for match in found.select_related("home__player", "away__player")}


def board_of(match: Match) -> dict[str, Any]:
    return {
        "state": match.state,
        "outcome": match.outcome,
        "home": match.home.player.name if match.home else None,
        "away": match.away.player.name if match.away else None,
        "home_score": match.home_score,
        "away_score": match.away_score,
        "winner": str(match.winner_id) if match.winner_id else None,
    }
