from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from realtime.read_only import ReadOnlyAdmin, TablePage
from stats.models import (
    BarActivity,
    BarWithStats,
    DailySalesSummary,
    DirtyDay,
    Entry,
    Game,
    GameSchema,
    GameStats,
    Match,
    Player,
    PlayerRecord,
    PlayerTotal,
    ProductSalesStats,
    RefreshLog,
    SalesMinute,
    ScoreEvent,
    TopProduct,
    Tournament,
    ViewMetrics,
)


@admin.register(BarActivity)
class BarActivityAdmin(TablePage):
    list_display = ("bar", "sales_last_5min", "sales_last_hour", "last_sale_at", "updated_at")
    list_select_related = ("bar",)
    page_name, page_title = "minutes", _("minutes of sales")
    page_fields = ("minute", "business_date", "bar__name", "sales", "revenue", "refunds")

    def page_rows(self) -> QuerySet:
        return SalesMinute.objects.order_by("-minute", "bar_id")


@admin.register(RefreshLog)
class RefreshLogAdmin(TablePage):
    list_display = ("started_at", "view", "seconds", "error")
    list_filter = ("view",)
    page_name, page_title = "daily-summary", _("daily sales summaries")
    page_fields = ("business_date", "bar__name", "sales", "revenue", "refunds")

    def page_rows(self) -> QuerySet:
        return DailySalesSummary.objects.order_by("-business_date", "bar_id")


@admin.register(ViewMetrics)
class ViewMetricsAdmin(ReadOnlyAdmin):
    list_display = ("view", "last_success", "age", "every", "mean_seconds", "failures", "is_old", "is_failing")


@admin.register(DirtyDay)
class DirtyDayAdmin(ReadOnlyAdmin):
    list_display = ("business_date", "bar", "view")
    list_filter = ("view",)
    list_select_related = ("bar",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(TopProduct)
class TopProductAdmin(ReadOnlyAdmin):
    list_display = ("business_date", "bar", "product", "quantity", "revenue", "returned", "refunds")
    list_filter = ("bar",)
    list_select_related = ("bar", "product")
    search_fields = ("product__name",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(ProductSalesStats)
class ProductSalesStatsAdmin(ReadOnlyAdmin):
    list_display = ("product", "bar", "quantity", "revenue", "daily_mean", "days_without_sale", "last_sale_on", "until")
    list_filter = ("bar",)
    list_select_related = ("product", "bar")
    search_fields = ("product__name", "bar__name")
    ordering = ("bar_id", "-quantity", "product_id")
    show_full_result_count = False


@admin.register(BarWithStats)
class BarWithStatsAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner_name", "member_count", "is_active", "address", "phone")
    list_filter = ("is_active",)
    search_fields = ("name", "owner_name")
    ordering = ("name", "bar_id")


@admin.register(Game)
class GameAdmin(ReadOnlyAdmin):
    list_display = ("code", "name")


@admin.register(GameSchema)
class GameSchemaAdmin(ReadOnlyAdmin):
    list_display = ("game", "version", "ratio")
    list_select_related = ("game",)
    ordering = ("game_id", "-version")


@admin.register(Player)
class PlayerAdmin(ReadOnlyAdmin):
    list_display = ("name", "bar", "user", "created_at")
    list_filter = ("bar",)
    list_select_related = ("bar", "user")
    search_fields = ("name", "bar__name")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Tournament)
class TournamentAdmin(ReadOnlyAdmin):
    list_display = ("name", "bar", "game", "format", "status", "created_at")
    list_filter = ("status", "format", "game", "bar")
    list_select_related = ("bar", "game")
    search_fields = ("name", "token", "bar__name")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("player", "tournament", "rank", "seat", "withdrawn_at")
    list_select_related = ("player", "tournament")
    search_fields = ("player__name", "tournament__name")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    list_display = ("tournament", "round", "place", "home", "away", "state", "outcome", "home_score", "away_score")
    list_filter = ("state", "outcome")
    list_select_related = ("tournament", "home__player", "away__player")
    search_fields = ("tournament__name",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(ScoreEvent)
class ScoreEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "match", "side", "points", "created_by")
    list_select_related = ("match__home__player", "match__away__player", "created_by")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(GameStats)
class GameStatsAdmin(ReadOnlyAdmin):
    list_display = ("recorded_at", "bar", "game", "player", "stats")
    list_filter = ("game", "bar")
    list_select_related = ("bar", "game", "player")
    search_fields = ("player__name",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(PlayerTotal)
class PlayerTotalAdmin(ReadOnlyAdmin):
    list_display = ("player", "bar", "game", "key", "total", "matches")
    list_filter = ("game", "bar")
    list_select_related = ("player", "bar", "game")
    search_fields = ("player__name", "=key")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(PlayerRecord)
class PlayerRecordAdmin(ReadOnlyAdmin):
    list_display = ("player", "bar", "game", "matches", "wins", "win_rate")
    list_filter = ("game", "bar")
    list_select_related = ("player", "bar", "game")
    search_fields = ("player__name",)
    ordering = ("-id",)
    show_full_result_count = False
