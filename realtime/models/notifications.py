"""What somebody should look at: one row for a fact, however many may see it, and each person's marks on it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realtime.events import NotificationCreated, NotificationDeleted, NotificationRead, NotificationResolved
from realtime.keys import uuid7_key
from realtime.triggers import Publish

TELLS = {"notification": "NEW.id", "kind": "NEW.kind", "subject": "NEW.subject", "data": "NEW.data"}
MARKED = {"notification": "NEW.notification_id"}


class Notification(models.Model):
    """Seen by whoever is admitted to its stream and topic. `subject` is what it is about: told once while it lasts."""

    id = uuid7_key()
    stream = models.CharField(_("stream"), max_length=99, db_collation="C")
    topic = models.CharField(_("topic"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=99, blank=True, default="")
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "kind", "subject"],
                condition=Q(resolved_at=None),
                name="a_fact_is_told_once_while_it_lasts",
            )
        ]
        indexes = [models.Index(fields=["stream", "-id"], name="notification_newest_first")]
        triggers = [
            Publish(
                NotificationCreated,
                stream="NEW.stream",
                topic="NEW.topic",
                data=TELLS,
                operation=pgtrigger.Insert,
            ),
            Publish(
                NotificationCreated,
                stream="NEW.stream",
                topic="NEW.topic",
                data=TELLS,
                operation=pgtrigger.UpdateOf("resolved_at"),
                condition=pgtrigger.Q(old__resolved_at__isnull=False, new__resolved_at__isnull=True),
                name="notification_came_back",
            ),
            Publish(
                NotificationResolved,
                stream="NEW.stream",
                topic="NEW.topic",
                data={"notification": "NEW.id"},
                operation=pgtrigger.UpdateOf("resolved_at"),
                condition=pgtrigger.Q(old__resolved_at__isnull=True, new__resolved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.kind} {self.subject}".strip()


def _told_once(event: type, field: str) -> list[Publish]:
    """The triggers that tell a person's own devices when a mark's moment is set."""
    to_person = "'user.' || NEW.user_id"
    is_set = pgtrigger.Q(**{f"new__{field}__isnull": False})
    return [
        Publish(
            event,
            stream=to_person,
            data=MARKED,
            operation=pgtrigger.Insert,
            condition=is_set,
            name=f"notification_{field}_at_once",
        ),
        Publish(
            event,
            stream=to_person,
            data=MARKED,
            operation=pgtrigger.UpdateOf(field),
            condition=is_set & pgtrigger.Q(**{f"old__{field}__isnull": True}),
            name=f"notification_{field}_later",
        ),
    ]


class NotificationMark(models.Model):
    """That this person has read a notification, or doesn't want to see it any more."""

    id = uuid7_key()
    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="marks", verbose_name=_("notification"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"), db_index=False
    )
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("mark on a notification")
        verbose_name_plural = _("marks on notifications")
        constraints = [
            models.UniqueConstraint(fields=["notification", "user"], name="a_person_marks_a_notification_once")
        ]
        triggers = [*_told_once(NotificationRead, "read_at"), *_told_once(NotificationDeleted, "deleted_at")]

    def __str__(self) -> str:
        return f"{self.user} · {self.notification}"
