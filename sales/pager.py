"""The page numbers under a list. Pure."""

from dataclasses import dataclass

NEAR = 2  # numbers on each side of the page


@dataclass(frozen=True)
class Pager:
    """Page `number` of `pages`; what there is no page for is None."""

    number: int
    pages: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def around(self) -> list[tuple[int, int]]:
        """The page and its neighbours, five where there are so many, each with how far it is from the page."""
        first = max(1, min(self.number - NEAR, self.pages - 2 * NEAR))
        last = min(self.pages, max(self.number + NEAR, 1 + 2 * NEAR))
        return [(number, abs(number - self.number)) for number in range(first, last + 1)]
