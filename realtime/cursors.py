"""Cursors: how far a client has read a stream, the same on every transport."""

import re
from typing import NamedTuple, Self

from django.utils.translation import gettext_lazy as _

from realtime.errors import BadCursor

FORM = re.compile(r"([a-z0-9]{1,16}):(\d{1,18})", re.ASCII)


class Cursor(NamedTuple):
    """`epoch` names one life of the database (a restore starts another), `seq` the last event read."""

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `epoch:seq`; a bare 0 asks for everything that is kept. Raises BadCursor."""
        if text == "0":
            return cls("0", 0)
        if not (found := FORM.fullmatch(text)):
            raise BadCursor(_("%(text)s is not a cursor: it reads epoch:number.") % {"text": repr(text[:40])})
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"
