"""What is wrong with a file that people have filled in: every fault, with its line."""

from collections.abc import Iterable
from typing import NamedTuple

from realtime.errors import Problem

MOST_SHOWN = 20  # to a person at once
MOST_TOLD = 50  # to a program; it is told how many there are


class Fault(NamedTuple):
    """What is wrong, and on which line of the file; 0 for the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class FileRefused(Problem):
    """The file can't be imported, and nothing was written. Holds every fault; says the first twenty.

    `errors` tells a program of the first fifty, `count` how many there are.
    """

    code, title = "file_refused", "The file cannot be imported: nothing was written."

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        shown = [str(fault) for fault in self.faults[:MOST_SHOWN]]
        rest = len(self.faults) - len(shown)
        super().__init__(
            "\n".join([*shown, f"and {rest} more"] if rest else shown),
            errors=[fault._asdict() for fault in self.faults[:MOST_TOLD]],
            count=len(self.faults),
        )
