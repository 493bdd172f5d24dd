from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from realtime.read_only import TablePage
from stats.models import BarActivity, DailySalesSummary, RefreshLog, SalesMinute


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
    page_fields = ("business_date", "bar__name", "sales", "revenue")

    def page_rows(self) -> QuerySet:
        return DailySalesSummary.objects.order_by("-business_date", "bar_id")
