"""Goods received, and who brings them."""

from decimal import Decimal

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
from stock.models.shelf import HIGHEST_PRICE, Product
from stock.streams import SupplyReceived

MOST_LOTS, MOST_IN_LOT = 10_000, 1_000


class Supplier(models.Model):
    """Who brings goods to a bar."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="suppliers", verbose_name=_("bar"), db_index=False)
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("delivers"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bar", "name"], name="supplier_name_is_unique_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="supplier_belongs_to_its_bar"),
        ]

    def __str__(self) -> str:
        return self.name


class Supply(models.Model):
    """So many lots of one product received, at a price a lot in minor units. A ledger.

    A mistake is taken back by a mirror: a row with the opposite number of lots that names it in `reverses`.
    """

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")  # out of the bar's drawer
        MOBILE_MONEY = "mobile_money", _("mobile money")
        CARD = "card", _("card")
        CREDIT = "credit", _("credit")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="supplies", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="supplies", verbose_name=_("product"), db_constraint=False
    )
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        related_name="supplies",
        verbose_name=_("supplier"),
        null=True,
        blank=True,
        db_constraint=False,
    )
    lots = models.IntegerField(_("lots"))
    lot_size = models.PositiveSmallIntegerField(_("units in a lot"))
    lot_price = models.PositiveBigIntegerField(_("price of a lot"))
    payment = models.CharField(_("paid with"), max_length=12, choices=Payment)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="reversal",
        verbose_name=_("reverses"),
        null=True,
        blank=True,
        db_constraint=False,
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    cost_before = models.DecimalField(
        _("average cost before"), max_digits=16, decimal_places=4, db_default=Decimal(0), editable=False
    )
    business_date = models.DateField(_("business date"))
    created_at = models.DateTimeField(pgettext_lazy("supply", "received at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_supplies_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="supply_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(lots__gte=1, lots__lte=MOST_LOTS, reverses=None)
                | Q(lots__lte=-1, lots__gte=-MOST_LOTS, reverses__isnull=False),
                name="only_a_reversal_takes_lots_away",
            ),
            models.CheckConstraint(
                condition=Q(lot_size__gte=1, lot_size__lte=MOST_IN_LOT), name="lot_holds_1_to_1000_units"
            ),
            models.CheckConstraint(condition=Q(lot_price__lte=HIGHEST_PRICE), name="lot_price_is_in_bounds"),
            models.CheckConstraint(
                condition=Q(payment__in=["cash", "mobile_money", "card", "credit"]), name="supply_payment_is_known"
            ),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="a_supply_does_not_reverse_itself"),
        ]
        indexes = [
            models.Index(fields=["bar", "business_date"], name="supply_by_date"),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            Publish(
                SupplyReceived,
                stream="'bar.' || NEW.bar_id",
                data={"supply": "NEW.id", "product": "NEW.product_id", "units": "NEW.lots * NEW.lot_size"},
                operation=pgtrigger.Insert,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lots} × {self.lot_size} {self.product}"

    @property
    def units(self) -> int:
        return self.lots * self.lot_size

    @property
    def total(self) -> int:
        """What it cost, in minor units."""
        return self.lots * self.lot_price
