"""What is told of tournaments and matches, to whoever watches: ids and scores, never who a player is."""

from typing import ClassVar
from uuid import UUID

from realtime.streams import Event


class TournamentUpdated(Event):
    """Somebody has entered or withdrawn, or who plays whom has changed: read it again. Seed 002: tournament_update."""

    type: ClassVar[str] = "tournament.updated"
    topic: ClassVar[str] = "scores"
    tournament: UUID
    status: str


class MatchStarted(Event):
    """Seed 002: match_start."""

    type: ClassVar[str] = "match.started"
    topic: ClassVar[str] = "scores"
    match: UUID
    tournament: UUID


class ScoreUpdated(Event):
    """The score of a live match as it stands now. Seed 002: score_update."""

    type: ClassVar[str] = "score.updated"
    topic: ClassVar[str] = "scores"
    match: UUID
    tournament: UUID
    home_score: int
    away_score: int


class MatchEnded(Event):
    """A result was confirmed or corrected; without scores where it was forfeited. Seed 002: match_end."""

    type: ClassVar[str] = "match.ended"
    topic: ClassVar[str] = "scores"
    match: UUID
    tournament: UUID
    outcome: str
    home_score: int | None
    away_score: int | None
    winner: UUID | None


class MatchRewound(Event):
    """A result before it was corrected, and others meet here now: it is to be played again."""

    type: ClassVar[str] = "match.rewound"
    topic: ClassVar[str] = "scores"
    match: UUID
    tournament: UUID
