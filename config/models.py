"""What is wrong with the installation now, what was, and who has been told; and which backups were taken."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Alert(models.Model):
    """A rule's condition that holds for a subject, or did. Suspected until `opened_at`: nobody is told of it yet."""

    rule = models.SlugField(_("rule"), max_length=40)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    value = models.FloatField(_("last value"))
    since = models.DateTimeField(_("since"))
    opened_at = models.DateTimeField(_("opened"), null=True)
    calm_since = models.DateTimeField(_("calm since"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"], condition=Q(ended_at=None), name="one_open_alert_of_a_rule_and_subject"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(opened_at__isnull=False, ended_at__gte=F("opened_at")),
                name="an_alert_ends_after_it_has_opened",
            ),
        ]
        indexes = [models.Index(fields=["-ended_at"], name="alert_ended_last")]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}".strip()


class Notice(models.Model):
    """One telling of an alert by one way, due until `told_at`. Made with the change that it tells of."""

    class About(models.TextChoices):
        OPENED = "opened", _("opened")
        ENDED = "ended", _("ended")

    class Way(models.TextChoices):
        MAIL = "mail", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notices", verbose_name=_("alert"))
    about = models.CharField(_("about"), max_length=8, choices=About)
    way = models.CharField(_("way"), max_length=8, choices=Way)
    due_since = models.DateTimeField(_("due since"))
    tries = models.PositiveIntegerField(_("tries"), default=0)
    told_at = models.DateTimeField(_("told"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["alert", "about", "way"], name="an_alert_is_told_once_by_each_way"),
        ]
        indexes = [models.Index(fields=["way", "id"], condition=Q(told_at=None), name="notice_due")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.about} {self.way}"


class TakenBackup(models.Model):
    """A backup of this cluster that was verified, wherever it lies. After a restore there is none yet."""

    name = models.CharField(_("name"), max_length=40)
    ended_at = models.DateTimeField(_("ended"))

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-ended_at"]
        indexes = [models.Index(fields=["-ended_at"], name="backup_newest_first")]

    def __str__(self) -> str:
        return self.name
