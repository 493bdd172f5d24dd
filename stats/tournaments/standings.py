"""Standings: a pure function of confirmed results."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from stats.tournaments.bracket import final_of, resolve, rounds_of, third_of
from stats.tournaments.pairings import Outcome, Pairings, Result, Results

WIN, DRAW = 3, 1  # points


class Standing(NamedTuple):
    """One seat: `place` is shared by equals, and None while a cup still runs for it."""

    seat: int
    place: int | None
    points: int
    played: int
    won: int
    drawn: int
    lost: int
    scored: int
    conceded: int

    @property
    def strength(self) -> tuple[int, int, int, int]:
        """What ranks a table: points, balance, scored, won."""
        return self.points, self.scored - self.conceded, self.scored, self.won


def count(seat: int, results: Iterable[Result]) -> Standing:
    """What one seat has to show for these results.

    A forfeit is won or lost without a score; who has played alone has a score, and has neither won nor lost.
    """
    mine = [result for result in results if seat in (result.home, result.away)]
    against = [result for result in mine if result.away]
    won = sum(result.winner == seat for result in against)
    drawn = sum(not result.winner and result.outcome is Outcome.PLAYED for result in against)
    scored = sum(result.home_score if seat == result.home else result.away_score for result in mine)
    conceded = sum(result.away_score if seat == result.home else result.home_score for result in against)
    lost = len(against) - won - drawn
    return Standing(seat, None, WIN * won + DRAW * drawn, len(mine), won, drawn, lost, scored, conceded)


def table(players: int, results: Iterable[Result], withdrawn: Collection[int]) -> list[Standing]:
    """Of a round robin or a leaderboard, best first; who has withdrawn stands behind who has not."""
    results = list(results)
    counted = [count(seat, results) for seat in range(1, players + 1)]
    ranked = sorted(counted, key=lambda one: (one.seat in withdrawn, *(-part for part in one.strength), one.seat))
    standings: list[Standing] = []
    for number, one in enumerate(ranked, 1):
        before = standings[-1] if standings else None
        is_equal = (
            before is not None
            and before.strength == one.strength
            and (before.seat in withdrawn) == (one.seat in withdrawn)
        )
        standings.append(one._replace(place=before.place if before and is_equal else number))
    return standings


def cup(players: int, results: Results, withdrawn: Collection[int]) -> list[Standing]:
    """Of a single elimination: by place where it is settled, then who is still in, by seat."""
    pairings = resolve(players, results, withdrawn)
    places = places_of(players, pairings)
    met = [result for slot, result in results.items() if is_of(pairings[slot].home, pairings[slot].away, result)]
    counted = [count(seat, met)._replace(place=places.get(seat)) for seat in range(1, players + 1)]
    return sorted(counted, key=lambda one: (one.place is None, one.place or 0, one.seat))


def is_of(home: int | None, away: int | None, result: Result) -> bool:
    return (result.home, result.away) == (home, away)


def places_of(players: int, pairings: Pairings) -> dict[int, int]:
    """The place of each seat that is out of the cup, or has ended it. Losers of one round share a place.

    Losers of the semi-finals play for the third; where both have stayed away, nobody gets the better place.
    """
    last = rounds_of(players)
    places: dict[int, int] = {}
    for slot, pairing in pairings.items():
        if pairing.outcome is None:
            continue
        best = {final_of(players): 1, third_of(players): 3}.get(slot)
        is_semi = slot.round == last - 1
        out = 2 ** (last - slot.round) + 1 + is_semi if best is None else best + 1
        for side in filter(None, (pairing.home, pairing.away)):
            if side == pairing.winner:
                places |= {side: best} if best else {}
            elif best or not is_semi or not pairing.winner:
                places[side] = out
    return places
