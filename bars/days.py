"""A day as clients write it: 2026-11-21, never a number of seconds, which pydantic would take for one. Pure."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_out(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN.fullmatch(value)):
        return value
    raise ValueError("a date reads YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(written_out)]
