"""A tournament as its pages draw it: rounds with their names, matches with the names of who meets. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stats.models import Entry, Match, Tournament
from stats.tournaments.sheets import Sheet
from stats.tournaments.standings import Standing

MOST_IN_A_COLUMN = 8  # matches that can be read from four metres


@dataclass(frozen=True)
class SideShown:
    """One of the two: `name` is empty while nobody knows who it will be."""

    entry: Entry | None
    score: int | None
    has_won: bool

    @property
    def name(self) -> str:
        return self.entry.player.name if self.entry else ""


@dataclass(frozen=True)
class MatchShown:
    match: Match
    home: SideShown
    away: SideShown

    @property
    def is_bye(self) -> bool:
        return self.match.outcome == Match.Outcome.BYE

    @property
    def is_forfeit(self) -> bool:
        return self.match.outcome == Match.Outcome.FORFEIT

    @property
    def sides(self) -> tuple[SideShown, SideShown]:
        return self.home, self.away

    @property
    def can_start(self) -> bool:
        return self.match.state == Match.State.SCHEDULED and self.home.entry is not None and self.away.entry is not None


@dataclass(frozen=True)
class Round:
    number: int
    title: str
    matches: list[MatchShown]

    @property
    def is_over(self) -> bool:
        return all(one.match.state == Match.State.CONFIRMED for one in self.matches)


@dataclass(frozen=True)
class Ranked:
    """A line of the table."""

    standing: Standing
    entry: Entry

    @property
    def balance(self) -> int:
        return self.standing.scored - self.standing.conceded


@dataclass(frozen=True)
class Shown:
    """Everything of a tournament, read at one moment."""

    sheet: Sheet

    @property
    def tournament(self) -> Tournament:
        return self.sheet.tournament

    @property
    def is_cup(self) -> bool:
        return self.tournament.format == Tournament.Format.ELIMINATION

    @property
    def is_board(self) -> bool:
        return self.tournament.format == Tournament.Format.LEADERBOARD

    @cached_property
    def matches(self) -> list[MatchShown]:
        entries = {entry.pk: entry for entry in self.sheet.entries}
        return [shown(match, entries) for match in self.sheet.matches]

    @cached_property
    def rounds(self) -> list[Round]:
        """In a cup, the final and the match for the third place stand in the last column."""
        last = max((one.match.round for one in self.matches), default=0)
        grouped = groupby(self.matches, key=lambda one: one.match.round)
        return [Round(number, self.title_of(number, last), list(some)) for number, some in grouped]

    def title_of(self, number: int, last: int) -> str:
        return title_of_round(last - number) if self.is_cup else _("Round %(number)d") % {"number": number}

    @property
    def far_rounds(self) -> list[Round]:
        """The rounds that a television has room for: none of more than eight matches."""
        return [one for one in self.rounds if len(one.matches) <= MOST_IN_A_COLUMN]

    @property
    def live(self) -> list[MatchShown]:
        return [one for one in self.matches if one.match.state == Match.State.LIVE]

    @property
    def coming(self) -> list[MatchShown]:
        """Those that could begin now, in the order in which they are played."""
        alone = self.is_board
        return [
            one for one in self.matches
            if one.can_start or (alone and one.match.state == Match.State.SCHEDULED and one.home.entry is not None)
        ]  # fmt: skip

    @property
    def played(self) -> list[MatchShown]:
        """With a result, the newest first."""
        done = [(one.match.confirmed_at, one) for one in self.matches if one.match.confirmed_at and not one.is_bye]
        return [one for at, one in sorted(done, key=lambda pair: pair[0], reverse=True)]

    @cached_property
    def table(self) -> list[Ranked]:
        return [Ranked(one, self.sheet.seated[one.seat]) for one in self.sheet.standings()]

    @property
    def winners(self) -> list[Ranked]:
        """The first three, once it is over."""
        is_over = self.tournament.status == Tournament.Status.FINISHED
        return [one for one in self.table if is_over and one.standing.place and one.standing.place <= 3]

    @property
    def present(self) -> list[Entry]:
        return [entry for entry in self.sheet.entries if entry.withdrawn_at is None]


def shown(match: Match, entries: dict[Any, Entry]) -> MatchShown:
    def side(entry_id: UUID | None, name: str, score: int | None) -> SideShown:
        return SideShown(entries.get(entry_id), score, match.winner == name)

    return MatchShown(
        match, side(match.home_id, "home", match.home_score), side(match.away_id, "away", match.away_score)
    )


def title_of_round(left: int) -> str:
    """Of a cup of 64 at most, by how many rounds come after it."""
    last_first = _("Final"), _("Semi-finals"), _("Quarter-finals"), _("Round of 16"), _("Round of 32"), _("Round of 64")
    return last_first[left]


def rules() -> Iterator[tuple[str, str, str]]:
    """Each format with its rules at a glance, as (value, name, rules)."""
    told = {
        Tournament.Format.ELIMINATION: _("Who loses is out. Losers of the semi-finals play for the third place."),
        Tournament.Format.ROUND_ROBIN: _("Everybody meets everybody once. 3 points a win, 1 a draw."),
        Tournament.Format.LEADERBOARD: _("You say who plays, when they like. The table counts until you end it."),
    }
    for format_, words in told.items():
        yield format_.value, str(format_.label).capitalize(), words


def players_words(count: int) -> str:
    """As "4 players", kept on one line."""
    return (ngettext("%(count)d player", "%(count)d players", count) % {"count": count}).replace(" ", "\u00a0")
