"""How many sales there are, kept for the numbers of pages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.models import Bar


class DayCount(models.Model):
    """How many sales, of every status, a bar has of a finished date in UTC and a business date.

    Dates newer than the newest that is kept are not counted yet: read through sales.queries.sales.
    """

    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    utc_date = models.DateField(_("date in UTC"))
    business_date = models.DateField(_("business date"))
    sales = models.PositiveIntegerField(_("sales"))

    class Meta:
        verbose_name = _("count of a day's sales")
        verbose_name_plural = _("counts of sales by day")
        constraints = [
            models.UniqueConstraint(fields=["bar", "utc_date", "business_date"], name="a_day_is_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.utc_date}: {self.sales}"
