"""What each shared place has used."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Usage(models.Model):
    """Of one stream with a limit of connections (a bar's) on one day in UTC. Written by realtime/metering.py alone."""

    pk = models.CompositePrimaryKey("stream", "day")
    stream = models.CharField(_("stream"), max_length=99, db_collation="C")
    day = models.DateField(_("date in UTC"))
    requests = models.BigIntegerField(_("requests"))
    statements = models.BigIntegerField(_("SQL statements"))
    messages = models.BigIntegerField(_("messages"))
    bytes = models.BigIntegerField(_("bytes"))
    seconds = models.FloatField(_("seconds of connections"))

    class Meta:
        verbose_name = _("usage of a day")
        verbose_name_plural = _("usage by day")
        indexes = [models.Index(fields=["day"], name="usage_by_day")]

    def __str__(self) -> str:
        return f"{self.stream} {self.day}"
