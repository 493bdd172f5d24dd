"""What operators can switch for the whole installation, while it runs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Switch(models.Model):
    """On or off by name; one that isn't there is off."""

    class Name(models.TextChoices):
        EMERGENCY_POLLING = "EMERGENCY_POLLING", _("everybody polls: no live connections")

    name = models.CharField(_("switch"), max_length=40, choices=Name, primary_key=True)
    is_on = models.BooleanField(_("on"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("switch")
        verbose_name_plural = _("switches")

    def __str__(self) -> str:
        return self.get_name_display()
