"""What is tried out in some places before everybody has it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Feature(models.Model):
    """By name, and who has it: a share of all in percent, and some by their keys. One that isn't here is off."""

    name = models.SlugField(_("feature"), max_length=40, primary_key=True)
    share = models.PositiveSmallIntegerField(
        _("share in percent"), default=0, help_text=_("0 is nobody, 100 everybody. Who has it keeps it as it grows.")
    )
    keys = ArrayField(models.UUIDField(), verbose_name=_("always for"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("feature")
        verbose_name_plural = _("features")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(share__lte=100), name="share_is_a_percentage"),
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z][a-z0-9_-]*$"), name="a_feature_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
