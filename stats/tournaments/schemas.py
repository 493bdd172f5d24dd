"""Games and tournaments as they are asked for and told."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import ConfigDict, StrictBool, StrictFloat, StrictInt, model_validator

from bars.texts import CleanText
from stats.models import Match, Side, Tournament
from stats.tournaments.services.entering import Entrant, Plan
from stats.tournaments.services.playing import MOST_POINTS, Meeting, Points, Score
from stats.tournaments.words import LONGEST

Word = Annotated[CleanText, Field(min_length=1, max_length=LONGEST)]
Value = StrictBool | StrictInt | StrictFloat | Word
Key = Annotated[str, Field(min_length=1, max_length=30)]
Stats = Annotated[dict[Key, Value], Field(max_length=40)]
PlayerName = Annotated[CleanText, Field(min_length=1, max_length=40, pattern="^[^@]+$")]
Goals = Annotated[int, Field(strict=True, ge=0, le=MOST_POINTS)]
Rank = Annotated[int, Field(strict=True, ge=1, le=64)]
Seed = Annotated[str, Field(max_length=40, pattern="^[A-Za-z0-9-]*$")]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class TournamentIn(Strict):
    key: UUID = Field(description="Minted when the form opens; asking again with it opens one tournament.")
    name: Annotated[CleanText, Field(min_length=1, max_length=60)]
    game: Annotated[CleanText, Field(min_length=1, max_length=20)]
    format: Tournament.Format

    def plan(self) -> Plan:
        return Plan(self.key, self.name, self.game, self.format)


class EntryIn(Strict):
    """One of the three says who."""

    member: UUID | None = Field(None, description="One of the team.")
    player: UUID | None = Field(None, description="Somebody who has played here before.")
    name: PlayerName | None = Field(None, description="A guest; the same name is the same player.")
    rank: Rank = Field(None, description="Known strength, 1 the strongest: the draw keeps the strong apart.")  # type: ignore[assignment]

    @model_validator(mode="after")
    def of_one(self) -> "EntryIn":
        if sum(one is not None for one in (self.member, self.player, self.name)) != 1:
            raise ValueError(_("say who: one of member, player and name"))
        return self

    def entrant(self) -> Entrant:
        return Entrant(self.member, self.player, self.name or "", self.rank)


class DrawIn(Strict):
    seed: Seed = Field("", description="Made up where it is empty. Whoever has it can draw again.")


class MatchIn(Strict):
    place: Annotated[int, Field(strict=True, ge=0, le=100_000)] = Field(
        description="How many matches there are already: asking twice arranges one."
    )
    home: UUID
    away: UUID | None = Field(None, description="Null for who plays alone.")

    @model_validator(mode="after")
    def of_two(self) -> "MatchIn":
        if self.home == self.away:
            raise ValueError(_("nobody plays against themselves"))
        return self


class PointsIn(Strict):
    key: UUID = Field(description="Minted with each tap; asking again with it scores once.")
    side: Side
    points: Annotated[int, Field(strict=True, ge=-MOST_POINTS, le=MOST_POINTS, description="Below zero to take back.")]

    @model_validator(mode="after")
    def of_something(self) -> "PointsIn":
        if not self.points:
            raise ValueError(_("nothing is scored"))
        return self

    def said(self) -> Points:
        return Points(self.key, self.side, self.points)


class ScoreIn(Strict):
    home_score: Goals
    away_score: Goals
    winner: Side | None = Field(None, description="Where the score doesn't say it, in a shoot-out.")

    def score(self) -> Score:
        return Score(self.home_score, self.away_score, self.winner)


class ConfirmIn(Strict):
    """Both scores, or neither: then the live score stands."""

    home_score: Goals | None = None
    away_score: Goals | None = None
    winner: Side | None = Field(None, description="Where the score doesn't say it, in a shoot-out.")
    home: UUID | None = Field(None, description="The entry that you see at home: refused if another is by now.")
    away: UUID | None = Field(None, description="The entry that you see as the visitor.")

    @model_validator(mode="after")
    def of_both(self) -> "ConfirmIn":
        if (self.home_score is None) != (self.away_score is None):
            raise ValueError(_("both scores, or neither"))
        if self.home_score is None and self.winner is not None:
            raise ValueError(_("a winner goes with a score"))
        return self

    def meeting(self) -> Meeting:
        return Meeting(self.home, self.away)

    def score(self) -> Score | None:
        if self.home_score is None or self.away_score is None:
            return None
        return Score(self.home_score, self.away_score, self.winner)


class ForfeitIn(Strict):
    side: Side = Field(description="Who has not come.")


class StatsIn(Strict):
    stats: Stats = Field(description="In the words of the game: see `/games`. Zero is a value.")


class TournamentOut(Schema):
    id: UUID
    key: UUID
    token: str = Field(description="Public address: `/tournaments/{token}`.")
    name: str
    game: str = Field(alias="game_id")
    format: Tournament.Format
    status: Tournament.Status
    seed: str = Field(description="Of the draw; empty until then.")
    created_at: datetime


class TournamentsPage(Schema):
    tournaments: list[TournamentOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class PlayerOut(Schema):
    id: UUID
    name: str
    is_guest: bool

    @staticmethod
    def resolve_is_guest(player: Any) -> bool:
        return player.user_id is None


class PlayersPage(Schema):
    players: list[PlayerOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class EntryOut(Schema):
    id: UUID
    player: UUID = Field(alias="player_id")
    name: str = Field(alias="player.name")
    rank: int | None
    seat: int | None = Field(description="From 1 on, in the order of the draw; null until then.")
    is_withdrawn: bool

    @staticmethod
    def resolve_is_withdrawn(entry: Any) -> bool:
        return entry.withdrawn_at is not None


class MatchOut(Schema):
    """Sides and winner are entries. A side is null until it is known, and beside a bye."""

    id: UUID
    tournament: UUID = Field(alias="tournament_id")
    round: int
    place: int
    home: UUID | None = Field(alias="home_id")
    away: UUID | None = Field(alias="away_id")
    state: Match.State
    outcome: str = Field(description="played, forfeit or bye; empty until it is decided.")
    home_score: int | None
    away_score: int | None
    winner: UUID | None = Field(alias="winner_id")


class StandingOut(Schema):
    entry: UUID
    name: str
    seat: int
    place: int | None = Field(description="Shared by equals; null while a cup still runs for them.")
    points: int
    played: int
    won: int
    drawn: int
    lost: int
    scored: int
    conceded: int


class Shown(Schema):
    id: UUID
    token: str
    name: str
    game: str
    format: Tournament.Format
    status: Tournament.Status
    seed: str
    entries: list[EntryOut]
    matches: list[MatchOut]
    standings: list[StandingOut]


class StatsOut(Schema):
    id: UUID
    match: UUID = Field(alias="match_id")
    player: UUID = Field(alias="player_id")
    name: str = Field(alias="player.name")
    stats: dict[str, Any]
    recorded_at: datetime


class StatsPage(Schema):
    stats: list[StatsOut]
    next: UUID | None = Field(description="Send as `before` for the next page; null on the last.")


class KeyOut(Schema):
    key: str
    title: str = Field(description="In the language that is asked for.")
    type: str = Field(description="integer, number, text or boolean.")
    ranked: bool = Field(description="Added up for every player.")


class GameOut(Schema):
    game: str
    title: str = Field(description="In the language that is asked for (`Accept-Language`: fr or en).")
    version: int
    keys: list[KeyOut]
    ratio: dict[str, Any] | None = Field(description="What players are compared by beside their wins.")


class Ranked(Schema):
    player: UUID
    name: str
    total: float
    matches: int = Field(description="In which the key was recorded.")
    average: float


class Leader(Schema):
    player: UUID
    name: str
    matches: int
    wins: int
    win_rate: float = Field(description="In percent.")
    ratio: float | None = Field(description="The game's own, such as KDA.")


class TotalOut(Schema):
    key: str
    total: float
    matches: int
    average: float


class RatioOut(Schema):
    name: str
    ratio: float


class PlayerFigures(Schema):
    player: UUID
    name: str
    matches: int
    wins: int
    win_rate: float
    totals: list[TotalOut]
    ratio: RatioOut | None
