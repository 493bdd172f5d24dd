"""Days as clients write them: 2026-11-21, never a number of seconds, which pydantic would take for a date. Pure."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import BeforeValidator

from realtime.errors import Problem

LONGEST = timedelta(days=366)
EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_out(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN.fullmatch(value)):
        return value
    raise ValueError(_("a date reads YYYY-MM-DD"))


Day = Annotated[date, BeforeValidator(written_out)]


class BadDays(Problem):
    code = "bad_days"
    title = format_lazy(_("Ask for business dates from a first to a last, at most {most} days."), most=LONGEST.days)


class Days(NamedTuple):
    """Business dates from the first to the last, both included."""

    first: date
    last: date

    def checked(self) -> "Days":
        """These days. Raises BadDays unless they are some, and no more than a year."""
        if not timedelta(0) <= self.last - self.first < LONGEST or not EARLIEST <= self.first <= LATEST:
            raise BadDays()
        return self

    def before(self) -> "Days":
        """As many days that begin on the same weekday, the nearest that have ended before the first of these."""
        back = timedelta(weeks=-(-self.number // 7))
        return Days(self.first - back, self.last - back)

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1
