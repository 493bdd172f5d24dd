"""What comes back over the counter."""

from typing import NamedTuple

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from sales.models.sale import MOST_OF_ONE, Line, Sale
from sales.streams import ReturnChanged


class Consequence(NamedTuple):
    """Whether money goes back to the client, and whether the bottle goes back on the shelf."""

    refunds: bool
    restocks: bool


class Return(models.Model):
    """So many of one line taken back. `refund` is money in minor units, given back on its business date."""

    class Reason(models.TextChoices):
        WRONG_ITEM = "wrong_item", _("wrong item")
        EXCHANGE = "exchange", _("exchange")
        DEFECTIVE = "defective", _("defective")
        UNCONSUMED = "unconsumed", _("not consumed")
        EXPIRED = "expired", _("past its date")
        OTHER = "other", _("other")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        RESTOCKED = "restocked", _("restocked")
        REJECTED = "rejected", pgettext_lazy("return", "rejected")

    # Of `other` the manager decides.
    CONSEQUENCES = {
        Reason.WRONG_ITEM: Consequence(refunds=True, restocks=True),
        Reason.EXCHANGE: Consequence(refunds=False, restocks=True),
        Reason.DEFECTIVE: Consequence(refunds=True, restocks=False),
        Reason.UNCONSUMED: Consequence(refunds=False, restocks=True),
        Reason.EXPIRED: Consequence(refunds=True, restocks=False),
    }

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="returns", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    sale = models.ForeignKey(
        Sale, models.PROTECT, related_name="returns", verbose_name=_("sale"), db_constraint=False, db_index=False
    )
    line = models.ForeignKey(
        Line, models.PROTECT, related_name="returns", verbose_name=_("line"), db_constraint=False, db_index=False
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    refunds = models.BooleanField(_("gives money back"))
    restocks = models.BooleanField(_("goes back on the shelf"))
    refund = models.PositiveBigIntegerField(_("refund"), default=0)
    refund_with = models.CharField(  # noqa: DJ001
        _("refunded with"), max_length=12, choices=Sale.Payment, null=True, blank=True
    )
    business_date = models.DateField(_("business date of the refund"), null=True, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False, db_default="")
    created_at = models.DateTimeField(_("asked at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"), db_index=False
    )
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
    restocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("put back on the shelf by"),
        null=True,
        blank=True,
        db_index=False,
    )

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_takes_back_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="return_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="returned_quantity_is_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "approved", "restocked", "rejected"]), name="return_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reason="wrong_item", refunds=True, restocks=True)
                | Q(reason__in=["exchange", "unconsumed"], refunds=False, restocks=True)
                | Q(reason__in=["defective", "expired"], refunds=True, restocks=False)
                | Q(reason="other") & ~Q(note=""),
                name="the_reason_decides_refund_and_restock",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "restocked"], refunds=True, refund_with__isnull=False)
                | Q(refund=0, refund_with=None),
                name="only_an_approved_return_gives_money_back",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_by=None, business_date=None)
                | Q(status="rejected", decided_by__isnull=False, business_date=None)
                | Q(status__in=["approved", "restocked"], decided_by__isnull=False, business_date__isnull=False),
                name="a_return_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="restocked") & Q(restocked_by=None)
                | Q(status="restocked", restocks=True, restocked_by__isnull=False),
                name="only_what_restocks_is_restocked",
            ),
        ]
        indexes = [
            models.Index(fields=["sale", "line"], name="return_by_sale_and_line"),
            models.Index(
                fields=["bar", "business_date"],
                condition=Q(status__in=["approved", "restocked"]),
                name="return_refunded_by_date",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=[
                        "status",
                        "refunds",
                        "restocks",
                        "refund",
                        "refund_with",
                        "business_date",
                        "decided_by",
                        "decided_at",
                        "restocked_by",
                    ]
                ),
            ),
            Publish(
                ReturnChanged,
                stream="'bar.' || NEW.bar_id",
                data={"returned": "NEW.id", "sale": "NEW.sale_id", "status": "NEW.status"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
