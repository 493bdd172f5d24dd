"""Single elimination with a match for the third place. Pure."""

from collections.abc import Collection

from stats.tournaments.pairings import Pairings, Results, Side, Slot, decide
from stats.tournaments.seats import lines, size_of


def rounds_of(players: int) -> int:
    return size_of(players).bit_length() - 1


def final_of(players: int) -> Slot:
    return Slot(rounds_of(players), 0)


def third_of(players: int) -> Slot:
    """It stands beside the final; two players have none."""
    return Slot(rounds_of(players), 1)


def resolve(players: int, results: Results, withdrawn: Collection[int]) -> Pairings:
    """Every match as the confirmed results make it. A result between others than those who meet now counts for nothing.

    Byes stand in the first round, unless both of a match have stayed away; they are decided at once.
    """
    found: Pairings = {}

    def put(slot: Slot, home: Side, away: Side) -> None:
        found[slot] = decide(home, away, results.get(slot), withdrawn)

    seats = [seat if seat <= players else 0 for seat in lines(players)]
    for place in range(len(seats) // 2):
        put(Slot(1, place), seats[2 * place], seats[2 * place + 1])
    last = rounds_of(players)
    for round_ in range(2, last + 1):
        for place in range(len(seats) >> round_):
            above, below = (found[Slot(round_ - 1, 2 * place + half)] for half in (0, 1))
            put(Slot(round_, place), above.winner, below.winner)
    if last > 1:
        put(third_of(players), *(found[Slot(last - 1, place)].loser for place in (0, 1)))
    return found
