import random
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from bars.business_day import SkippedTime, business_date, moment_of
from tests import factories

ABIDJAN, LAGOS, PARIS = ZoneInfo("Africa/Abidjan"), ZoneInfo("Africa/Lagos"), ZoneInfo("Europe/Paris")
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


def utc(day, hour, minute=0, second=0, microsecond=0):
    return datetime(day.year, day.month, day.day, hour, minute, second, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        (ABIDJAN, utc(FRIDAY, 18), FRIDAY),
        (ABIDJAN, utc(FRIDAY, 23, 59, 59, 999999), FRIDAY),
        (ABIDJAN, utc(SATURDAY, 0), FRIDAY),
        (ABIDJAN, utc(SATURDAY, 2), FRIDAY),
        (ABIDJAN, utc(SATURDAY, 5, 59, 59, 999999), FRIDAY),
        (ABIDJAN, utc(SATURDAY, 6), SATURDAY),
        (LAGOS, utc(FRIDAY, 22, 59, 59), FRIDAY),
        (LAGOS, utc(FRIDAY, 23), FRIDAY),
        (LAGOS, utc(SATURDAY, 4, 59, 59, 999999), FRIDAY),
        (LAGOS, utc(SATURDAY, 5), SATURDAY),
        (LAGOS, utc(SATURDAY, 6), SATURDAY),
    ],
)
def test_the_day_turns_at_the_closing_hour_on_the_wall(zone, moment, expected):
    assert business_date(moment, zone, 6) == expected


@pytest.mark.parametrize(
    ("closing_hour", "moment", "expected"),
    [
        (0, utc(FRIDAY, 23, 59), FRIDAY),
        (0, utc(SATURDAY, 0), SATURDAY),
        (23, utc(SATURDAY, 22, 59), FRIDAY),
        (23, utc(SATURDAY, 23), SATURDAY),
    ],
)
def test_a_bar_may_close_at_any_hour(closing_hour, moment, expected):
    assert business_date(moment, ABIDJAN, closing_hour) == expected


@pytest.mark.parametrize("hours", [-11, 0, 14])
def test_the_moment_counts_and_not_the_zone_it_is_written_in(hours):
    moment = utc(SATURDAY, 5, 30).astimezone(timezone(timedelta(hours=hours)))

    assert business_date(moment, ABIDJAN, 6) == FRIDAY


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        # 29 March 2026: at 02:00 it is 03:00. The night has an hour less; the day still turns at 06:00 on the wall.
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 3, 59, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 4, 0, tzinfo=UTC), date(2026, 3, 29)),
        # 25 October 2026: at 03:00 it is 02:00 again. The night has an hour more.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 25, 4, 59, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 25, 5, 0, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_where_clocks_change_the_day_still_turns_at_the_closing_hour(moment, expected):
    assert business_date(moment, PARIS, 6) == expected


@pytest.mark.parametrize("closing_hour", [2, 3])
def test_the_skipped_hour_itself_may_be_the_closing_hour(closing_hour):
    before, after = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    turned = [business_date(moment, PARIS, closing_hour) for moment in (before, after)]

    assert turned == [date(2026, 3, 28), date(2026, 3, 29)]


def test_with_the_closing_hour_in_the_doubled_hour_the_date_never_goes_back_by_more_than_that_hour():
    """02:30 comes twice: with a closing hour of 3 both belong to the night before."""
    moments = [datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + timedelta(minutes=10 * step) for step in range(18)]

    dates = [business_date(moment, PARIS, 3) for moment in moments]

    assert dates == sorted(dates)


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        (datetime(2017, 6, 1, 21, 30), ABIDJAN, datetime(2017, 6, 1, 21, 30, tzinfo=UTC)),
        (datetime(2017, 6, 1, 0, 30), LAGOS, datetime(2017, 5, 31, 23, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 59, 59), PARIS, datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        (datetime(2026, 3, 29, 3, 0), PARIS, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30), PARIS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30, fold=1), PARIS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 3, 0), PARIS, datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_time_on_the_wall_is_a_moment_and_of_two_the_first(wall, zone, expected):
    assert moment_of(wall, zone) == expected


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_time_that_never_was_is_refused(minute):
    with pytest.raises(SkippedTime, match=f"2026-03-29T02:{minute:02}:00 did not exist in Europe/Paris"):
        moment_of(datetime(2026, 3, 29, 2, minute), PARIS)


# Postgres and Python each bring their own tables. They differ where a country has just changed its mind, in 2026
# Morocco and British Columbia, so these are zones that both have known for long.
ZONES = [
    "Africa/Abidjan",
    "Africa/Lagos",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
]


def random_moments(chance, zone, count):
    """Some of the last years, half of them in the night of a change of clocks."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=hour) for hour in range(3 * 8766)]
    changes = [
        here
        for here, then in zip(hours, hours[1:], strict=False)
        if here.astimezone(zone).utcoffset() != then.astimezone(zone).utcoffset()
    ]
    for _ in range(count):
        yield start + timedelta(seconds=chance.uniform(0, 3 * 365 * 86400))
        if changes:
            yield chance.choice(changes) + timedelta(seconds=chance.uniform(-12 * 3600, 12 * 3600))


@pytest.mark.parametrize("name", ZONES)
def test_python_and_sql_agree_on_the_date(name, db):
    """The sale's date is written by Python and read by SQL: one minute of difference loses a sale from tonight."""
    chance, zone = random.Random(name), ZoneInfo(name)
    statement = """
        SELECT moment, bar.closing_hour, bars_business_date(moment, bar.time_zone, bar.closing_hour)
        FROM bars_bar AS bar, unnest(%s::timestamptz[]) AS moment
    """
    for closing_hour in (0, 2, 3, 6, 23):
        factories.bar(f"Bar {closing_hour}", time_zone=name, closing_hour=closing_hour)
    moments = list(random_moments(chance, zone, 100))

    with connection.cursor() as cursor:
        cursor.execute(statement, [moments])
        rows = cursor.fetchall()

    assert len(rows) == 5 * len(moments)
    wrong = [row for row in rows if row[-1] != business_date(row[0], zone, row[1])]
    assert wrong == []
