"""The log that screens are fed from. Its tables are written by SQL alone (sql/number_events_v1.sql)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StreamHead(models.Model):
    """The newest number of a stream; its row lock is what makes numbers gapless and in commit order."""

    stream = models.CharField(_("stream"), max_length=99, primary_key=True, db_collation="C")
    epoch = models.CharField(_("epoch"), max_length=16)
    seq = models.BigIntegerField(_("last number"))

    class Meta:
        verbose_name = _("stream head")
        verbose_name_plural = _("stream heads")

    def __str__(self) -> str:
        return f"{self.stream} {self.epoch}:{self.seq}"


class Event(models.Model):
    """One committed fact of a stream. Kept for 72 hours or more, in a ring of five daily partitions."""

    pk = models.CompositePrimaryKey("stream", "seq", "slot")
    stream = models.CharField(_("stream"), max_length=99, db_collation="C")
    seq = models.BigIntegerField(_("number"))
    slot = models.SmallIntegerField(_("slot"))
    topic = models.CharField(_("topic"), max_length=40)
    type = models.CharField(_("type"), max_length=60)
    data = models.JSONField(_("data"))
    xid = models.BigIntegerField(_("transaction"))
    created_at = models.DateTimeField(_("committed at"))

    class Meta:
        managed = False  # partitioned: created by sql/number_events_v1.sql
        db_table = "realtime_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.stream}:{self.seq} {self.type}"
