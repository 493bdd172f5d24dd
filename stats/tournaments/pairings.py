"""What a match is: who meets whom, and what came of it. Pure."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

NOBODY = 0  # a side that stays empty, where None is not known yet

Side = int | None


class Outcome(StrEnum):
    """How a match was decided."""

    PLAYED = "played"
    FORFEIT = "forfeit"
    BYE = "bye"


class Slot(NamedTuple):
    """Where a match stands: rounds count from 1, places in a round from 0."""

    round: int
    place: int


class Result(NamedTuple):
    """What was confirmed of a match between these two; `winner` is NOBODY for a draw, or where both stayed away."""

    home: int
    away: int
    winner: int
    outcome: Outcome = Outcome.PLAYED
    home_score: int = 0
    away_score: int = 0


class Pairing(NamedTuple):
    """A match: its sides, and once it is decided its outcome and winner."""

    home: Side
    away: Side
    outcome: Outcome | None = None
    winner: Side = None

    @property
    def winning_side(self) -> str:
        """home, away, or empty where nobody has won."""
        if not self.winner:
            return ""
        return "home" if self.winner == self.home else "away"

    @property
    def loser(self) -> Side:
        """Of two who were there, the one who has not won; NOBODY where there is none."""
        if self.outcome is None:
            return None
        if self.outcome is Outcome.BYE or not self.winner:
            return NOBODY
        return self.away if self.winner == self.home else self.home


Results = Mapping[Slot, Result]
Pairings = dict[Slot, Pairing]


def decide(home: Side, away: Side, result: Result | None, withdrawn: Collection[int]) -> Pairing:
    """What is known of a match: a result counts only between the two that it was of."""
    if result and (result.home, result.away) == (home, away):
        return Pairing(home, away, result.outcome, result.winner)
    if home is None or away is None:
        return Pairing(home, away)
    if NOBODY in (home, away):
        return Pairing(home, away, Outcome.BYE, home or away)
    here = [side for side in (home, away) if side not in withdrawn]
    if len(here) == 2:
        return Pairing(home, away)
    return Pairing(home, away, Outcome.FORFEIT, here[0] if here else NOBODY)
