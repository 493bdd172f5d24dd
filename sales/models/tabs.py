"""Tabs: sales on a name or a table, paid once for all."""

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
from sales.streams import TabChanged


class Tab(models.Model):
    """A log of sales on a name or a table. A trigger counts the tabs of a business date by `number`.

    `opened_as` is the name that its key stands for, whatever it is called later.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="tabs", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    business_date = models.DateField(_("business date"))
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name or table"), max_length=80)
    opened_as = models.CharField(pgettext_lazy("tab", "first name"), max_length=80, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by"), db_index=False
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now())
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("tab")
        verbose_name_plural = _("tabs")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_opens_one_tab_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="tab_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["bar", "business_date", "number"], name="tab_number_is_given_once_a_day"),
            models.CheckConstraint(condition=~Q(name=""), name="tab_has_a_name"),
            models.CheckConstraint(
                condition=Q(status="open", settled_at=None) | Q(status="settled", settled_at__isnull=False),
                name="settled_tab_says_when",
            ),
        ]
        indexes = [models.Index(fields=["bar", "-opened_at"], condition=Q(status="open"), name="tab_open")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["status", "settled_at", "name"]),
            ),
            Publish(
                TabChanged,
                stream="'bar.' || NEW.bar_id",
                data={"tab": "NEW.id", "status": "NEW.status"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "name"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Settlement(models.Model):
    """One payment of a whole tab, or of one sale on credit: money that came in on its business date. A ledger."""

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")
        MOBILE_MONEY = "mobile_money", _("mobile money")
        CARD = "card", _("card")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="settlements", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    tab = models.ForeignKey(
        Tab,
        models.PROTECT,
        related_name="settlements",
        verbose_name=_("tab"),
        null=True,
        blank=True,
        db_constraint=False,
    )
    payment = models.CharField(_("paid with"), max_length=12, choices=Payment)
    reference = models.CharField(_("payment reference"), max_length=60, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    business_date = models.DateField(_("business date"))
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_settles_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="settlement_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["tab"], condition=Q(tab__isnull=False), name="a_tab_is_settled_once"),
            models.CheckConstraint(
                condition=Q(payment__in=["cash", "mobile_money", "card"]), name="settlement_payment_is_known"
            ),
        ]
        indexes = [models.Index(fields=["bar", "business_date"], name="settlement_by_date")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.amount} · {self.get_payment_display()}"
