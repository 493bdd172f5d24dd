"""Round robin: everybody meets everybody once. Pure."""

from collections.abc import Collection

from stats.tournaments.pairings import Pairings, Results, Slot, decide


def pairs(players: int) -> dict[Slot, tuple[int, int]]:
    """Who meets whom in which round: one stays, the others go round. Of an odd number one rests in each round.

    Everybody is at home in half of their matches, give or take one.
    """
    ring = list(range(1, players + 1)) + [0] * (players % 2)
    half, found = len(ring) // 2, {}
    for round_ in range(1, len(ring)):
        meeting = [(ring[i], ring[-1 - i]) for i in range(half)]
        fixed, *others = meeting
        meeting = [fixed if round_ % 2 else fixed[::-1], *others]
        for place, pair in enumerate(pair for pair in meeting if 0 not in pair):
            found[Slot(round_, place)] = pair
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return found


def resolve(players: int, results: Results, withdrawn: Collection[int]) -> Pairings:
    """Every match as the confirmed results make it; what somebody who has withdrawn had still to play is forfeited."""
    return {slot: decide(home, away, results.get(slot), withdrawn) for slot, (home, away) in pairs(players).items()}
