"""Bottles that clients have paid for and left at the bar."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from sales.models.sale import MOST_OF_ONE, Line, Sale
from sales.streams import ConsignmentChanged


class Consignment(models.Model):
    """Bottles that a client has paid for and left at the bar: back in stock, reserved until they are claimed.

    `claimed` is kept by the claims' trigger.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("consignment", "active")
        CLAIMED = "claimed", _("claimed")
        FORFEITED = "forfeited", _("forfeited")
        EXPIRED = "expired", _("expired")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="consignments", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    sale = models.ForeignKey(
        Sale, models.PROTECT, related_name="consignments", verbose_name=_("sale"), db_constraint=False, db_index=False
    )
    line = models.ForeignKey(
        Line, models.PROTECT, related_name="consignments", verbose_name=_("line"), db_constraint=False, db_index=False
    )
    client = models.CharField(_("client"), max_length=80)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    claimed = models.PositiveSmallIntegerField(_("claimed so far"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField(_("left at"), db_default=Now())
    expires_at = models.DateTimeField(_("kept until"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("kept by"), db_index=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("ended by"),
        null=True,
        blank=True,
        db_index=False,
    )
    decided_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consignment")
        verbose_name_plural = _("consignments")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_consigns_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="consignment_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="consigned_quantity_is_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "claimed", "forfeited", "expired"]),
                name="consignment_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="claimed", claimed=F("quantity"))
                | ~Q(status="claimed") & Q(claimed__gte=0, claimed__lt=F("quantity")),
                name="no_more_is_claimed_than_was_left",
            ),
        ]
        indexes = [
            models.Index(fields=["bar", "expires_at"], condition=Q(status="active"), name="consignment_active"),
            models.Index(fields=["sale", "line"], name="consignment_by_sale_and_line"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=["status", "claimed", "decided_by", "decided_at", "expires_at", "client", "phone"]
                ),
            ),
            Publish(
                ConsignmentChanged,
                stream="'bar.' || NEW.bar_id",
                data={"consignment": "NEW.id", "status": "NEW.status"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "claimed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"


class Claim(models.Model):
    """So many bottles of a consignment handed over to their client. A ledger."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    consignment = models.ForeignKey(
        Consignment, models.PROTECT, related_name="claims", verbose_name=_("consignment"), db_constraint=False
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_claims_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="claim_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="claimed_quantity_is_in_bounds"
            ),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.consignment}"
