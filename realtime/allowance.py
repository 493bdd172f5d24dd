"""How much of something is allowed in a while, in one process."""

import time


class Allowance:
    """`most` at once, and as many again in each `seconds`, evenly."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._each = most, seconds / most
        self._free_at = 0.0  # when all of it is there again

    def take(self) -> bool:
        """Use one; False when there is none."""
        now = time.monotonic()
        free_at = max(self._free_at, now) + self._each
        if free_at - now > self._most * self._each + 1e-9:
            return False
        self._free_at = free_at
        return True
