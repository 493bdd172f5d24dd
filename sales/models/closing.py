"""The end of a business date: what was spent, the Z report, and what came after it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from sales.streams import DayClosed, ExpenseChanged
from stock.models import HIGHEST_PRICE

CLOSE_EVENT = {
    "close": "NEW.id",
    "business_date": "NEW.business_date",
    "number": "NEW.number",
    "open_again": "NEW.reopened_at IS NOT NULL",
}


class Expense(models.Model):
    """Money that a bar has spent on something other than goods. Voided, with a reason, rather than changed."""

    class Category(models.TextChoices):
        SALARY = "salary", _("salary")
        RENT = "rent", _("rent")
        ELECTRICITY = "electricity", _("electricity")
        WATER = "water", _("water")
        TRANSPORT = "transport", _("transport")
        MAINTENANCE = "maintenance", _("maintenance")
        TAXES = "taxes", _("taxes")
        OTHER = "other", _("other")

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")  # out of the bar's drawer
        MOBILE_MONEY = "mobile_money", _("mobile money")
        CARD = "card", _("card")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="expenses", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    category = models.CharField(_("category"), max_length=12, choices=Category)
    amount = models.PositiveBigIntegerField(_("amount"))
    payment = models.CharField(_("paid with"), max_length=12, choices=Payment)
    note = models.CharField(_("note"), max_length=200, blank=True)
    business_date = models.DateField(_("business date"))
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("voided by"),
        null=True,
        blank=True,
        db_index=False,
    )
    void_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("expense")
        verbose_name_plural = _("expenses")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_spends_once_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="expense_belongs_to_its_bar"),
            models.CheckConstraint(condition=Q(amount__gte=1, amount__lte=HIGHEST_PRICE), name="expense_is_in_bounds"),
            models.CheckConstraint(
                condition=Q(payment__in=["cash", "mobile_money", "card"]), name="expense_payment_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(category="other") | ~Q(note=""), name="another_expense_is_told_in_a_note"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None)
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
                name="who_voids_an_expense_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["bar", "business_date"], name="expense_by_date"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["voided_at", "voided_by", "void_reason"]),
            ),
            Publish(
                ExpenseChanged,
                stream="'bar.' || NEW.bar_id",
                data={"expense": "NEW.id", "amount": "NEW.amount", "voided": "NEW.voided_at IS NOT NULL"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("voided_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.amount}"


class DayClose(models.Model):
    """The Z report of a business date, and of those before it that were left open (`since`).

    Figures are filled in by the database as it is inserted, and stay. An owner may open the last one again;
    another close with a number of its own then takes its place. What comes after a close, such as a sale
    that a phone kept, goes to its addenda.
    """

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="closes", verbose_name=_("bar"), db_index=False)
    business_date = models.DateField(_("business date"))
    since = models.DateField(_("first business date of it"))
    number = models.PositiveIntegerField(_("number"))
    currency = models.CharField(_("currency"), max_length=3)
    sales = models.PositiveIntegerField(_("sales"))
    gross = models.BigIntegerField(_("validated sales"))
    discounts = models.BigIntegerField(_("discounts given"))
    refunds = models.BigIntegerField(_("refunds"))
    net = models.BigIntegerField(_("revenue"))
    by_payment = models.JSONField(_("sales by payment"))
    collected = models.JSONField(_("collected from tabs and credits"))
    opening_cash = models.BigIntegerField(_("cash at opening"))
    carried_cash = models.BigIntegerField(_("cash of closed days since the last close"))
    cash_in = models.BigIntegerField(_("cash taken"))
    cash_out = models.BigIntegerField(_("cash given out"))
    expected_cash = models.BigIntegerField(_("cash expected"))
    counted_cash = models.BigIntegerField(_("cash counted"))
    left_cash = models.BigIntegerField(_("cash left for the next day"))
    difference = models.BigIntegerField(_("difference"))
    perpetual_total = models.BigIntegerField(_("all sales ever validated since the first close"))
    undecided = models.JSONField(_("expired, and to review"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), db_default=Now())
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("closed by"), db_index=False
    )
    reopened_at = models.DateTimeField(_("opened again at"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("opened again by"),
        null=True,
        blank=True,
        db_index=False,
    )
    reopen_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("close of a day")
        verbose_name_plural = _("closes of days")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="close_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["bar", "number"], name="close_number_is_given_once"),
            models.UniqueConstraint(
                fields=["bar", "business_date"], condition=Q(reopened_at=None), name="a_day_is_closed_once"
            ),
            models.CheckConstraint(
                condition=Q(counted_cash__gte=0, left_cash__gte=0, left_cash__lte=models.F("counted_cash")),
                name="no_more_is_left_than_was_counted",
            ),
            models.CheckConstraint(
                condition=Q(since__lte=models.F("business_date")), name="a_close_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False) & ~Q(reopen_reason=""),
                name="who_opens_a_day_again_says_why",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="figures_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["reopened_at", "reopened_by", "reopen_reason"]),
            ),
            Publish(
                DayClosed,
                stream="'bar.' || NEW.bar_id",
                data=CLOSE_EVENT,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("reopened_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"Z {self.number} {self.business_date}"


class Addendum(models.Model):
    """What has changed a closed day afterwards: by how much its revenue and its cash. Written by triggers; a ledger.

    Cash that is carried has gone through the drawer since the day was counted, so the next close expects it.
    Other cash was in the drawer already when it was last counted, and explains the difference of that count.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("late sale")
        CANCELLATION = "cancellation", _("cancelled sale")
        REFUND = "refund", _("refund")
        COLLECTION = "collection", _("tab or credit paid")
        EXPENSE = "expense", _("expense")
        VOID = "void", _("voided expense")
        SUPPLY = "supply", _("supply")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    close = models.ForeignKey(
        DayClose, models.PROTECT, related_name="addenda", verbose_name=_("close"), db_constraint=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    cause_id = models.UUIDField(_("document"))
    revenue = models.BigIntegerField(_("revenue"))
    cash = models.BigIntegerField(_("cash"))
    is_carried = models.BooleanField(_("in the cash of the next close"))
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")
        constraints = [
            models.UniqueConstraint(fields=["close", "kind", "cause_id"], name="a_close_is_changed_once_by_a_cause"),
        ]
        indexes = [models.Index(fields=["bar", "-created_at"], name="addendum_newest_first")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.revenue:+d}"
