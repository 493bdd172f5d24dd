"""What each bar used in thirty days, what that costs, and what polling would have cost: docs/scaling.md defines each.

Prices are settings.PRICES, in dollars; a figure here is an estimate from counts, not a bill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Sum, TextField, Value
from django.db.models.functions import Cast, Concat

from bars.models import Bar
from realtime.models import Usage

DAYS = 30  # a month of this estimate, today among them
MONTH = DAYS * 86400  # seconds
MILLION, GIGABYTE = 1_000_000, 1_000_000_000
POLL_SECONDS = 2  # seed 001's rate
POLL_STATEMENTS = 3  # of one poll of everything: the stock, the sales, the figures
COUNTS = ("requests", "statements", "messages", "bytes", "seconds")
ORDERS = ("cost", "polling", *COUNTS)


@dataclass(frozen=True)
class Costs:
    """Of one bar; `seconds` are those of its connections, `cost` and `polling` dollars a month."""

    bar: str
    name: str
    requests: int
    statements: int
    messages: int
    bytes: int
    seconds: float
    cost: float
    polling: float

    @property
    def is_over(self) -> bool:
        return self.cost > settings.PRICES["target"]

    @property
    def minutes(self) -> float:
        return self.seconds / 60


def costs(today: date, by: str = "cost") -> list[Costs]:
    """Of each bar that has used anything, those with most of `by` (one of ORDERS) first. Two queries."""
    days = Usage.objects.filter(day__gt=today - timedelta(days=DAYS), day__lte=today)
    sums = {name: Sum(name) for name in COUNTS}
    rows: Any = days.order_by().values("stream").annotate(**sums)
    used = {row.pop("stream"): row for row in rows}
    bars = Bar.objects.annotate(stream=Concat(Value("bar."), Cast("pk", TextField()), output_field=TextField())).filter(
        stream__in=used
    )
    names = dict(bars.values_list("stream", "name"))
    share = settings.PRICES["month"] / len(names) if names else 0.0
    found = [
        Costs(
            stream.removeprefix("bar."),
            name,
            **used[stream],
            cost=share + cost(used[stream]),
            polling=share + polling(used[stream]),
        )
        for stream, name in names.items()
    ]
    return sorted(sorted(found, key=attrgetter("name", "bar")), key=attrgetter(by), reverse=True)


def cost(used: Mapping[str, float]) -> float:
    """Dollars for what was used, without the share of what all bars cost together."""
    prices = settings.PRICES
    return (
        used["requests"] / MILLION * prices["requests"]
        + used["statements"] / MILLION * prices["statements"]
        + used["messages"] / MILLION * prices["messages"]
        + used["bytes"] / GIGABYTE * prices["gigabytes"]
        + used["seconds"] / MONTH * prices["connections"]
    )


def polling(used: Mapping[str, float]) -> float:
    """Dollars for the same requests, had each connection asked for everything again every POLL_SECONDS instead."""
    polls = used["seconds"] / POLL_SECONDS
    asked = {"requests": used["requests"] + polls, "statements": used["statements"] + polls * POLL_STATEMENTS}
    return cost({"messages": 0, "bytes": 0, "seconds": 0} | asked)
