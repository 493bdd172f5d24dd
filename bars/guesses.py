"""What tries at passwords have cost so far, in Postgres: for all processes alike, and with Valkey dead."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Guess(models.Model):
    """How far a source of tries is in debt (bars/services/guessing.py). Its key is a digest: no name, no address."""

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    free_at = models.DateTimeField(_("free again"))

    class Meta:
        verbose_name = _("tries at a password")
        verbose_name_plural = _("tries at passwords")

    def __str__(self) -> str:
        return self.key[:8]
