from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from bars.days import Day

DAY = TypeAdapter(Day)


def test_a_day_is_read_as_it_is_written():
    assert [DAY.validate_python(one) for one in ("2028-02-29", date(2026, 11, 21))] == [
        date(2028, 2, 29),
        date(2026, 11, 21),
    ]


@pytest.mark.parametrize(
    "value",
    [0, 86400, 1.0, True, None, "0", "1763683200", "20261121", "2026-11-21T00:00:00", "2027-02-29", "0000-00-00",
     "2026-11-21\n", " 2026-11-21", "٢٠٢٦-١١-٢١", ""],
)  # fmt: skip
def test_what_only_could_be_a_day_is_refused(value):
    with pytest.raises(ValidationError):
        DAY.validate_python(value)
