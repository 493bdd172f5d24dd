"""What is wrong with a file that people have filled in: every fault, with its line."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from realtime.errors import Problem

MOST_SHOWN = 20  # to a person at once
MOST_TOLD = 50  # to a program; it is told how many there are


class Fault(NamedTuple):
    """What is wrong, and on which line of the file; 0 for the file as a whole."""

    line: int
    message: str | Promise

    def __str__(self) -> str:
        if not self.line:
            return str(self.message)
        return _("line %(line)d: %(message)s") % {"line": self.line, "message": self.message}


class FileRefused(Problem):
    """The file can't be imported, and nothing was written. Holds every fault; says the first twenty.

    `errors` tells a program of the first fifty, `count` how many there are.
    """

    code, title = "file_refused", _("The file cannot be imported: nothing was written.")

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        shown = [str(fault) for fault in self.faults[:MOST_SHOWN]]
        rest = len(self.faults) - len(shown)
        super().__init__(
            "\n".join([*shown, _("and %(count)d more") % {"count": rest}] if rest else shown),
            errors=[{"line": fault.line, "message": str(fault.message)} for fault in self.faults[:MOST_TOLD]],
            count=len(self.faults),
        )
