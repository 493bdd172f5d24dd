"""What bars cost, for operators."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from config.costs import DAYS, costs
from realtime import clock
from realtime.errors import NotAllowed, refuses
from realtime.operators import check_operator

router = Router(tags=["monitoring"])


class BarCosts(Schema):
    """Counts of the last thirty days in UTC, today among them; `cost` and `polling` are dollars a month, estimated."""

    bar: str
    name: str
    requests: int
    statements: int
    messages: int
    bytes: int
    seconds: float
    cost: float
    polling: float
    is_over: bool


class AllCosts(Schema):
    days: int
    target: float
    cost: float
    polling: float
    bars: list[BarCosts]


@router.get("/monitoring/costs", response=AllCosts, summary="What each bar costs", openapi_extra=refuses(NotAllowed))
def bars_costs(request: HttpRequest) -> dict[str, Any]:
    """The most expensive bar first; bars that have used nothing are left out. Definitions: docs/scaling.md."""
    check_operator(request.user)
    found = costs(clock.now().date())
    return {
        "days": DAYS,
        "target": settings.PRICES["target"],
        "cost": sum(one.cost for one in found),
        "polling": sum(one.polling for one in found),
        "bars": found,
    }
