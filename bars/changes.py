"""What was changed of a bar, its team, an account, a switch or a feature: by whom, and from what to what."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key


class Change(models.Model):
    """Written by triggers (sql/changes_v1.sql). `was` is None of what is new, `became` of what was deleted.

    Both hold what has changed and nothing else; what is secret by its name, without a value. No foreign keys: whoever
    may delete an account may do so still.
    """

    class Kind(models.TextChoices):
        BAR = "bar", _("bar")
        MEMBER = "member", _("member")
        ACCOUNT = "account", _("account")
        SWITCH = "switch", _("switch")
        FEATURE = "feature", _("feature")

    id = uuid7_key()
    at = models.DateTimeField(_("changed"), db_default=Now())
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    bar = models.ForeignKey(
        "bars.Bar",
        models.DO_NOTHING,
        related_name="+",
        verbose_name=_("bar"),
        null=True,
        db_index=False,
        db_constraint=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        related_name="+",
        verbose_name=_("person"),
        null=True,
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField(_("name"), max_length=40, blank=True)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        related_name="+",
        verbose_name=_("by"),
        null=True,
        db_index=False,
        db_constraint=False,
    )
    role = models.CharField(_("role of the database"), max_length=63)
    was = models.JSONField(_("was"), null=True)
    became = models.JSONField(_("became"), null=True)

    class Meta:
        verbose_name = _("change that was made")
        verbose_name_plural = _("changes that were made")
        indexes = [models.Index(fields=["bar", "-id"], name="change_newest_first")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.get_kind_display()}"
