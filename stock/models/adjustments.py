"""Stock put right: single adjustments with a reason, and counts of the whole shelf."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from stock.models.shelf import Product
from stock.streams import StockCountChanged, StockCountNoted

MOST_ADJUSTED = 1_000_000  # units


class StockCount(models.Model):
    """A count of the shelf by several people. The sheet doesn't tell them what should be there."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        APPLIED = "applied", _("applied")
        DISCARDED = "discarded", _("discarded")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="stock_counts", verbose_name=_("bar"), db_index=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by"), db_index=False
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="count_belongs_to_its_bar"),
            models.UniqueConstraint(
                fields=["bar"], condition=Q(status="open"), name="a_bar_counts_one_sheet_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None, decided_by=None)
                | Q(status__in=["applied", "discarded"], decided_at__isnull=False, decided_by__isnull=False),
                name="a_count_is_decided_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            Publish(
                StockCountChanged,
                stream="'bar.' || NEW.bar_id",
                data={"count": "NEW.id", "status": "NEW.status"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d} · {self.get_status_display()}"


class CountEntry(models.Model):
    """What one person has typed of one product; NULL takes back what they typed before. A ledger.

    The newest of a person counts, and several people's numbers of a product add up. `stock_then` is what the
    books said at that moment. `key` is the client's: the same typing sent twice is not a second look at the shelf.
    """

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    count = models.ForeignKey(
        StockCount,
        models.PROTECT,
        related_name="entries",
        verbose_name=_("count"),
        db_constraint=False,
        db_index=False,
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product"), db_constraint=False
    )
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("counted by"), db_index=False
    )
    key = models.UUIDField(_("client's key"))
    quantity = models.PositiveIntegerField(_("counted"), null=True, blank=True)
    stock_then = models.IntegerField(_("stock then"))
    counted_at = models.DateTimeField(_("counted at"), db_default=Now())

    class Meta:
        verbose_name = _("counted product")
        verbose_name_plural = _("counted products")
        constraints = [
            models.UniqueConstraint(fields=["count", "key"], name="a_key_counts_once_on_its_sheet"),
            models.UniqueConstraint(fields=["bar", "id"], name="count_entry_belongs_to_its_bar"),
            models.CheckConstraint(condition=Q(quantity__lte=MOST_ADJUSTED), name="counted_quantity_is_in_bounds"),
        ]
        indexes = [
            models.Index(
                fields=["count", "product", "counted_by", "-counted_at", "-id"], name="count_entry_newest_first"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            Publish(
                StockCountNoted,
                stream="'bar.' || NEW.bar_id",
                data={"count": "NEW.count_id", "product": "NEW.product_id", "person": "NEW.counted_by_id"},
                operation=pgtrigger.Insert,
            ),
        ]

    def __str__(self) -> str:
        return f"{'–' if self.quantity is None else self.quantity} × {self.product}"


class Adjustment(models.Model):
    """A correction of a product's stock by so many units, with the reason. A ledger."""

    class Reason(models.TextChoices):
        COUNT = "count", _("count")
        BREAKAGE = "breakage", _("breakage")
        GIFT = "gift", _("gift")
        EXPIRY = "expiry", _("expiry")
        THEFT = "theft", _("theft")
        OTHER = "other", _("other")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="adjustments", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="adjustments", verbose_name=_("product"), db_constraint=False
    )
    quantity = models.IntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    unit_cost = models.DecimalField(_("unit cost"), max_digits=16, decimal_places=4)
    count = models.ForeignKey(
        StockCount,
        models.PROTECT,
        related_name="adjustments",
        verbose_name=_("count"),
        null=True,
        blank=True,
        db_constraint=False,
    )
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_adjusts_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="adjustment_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=~Q(quantity=0) & Q(quantity__gte=-MOST_ADJUSTED, quantity__lte=MOST_ADJUSTED),
                name="adjusted_quantity_is_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["count", "breakage", "gift", "expiry", "theft", "other"]),
                name="adjustment_reason_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(note=""), name="another_reason_is_told_in_a_note"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.product} ({self.get_reason_display()})"
