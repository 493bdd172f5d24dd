"""Live figures: what each depends on."""

import stats.tournaments.streams  # noqa: F401 - bar games declare their own
from bars.events import UserRegistered
from bars.permissions import Permission
from bars.streams import open_topic
from realtime.streams import Pace, State, registry
from sales.streams import ConsignmentChanged, ReturnChanged, SaleChanged, SaleCreated, TabChanged
from stats.pace import pace_of_bars
from stats.queries import platform_of_keys, tonight_of_bars
from stock.streams import ProductChanged, StockChanged

open_topic("figures", Permission.ANALYTICS)
registry.add(
    Pace("bar", pace_of_bars),
    State(
        stream="bar",
        topic="figures",
        on=frozenset(
            event.type for event in (SaleCreated, SaleChanged, ReturnChanged, TabChanged, StockChanged, ProductChanged)
        ),
        compute=tonight_of_bars,
    ),
    State(
        stream="platform",
        topic="figures",
        on=frozenset(
            event.type for event in (SaleCreated, SaleChanged, ReturnChanged, ConsignmentChanged, UserRegistered)
        ),
        compute=platform_of_keys,
    ),
)
