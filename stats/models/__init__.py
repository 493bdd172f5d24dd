from stats.models.games import Game, GameSchema, GameStats, Player, PlayerRecord, PlayerTotal
from stats.models.matches import Match, ScoreEvent, Side
from stats.models.rollups import (
    BarActivity,
    DailySalesSummary,
    RefreshLog,
    ReturnCounted,
    SaleCounted,
    SalesMinute,
)
from stats.models.tournaments import Entry, Tournament
from stats.models.views import BarWithStats, DirtyDay, ProductSalesStats, TopProduct, ViewMetrics

__all__ = [
    "BarActivity",
    "BarWithStats",
    "DailySalesSummary",
    "DirtyDay",
    "Entry",
    "Game",
    "GameSchema",
    "GameStats",
    "Match",
    "Player",
    "PlayerRecord",
    "PlayerTotal",
    "ProductSalesStats",
    "RefreshLog",
    "ReturnCounted",
    "SaleCounted",
    "SalesMinute",
    "ScoreEvent",
    "Side",
    "TopProduct",
    "Tournament",
    "ViewMetrics",
]
