"""What refreshes keep of finished days, and how they fare. Read through stats.periods, which knows what is stale."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.models import Bar
from stock.models import Product


class DirtyDay(models.Model):
    """A finished day of a bar that has changed since a view has counted it. Written by triggers, at commit."""

    view = models.CharField(_("view"), max_length=60)
    bar = models.ForeignKey(Bar, models.CASCADE, related_name="+", verbose_name=_("bar"), db_index=False)
    business_date = models.DateField(_("business date"))

    class Meta:
        verbose_name = _("day to count again")
        verbose_name_plural = _("days to count again")
        indexes = [models.Index(fields=["bar", "business_date", "view"], name="dirty_days_of_a_bar")]

    def __str__(self) -> str:
        return f"{self.view} {self.business_date}"


class TopProduct(models.Model):
    """What a product has brought on a finished business date; revenue and refunds in minor units.

    `revenue` is its share of what was paid; `returned` are the units that `refunds`, given on this date, were for;
    `cost` is what the units sold have cost, less those that came back on the shelf.
    """

    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    business_date = models.DateField(_("business date"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product"), db_index=False, db_constraint=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    revenue = models.BigIntegerField(_("revenue"))
    returned = models.BigIntegerField(_("units taken back"))
    refunds = models.BigIntegerField(_("refunds"))
    cost = models.DecimalField(_("cost"), max_digits=24, decimal_places=4)

    class Meta:
        db_table = "top_products_by_period"
        verbose_name = _("product on a day")
        verbose_name_plural = _("top products by day")
        constraints = [
            models.UniqueConstraint(fields=["bar", "business_date", "product"], name="a_product_is_on_a_day_once")
        ]
        indexes = [models.Index(fields=["product", "business_date"], name="days_of_a_product")]

    def __str__(self) -> str:
        return f"{self.business_date} {self.product_id}: {self.quantity}"


class ProductSalesStats(models.Model):
    """A product over its last 30 finished days, or as many as it is known; `daily_mean` is of units sold and kept."""

    product = models.OneToOneField(
        Product, models.DO_NOTHING, primary_key=True, related_name="+", verbose_name=_("product")
    )
    bar = models.ForeignKey(Bar, models.DO_NOTHING, related_name="+", verbose_name=_("bar"))
    until = models.DateField(_("until"))
    days = models.IntegerField(_("days"))
    quantity = models.BigIntegerField(_("quantity"))
    revenue = models.BigIntegerField(_("revenue"))
    returned = models.BigIntegerField(_("units taken back"))
    refunds = models.BigIntegerField(_("refunds"))
    days_without_sale = models.IntegerField(_("days without a sale"))
    daily_mean = models.DecimalField(_("daily mean"), max_digits=16, decimal_places=4)
    last_sale_on = models.DateField(_("last sale"), null=True)

    class Meta:
        managed = False  # sql/product_sales_stats_v1.sql
        db_table = "product_sales_stats"
        verbose_name = _("sales of a product")
        verbose_name_plural = _("sales of products over 30 days")

    def __str__(self) -> str:
        return f"{self.product_id}: {self.quantity}"


class BarWithStats(models.Model):
    """A bar with its owner's name and how many work there, as of the last refresh."""

    bar = models.OneToOneField(Bar, models.DO_NOTHING, primary_key=True, related_name="+", verbose_name=_("bar"))
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=200)
    phone = models.CharField(_("phone"), max_length=30)
    is_active = models.BooleanField(_("active"))
    created_at = models.DateTimeField(_("created"))
    settings = models.JSONField(_("settings"))
    owner_name = models.CharField(_("owner"), max_length=150)
    member_count = models.IntegerField(_("members"))

    class Meta:
        managed = False  # sql/bars_with_stats_v1.sql
        db_table = "bars_with_stats"
        verbose_name = _("bar with its team")
        verbose_name_plural = _("bars with their teams")

    def __str__(self) -> str:
        return self.name


class ViewMetrics(models.Model):
    """How the refreshes of a view fare, over the 30 days that the log is kept. An age of twice `every` is old."""

    view = models.CharField(_("view"), max_length=60, primary_key=True)
    every = models.DurationField(_("refreshed every"))
    refreshes = models.IntegerField(_("refreshes"))
    failures = models.IntegerField(_("failures"))
    last_success = models.DateTimeField(_("last success"), null=True)
    last_failure = models.DateTimeField(_("last failure"), null=True)
    mean_seconds = models.FloatField(_("mean duration in seconds"), null=True)
    age = models.DurationField(_("age"), null=True)
    is_old = models.BooleanField(_("too old"))
    is_failing = models.BooleanField(_("failing"))

    class Meta:
        managed = False  # sql/materialized_view_metrics_v1.sql
        db_table = "materialized_view_metrics"
        verbose_name = _("metrics of a view")
        verbose_name_plural = _("metrics of views")
        ordering = ["view"]

    def __str__(self) -> str:
        return self.view
