"""Who sits where: the draw. Pure.

A seat is a number from 1 on. Whoever has the seed and the entries can draw again and finds the same seats.
"""

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID

LEAST, MOST = 4, 64  # players


def draw(entries: Iterable[UUID], *, ranks: Mapping[UUID, int], seed: str) -> list[UUID]:
    """Entries in the order of their seats: those with a rank first, by rank; the others as the seed shuffles them.

    The shuffle is the order of SHA-256 over the seed and the entry, so that Python, SQL and a doubting player agree.
    """

    def place(entry: UUID) -> tuple[bool, int, str]:
        lot = hashlib.sha256(f"{seed}:{entry}".encode()).hexdigest()
        return entry not in ranks, ranks.get(entry, 0), lot

    return sorted(entries, key=place)


def size_of(players: int) -> int:
    """The power of two that holds so many players."""
    return 1 << (players - 1).bit_length()


def lines(players: int) -> list[int]:
    """Seats from the top of the bracket to its bottom; those above `players` are nobody's.

    Seats 1 and 2 can only meet in the final, 1 to 4 not before the semi-finals, and so on; the first seats get the
    byes, and no bye meets another.
    """
    order, size = [1], 1
    while size < size_of(players):
        size *= 2
        order = [seat for upper in order for seat in (upper, size + 1 - upper)]
    return order
