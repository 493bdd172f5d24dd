"""What a bar sells, how much of it there is, and every change of that and of its price."""

from decimal import Decimal
from typing import Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from stock.models.catalogue import CatalogueProduct
from stock.streams import CategoryChanged, ProductChanged, StockChanged

HIGHEST_PRICE = 10**9  # minor units


class Category(models.Model):
    """A shelf of the till: beers, soft drinks."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="categories", verbose_name=_("bar"), db_index=False)
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bar", "name"], name="category_name_is_unique_in_its_bar"),
            models.UniqueConstraint(fields=["bar", "id"], name="category_belongs_to_its_bar"),
        ]
        triggers = [
            Publish(
                CategoryChanged,
                stream="'bar.' || NEW.bar_id",
                data={"category": "NEW.id"},
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", "position"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self) -> Self:
        return self.filter(is_active=True)


class Product(models.Model):
    """An article of one bar. `reserved` of its `stock` is promised to pending sales and consignments."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="products", verbose_name=_("bar"), db_index=False)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category"), db_constraint=False
    )
    name = models.CharField(_("name"), max_length=80)
    sku = models.CharField(_("article number"), max_length=40, blank=True)
    price = models.PositiveBigIntegerField(_("price"), help_text=_("In the smallest unit of the bar's currency."))
    cost = models.DecimalField(_("average cost"), max_digits=16, decimal_places=4, default=Decimal(0))
    stock = models.IntegerField(_("stock"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    alert_threshold = models.PositiveIntegerField(_("alert at"), default=6)
    is_active = models.BooleanField(_("on sale"), default=True)
    catalogue = models.ForeignKey(
        CatalogueProduct,
        models.SET_NULL,
        related_name="+",
        verbose_name=_("picked from the catalogue"),
        null=True,
        blank=True,
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["category", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="product_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["bar", "name"], name="product_name_is_unique_in_its_bar"),
            models.UniqueConstraint(
                fields=["bar", "sku"], condition=~Q(sku=""), name="article_number_is_unique_in_its_bar"
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("stock")), name="reserved_is_between_0_and_stock"
            ),
            models.CheckConstraint(condition=Q(price__lte=HIGHEST_PRICE), name="price_is_in_bounds"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="cost_is_never_negative"),
        ]
        indexes = [
            models.Index(
                fields=["bar", "category", "name"],
                condition=Q(is_active=True),
                name="product_available_of_bar",
            )
        ]
        triggers = [
            Publish(
                StockChanged,
                stream="'bar.' || NEW.bar_id",
                data={"product": "NEW.id", "stock": "NEW.stock", "available": "NEW.stock - NEW.reserved"},
                operation=pgtrigger.UpdateOf("stock", "reserved"),
                condition=pgtrigger.AnyChange("stock", "reserved"),
            ),
            Publish(
                ProductChanged,
                stream="'bar.' || NEW.bar_id",
                data={"product": "NEW.id", "price": "NEW.price", "active": "NEW.is_active"},
                operation=pgtrigger.Insert,
                name="product_created",
            ),
            Publish(
                ProductChanged,
                stream="'bar.' || NEW.bar_id",
                data={"product": "NEW.id", "price": "NEW.price", "active": "NEW.is_active"},
                operation=pgtrigger.UpdateOf("price", "is_active", "name", "category_id", "alert_threshold", "sku"),
                condition=pgtrigger.AnyChange("price", "is_active", "name", "category", "alert_threshold", "sku"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.bar_id and self.category_id and self.category.bar_id != self.bar_id:
            raise ValidationError({"category": _("This category belongs to another bar.")})


class Price(models.Model):
    """What a product cost to buy at the bar from a moment on. Written by a trigger, at each change."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="prices", verbose_name=_("product"), db_constraint=False, db_index=False
    )
    price = models.PositiveBigIntegerField(_("price"))
    since = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        indexes = [models.Index(fields=["product", "-since"], name="price_newest_first")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.product} {self.price}"


class Movement(models.Model):
    """One signed change of a product's stock, for one document. A ledger: rows are only ever added.

    The ledger moves the stock: a trigger adds each row's quantity to its product (sql/ledger_v2.sql).
    """

    class Cause(models.TextChoices):
        OPENING = "opening", _("opening stock")
        SALE = "sale", _("sale")
        CANCEL = "cancel", _("cancelled sale")
        RETURN = "return", _("return")
        CONSIGN = "consign", _("consignment")
        CLAIM = "claim", _("claimed consignment")
        SUPPLY = "supply", _("supply")
        ADJUSTMENT = "adjustment", _("adjustment")

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    product = models.ForeignKey(
        Product,
        models.PROTECT,
        related_name="movements",
        verbose_name=_("product"),
        db_constraint=False,
        db_index=False,
    )
    quantity = models.IntegerField(_("quantity"))
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    cause_id = models.UUIDField(_("document"), help_text=_("The sale, supply or other document it comes from."))
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            models.UniqueConstraint(fields=["cause_id", "product", "cause"], name="one_movement_per_cause"),
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something"),
            models.CheckConstraint(
                condition=Q(cause__in=["return", "cancel", "consign", "opening"], quantity__gt=0)
                | Q(cause__in=["sale", "claim"], quantity__lt=0)
                | Q(cause__in=["supply", "adjustment"]),
                name="movement_goes_the_way_of_its_cause",
            ),
        ]
        indexes = [models.Index(fields=["product", "-id"], name="movement_newest_first")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.product}"
