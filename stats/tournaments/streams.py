"""Tournaments and matches are for whoever passes by: names and scores."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from bars.access import any_of, is_spelt
from realtime.streams import State, Stream, registry
from stats.events import MatchEnded, MatchRewound, MatchStarted, ScoreUpdated, TournamentUpdated
from stats.models import Match, Tournament
from stats.tournaments.queries.tournaments import boards_of_matches, boards_of_tournaments

SCORES, BOARD = "scores", "board"
OF_TOURNAMENT = (TournamentUpdated, MatchStarted, MatchEnded, MatchRewound)
OF_MATCH = (MatchStarted, ScoreUpdated, MatchEnded, MatchRewound)


def there(rows: QuerySet[Any], asked: Sequence[tuple[Any, str]]) -> Sequence[Iterable[str] | None]:
    """Both topics where there is such a row, whoever asks; one query for all."""
    keys = {key for _, key in asked if is_spelt(key)}
    found = {str(pk) for pk in rows.filter(pk__in=any_of(keys)).values_list("pk", flat=True)} if keys else set()
    return [(SCORES, BOARD) if key in found else None for _, key in asked]


def admit_to_tournaments(asked: Sequence[tuple[Any, str]]) -> Sequence[Iterable[str] | None]:
    return there(Tournament.objects.filter(bar__is_active=True), asked)


def admit_to_matches(asked: Sequence[tuple[Any, str]]) -> Sequence[Iterable[str] | None]:
    return there(Match.objects.filter(bar__is_active=True), asked)


registry.add(
    Stream(
        "tournament",
        lambda user, key: admit_to_tournaments([(user, key)])[0],
        is_public=True,
        admit_many=admit_to_tournaments,
    ),
    Stream("match", lambda user, key: admit_to_matches([(user, key)])[0], is_public=True, admit_many=admit_to_matches),
    TournamentUpdated,
    MatchStarted,
    ScoreUpdated,
    MatchEnded,
    MatchRewound,
    State("tournament", BOARD, frozenset(event.type for event in OF_TOURNAMENT), boards_of_tournaments),
    State("match", BOARD, frozenset(event.type for event in OF_MATCH), boards_of_matches),
)
