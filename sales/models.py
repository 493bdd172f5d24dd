"""What was sold, to whom it is credited, and what a client has left behind."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import TERMS, TERMS_STAY, Bar, Member
from bars.permissions import Permission
from realtime.triggers import Publish
from sales.streams import ConsignmentChanged, SaleChanged, SaleCreated
from stock.models import HIGHEST_PRICE, Product

MOST_OF_ONE = 999  # units of one product in a sale
SALE_EVENT = {"sale": "NEW.id", "status": "NEW.status", "total": "NEW.total"}
TO_BAR, TO_SELLER = "'bar.' || NEW.bar_id", "'user.' || NEW.sold_by_id"


class SaleQuerySet(models.QuerySet["Sale"]):
    def validated(self) -> Self:
        return self.filter(status=Sale.Status.VALIDATED)

    def on(self, day: Any) -> Self:
        return self.filter(business_date=day)

    def visible_to(self, member: Member) -> Self:
        """The bar's sales, or only the member's own."""
        mine = self.filter(bar_id=member.bar_id)
        return mine if member.can(Permission.SEE_ALL_SALES) else mine.filter(sold_by_id=member.user_id)

    def newest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")


class Sale(models.Model):
    """A basket that was paid, or waits for a manager. `key` is the client's, `id` the server's."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        VALIDATED = "validated", _("validated")
        REJECTED = "rejected", _("rejected")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        NEEDS_REVIEW = "needs_review", _("needs review")

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")
        MOBILE_MONEY = "mobile_money", _("mobile money")
        CARD = "card", _("card")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="sales", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status)
    mode = models.CharField(_("operating mode then"), max_length=10, choices=Bar.Mode)
    payment = models.CharField(_("payment"), max_length=12, choices=Payment)
    total = models.PositiveBigIntegerField(_("total"))
    currency = models.CharField(_("currency"), max_length=3)
    sold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sold by"), db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("typed by"), db_index=False
    )
    occurred_at = models.DateTimeField(_("sold at"))
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    business_date = models.DateField(_("business date"))

    objects = SaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_sells_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="sale_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "validated", "rejected", "expired", "cancelled", "needs_review"]),
                name="status_is_known",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="sale_currency_is_a_code"),
        ]
        indexes = [
            models.Index(fields=["bar", "-occurred_at", "-id"], name="sale_newest_first"),
            models.Index(fields=["bar", "sold_by", "-occurred_at", "-id"], name="sale_newest_first_of_seller"),
            models.Index(
                fields=["bar", "business_date"], condition=Q(status="validated"), name="sale_validated_by_date"
            ),
            models.Index(fields=["bar"], condition=Q(status="pending"), name="sale_pending"),
        ]
        triggers = [
            Publish(SaleCreated, stream=TO_BAR, data=SALE_EVENT, operation=pgtrigger.Insert),
            Publish(
                SaleCreated, stream=TO_SELLER, data=SALE_EVENT, operation=pgtrigger.Insert, name="own_sale_created"
            ),
            Publish(
                SaleChanged,
                stream=TO_BAR,
                data=SALE_EVENT,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.AnyChange("status"),
            ),
            Publish(
                SaleChanged,
                stream=TO_SELLER,
                data=SALE_EVENT,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.AnyChange("status"),
                name="own_sale_changed",
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["status"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.total} {self.currency}"


class Line(models.Model):
    """So many of one product in a sale, at the name, price and cost of that moment."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    sale = models.ForeignKey(
        Sale, models.PROTECT, related_name="lines", verbose_name=_("sale"), db_constraint=False, db_index=False
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="lines", verbose_name=_("product"), db_constraint=False
    )
    name = models.CharField(_("name"), max_length=80)
    unit_price = models.PositiveBigIntegerField(_("unit price"))
    unit_cost = models.DecimalField(_("unit cost"), max_digits=16, decimal_places=4)
    quantity = models.PositiveSmallIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.UniqueConstraint(fields=["sale", "product"], name="a_product_is_on_a_sale_once"),
            models.UniqueConstraint(fields=["bar", "id"], name="line_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="line_quantity_is_in_bounds"
            ),
            models.CheckConstraint(condition=Q(unit_price__lte=HIGHEST_PRICE), name="line_price_is_in_bounds"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class Consignment(models.Model):
    """Bottles that a client has paid for and left at the bar. Its services come with returns."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        CLAIMED = "claimed", _("claimed")
        FORFEITED = "forfeited", _("forfeited")
        EXPIRED = "expired", _("expired")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="consignments", verbose_name=_("bar"), db_index=False)
    line = models.ForeignKey(
        Line, models.PROTECT, related_name="consignments", verbose_name=_("line"), db_constraint=False
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField(_("left at"), db_default=Now())
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("consignment")
        verbose_name_plural = _("consignments")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="consigned_quantity_is_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "claimed", "forfeited", "expired"]),
                name="consignment_status_is_known",
            ),
        ]
        indexes = [models.Index(fields=["bar"], condition=Q(status="active"), name="consignment_active")]
        triggers = [
            Publish(
                ConsignmentChanged,
                stream=TO_BAR,
                data={"consignment": "NEW.id", "status": "NEW.status"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"


class BarWithSales(Bar):
    """A bar as its sales need it: the trigger stands here, so that SQL depends the way imports do."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="terms_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*TERMS),
                condition=pgtrigger.AnyChange(*TERMS),
                func=f"""
                IF EXISTS (SELECT FROM sales_sale WHERE bar_id = OLD.id) THEN
                    RAISE EXCEPTION 'bar % has sold: its currency, time zone and closing hour stay', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = '{TERMS_STAY}';
                END IF;
                RETURN NEW;
                """,
            )
        ]
