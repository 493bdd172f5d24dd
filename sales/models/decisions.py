"""What was decided about sales."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from sales.models.sale import Sale


class Decision(models.Model):
    """A sale going from one status to another: who, when, why. Written by a trigger; a ledger."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False)
    sale = models.ForeignKey(
        Sale, models.PROTECT, related_name="decisions", verbose_name=_("sale"), db_constraint=False
    )
    was = models.CharField(_("was"), max_length=12, choices=Sale.Status)
    became = models.CharField(_("became"), max_length=12, choices=Sale.Status)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
        null=True,
        blank=True,
        db_index=False,
    )
    decided_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_was_display()} → {self.get_became_display()}"
