"""Roll-ups kept by triggers, materialised views, and the log of their refreshes."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.models import Bar
from sales.models import Return, Sale


class SalesMinute(models.Model):
    """Validated sales of one bar in one minute, and their revenue in minor units.

    Refunds given in this minute are taken off the revenue, and told beside it.
    """

    pk = models.CompositePrimaryKey("bar", "business_date", "minute")
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    business_date = models.DateField(_("business date"))
    minute = models.DateTimeField(_("minute"))
    sales = models.IntegerField(_("sales"))
    revenue = models.BigIntegerField(_("revenue"))
    refunds = models.BigIntegerField(_("refunds"), db_default=0)

    class Meta:
        verbose_name = _("minute of sales")
        verbose_name_plural = _("minutes of sales")
        indexes = [models.Index(fields=["bar", "minute"], name="minutes_of_a_bar")]


class BarActivity(models.Model):
    """How busy a bar is: counters of a sliding window, read with one look."""

    bar = models.OneToOneField(Bar, models.CASCADE, primary_key=True, related_name="activity", verbose_name=_("bar"))
    sales_last_5min = models.IntegerField(_("sales in 5 minutes"), default=0)
    sales_last_hour = models.IntegerField(_("sales in an hour"), default=0)
    last_sale_at = models.DateTimeField(_("last sale"), null=True)
    updated_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("activity of a bar")
        verbose_name_plural = _("activity of bars")

    def __str__(self) -> str:
        return f"{self.bar}: {self.sales_last_hour}"


class SaleCounted(Sale):
    """A sale as the roll-ups see it: the trigger stands here, so that SQL depends the way imports do."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="sale_is_counted",
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                func="""
                PERFORM realtime_number_events();
                PERFORM stats_count_sale(
                    NEW.bar_id, NEW.business_date, NEW.occurred_at, NEW.total,
                    (NEW.status = 'validated')::integer - coalesce((OLD.status = 'validated')::integer, 0)
                );
                RETURN NULL;
                """,
            )
        ]


class ReturnCounted(Return):
    """A return as the roll-ups see it: its refund counts on the business date on which it was given."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="refund_is_counted",
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                func="""
                PERFORM realtime_number_events();
                PERFORM stats_count_refund(
                    NEW.bar_id, NEW.business_date, NEW.decided_at, NEW.refund,
                    (NEW.status IN ('approved', 'restocked'))::integer
                        - coalesce((OLD.status IN ('approved', 'restocked'))::integer, 0)
                );
                RETURN NULL;
                """,
            )
        ]


class DailySalesSummary(models.Model):
    """Revenue and sales of a bar on a finished day. Read through stats.periods, which knows what is stale."""

    pk = models.CompositePrimaryKey("bar", "business_date")
    bar = models.ForeignKey(Bar, models.DO_NOTHING, related_name="+", verbose_name=_("bar"))
    business_date = models.DateField(_("business date"))
    sales = models.IntegerField(_("sales"))
    revenue = models.BigIntegerField(_("revenue"))
    refunds = models.BigIntegerField(_("refunds"))

    class Meta:
        managed = False  # sql/daily_sales_summary_v2.sql
        db_table = "daily_sales_summary"
        verbose_name = _("daily sales summary")
        verbose_name_plural = _("daily sales summaries")


class RefreshLog(models.Model):
    """One refresh of a materialised view: how long it took, or why it failed."""

    view = models.CharField(_("view"), max_length=60)
    started_at = models.DateTimeField(_("started"))
    seconds = models.FloatField(_("seconds"))
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("refresh")
        verbose_name_plural = _("refresh log")
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["view", "-started_at"], name="refreshes_of_a_view")]

    def __str__(self) -> str:
        return f"{self.view} {self.started_at:%Y-%m-%d %H:%M}"
