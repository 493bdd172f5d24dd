"""What was sold, to whom it is credited, and what became of it."""

from datetime import timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Now, Right
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import MOST_OFFLINE_HOURS, Bar, Member
from bars.permissions import Permission
from realtime.triggers import Publish
from sales.models.tabs import Settlement, Tab
from sales.streams import SaleChanged, SaleCreated
from stock.models import HIGHEST_PRICE, Product

MOST_OF_ONE = 999  # units of one product in a sale
MOST_OFFLINE = timedelta(hours=MOST_OFFLINE_HOURS)
MAY_CHANGE = [
    "status",
    "decided_by",
    "decided_at",
    "reason",
    "paid_with",
    "paid_on",
    "settlement",
    "to_verify",
    "verified_by",
]
SALE_EVENT = {"sale": "NEW.id", "status": "NEW.status", "total": "NEW.total"}
TO_BAR_AND_SELLER = "unnest(ARRAY['bar.' || NEW.bar_id, 'user.' || NEW.sold_by_id])"
TOLD = ("status", "paid_with", "to_verify")
CHANGE, HAS_CHANGED = pgtrigger.UpdateOf(*TOLD), pgtrigger.AnyChange(*TOLD)


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
        TAB = "tab", _("on a tab")
        CREDIT = "credit", _("on credit")

    class Origin(models.TextChoices):
        ONLINE = "online", _("online")
        OFFLINE = "offline", _("offline")
        IMPORT = "import", _("imported")

    UNPAID = (Payment.TAB, Payment.CREDIT)

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="sales", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status)
    mode = models.CharField(_("operating mode then"), max_length=10, choices=Bar.Mode)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin, default=Origin.ONLINE)
    payment = models.CharField(_("payment"), max_length=12, choices=Payment)
    reference = models.CharField(_("payment reference"), max_length=60, blank=True, default="")
    to_verify = models.BooleanField(_("payment to verify"), default=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("payment verified by"),
        null=True,
        blank=True,
        db_index=False,
    )
    client = models.CharField(_("client"), max_length=80, blank=True, default="")
    tab = models.ForeignKey(
        Tab, models.PROTECT, related_name="sales", verbose_name=_("tab"), null=True, blank=True, db_constraint=False
    )
    paid_with = models.CharField(_("paid with"), max_length=12, choices=Payment, null=True, blank=True)  # noqa: DJ001
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    settlement = models.ForeignKey(
        Settlement,
        models.PROTECT,
        related_name="sales",
        verbose_name=_("settlement"),
        null=True,
        blank=True,
        db_constraint=False,
    )
    discount = models.PositiveBigIntegerField(_("discount"), default=0)
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
    review = models.JSONField(_("what to look at"), null=True, blank=True)
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
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

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
            models.CheckConstraint(condition=Q(origin__in=["online", "offline", "import"]), name="origin_is_known"),
            models.CheckConstraint(
                condition=Q(payment__in=["cash", "mobile_money", "card"], settlement=None, paid_with=F("payment"))
                | Q(payment__in=["tab", "credit"], settlement=None, paid_with=None)
                | Q(
                    payment__in=["tab", "credit"],
                    settlement__isnull=False,
                    paid_with__in=["cash", "mobile_money", "card"],
                ),
                name="sale_is_paid_as_it_says_or_by_a_settlement",
            ),
            models.CheckConstraint(
                condition=Q(paid_with=None, paid_on=None)
                | Q(paid_with__isnull=False, paid_on=F("business_date"), settlement=None)
                | Q(paid_with__isnull=False, paid_on__isnull=False, settlement__isnull=False),
                name="paid_sale_has_its_date",
            ),
            models.CheckConstraint(
                condition=Q(payment="tab", tab__isnull=False) | ~Q(payment="tab") & Q(tab=None),
                name="only_a_sale_on_a_tab_has_one",
            ),
            models.CheckConstraint(condition=~Q(payment="credit") | ~Q(client=""), name="credit_has_a_name"),
            models.CheckConstraint(
                condition=Q(payment="mobile_money", to_verify=True, verified_by=None)
                | Q(payment="mobile_money", to_verify=False)
                | Q(to_verify=False, verified_by=None),
                name="only_mobile_money_is_verified",
            ),
            models.CheckConstraint(
                condition=~Q(status="needs_review") | Q(review__isnull=False), name="a_review_says_of_what"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["rejected", "cancelled"]) | Q(decided_by__isnull=False) & ~Q(reason=""),
                name="who_refuses_a_sale_says_why",
            ),
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("received_at") + timedelta(minutes=5)),
                name="no_sale_comes_from_the_future",
            ),
            models.CheckConstraint(
                condition=~Q(origin="offline") | Q(occurred_at__gte=F("received_at") - MOST_OFFLINE),
                name="no_sale_is_older_than_a_phone_may_be_offline",
            ),
        ]
        indexes = [
            models.Index(fields=["bar", "-occurred_at", "-id"], name="sale_newest_first"),
            models.Index(fields=["bar", "sold_by", "-occurred_at", "-id"], name="sale_newest_first_of_seller"),
            models.Index(
                fields=["bar", "business_date"], condition=Q(status="validated"), name="sale_validated_by_date"
            ),
            models.Index(fields=["bar", "sold_by"], condition=Q(status="pending"), name="sale_pending_of_seller"),
            # For lists of what is rare in a bar; what is common is found soon among the newest.
            models.Index(
                fields=["bar", "status", "-occurred_at", "-id"],
                condition=~Q(status="validated"),
                name="sale_not_validated",
            ),
            models.Index(
                fields=["bar", "payment", "-occurred_at", "-id"],
                condition=~Q(payment="cash"),
                name="sale_not_paid_in_cash",
            ),
            models.Index(
                fields=["bar", "-occurred_at", "-id"], condition=Q(to_verify=True), name="sale_payment_to_verify"
            ),
            models.Index(
                fields=["bar", "-id"],
                condition=Q(paid_with=None, status="validated"),
                name="sale_owed",
            ),
            # For searches. Eight signs of an id are all but unique over all bars, so the bar stays out.
            models.Index(Right(Cast("id", models.TextField()), 8), name="sale_by_reference"),
            models.Index(fields=["bar", "total", "-occurred_at", "-id"], name="sale_newest_first_of_total"),
        ]
        triggers = [
            Publish(SaleCreated, stream=TO_BAR_AND_SELLER, data=SALE_EVENT, operation=pgtrigger.Insert),
            Publish(SaleChanged, stream=TO_BAR_AND_SELLER, data=SALE_EVENT, operation=CHANGE, condition=HAS_CHANGED),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=MAY_CHANGE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.total} {self.currency}"


class Line(models.Model):
    """So many of one product in a sale, at the name, price and cost of that moment."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
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
