"""The catalogue that operators keep for all bars: what a bar can pick instead of typing it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key


class CatalogueProduct(models.Model):
    """An article as it is sold everywhere. A bar that picks it has a product of its own from then on."""

    id = uuid7_key()
    category = models.CharField(_("category"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    sku = models.CharField(_("article number"), max_length=40, blank=True)
    lot_size = models.PositiveSmallIntegerField(_("units in a lot"), default=1)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("article of the catalogue")
        verbose_name_plural = _("catalogue")
        ordering = ["category", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="catalogue_name_is_unique"),
            models.UniqueConstraint(
                fields=["sku"], condition=~models.Q(sku=""), name="catalogue_article_number_is_unique"
            ),
            models.CheckConstraint(condition=models.Q(lot_size__gte=1), name="catalogue_lot_holds_something"),
        ]

    def __str__(self) -> str:
        return self.name
