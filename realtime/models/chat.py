"""Who talks with whom, what was said, and how far each has read."""

from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realtime.events import MOST_CHARACTERS, MessageCreated, MessageDeleted, MessageRead
from realtime.keys import uuid7_key
from realtime.triggers import Publish

TO_ALL = "unnest(realtime_streams_of(NEW.conversation_id))"
TO_READERS = "unnest(realtime_told_of_reading(NEW.conversation_id, NEW.user_id))"
MESSAGE = {"message": "NEW.id", "conversation": "NEW.conversation_id", "number": "NEW.number"}
READ = {"conversation": "NEW.conversation_id", "reader": "NEW.user_id", "number": "NEW.number"}


class Conversation(models.Model):
    """Of all who are admitted to a stream, one for each stream; or of two people, one for each two."""

    id = uuid7_key()
    stream = models.CharField(  # noqa: DJ001
        _("stream"), max_length=99, null=True, blank=True, unique=True, db_collation="C"
    )
    first = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("first person"),
        null=True,
        blank=True,
        db_index=False,
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("second person"),
        null=True,
        blank=True,
    )
    last_number = models.BigIntegerField(_("last number"), db_default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_people_have_one_conversation"),
            models.CheckConstraint(
                condition=Q(stream__isnull=False, first=None, second=None)
                | Q(stream=None, first__isnull=False, second__isnull=False, first__lt=F("second")),
                name="a_conversation_is_of_a_stream_or_of_two",
            ),
        ]

    def __str__(self) -> str:
        return self.stream or f"{self.first} · {self.second}"

    def other(self, person: UUID) -> UUID | None:
        """Of two, the one beside this person; None for who isn't one of them."""
        return {self.first_id: self.second_id, self.second_id: self.first_id}.get(person)


class Message(models.Model):
    """Said once (`key` is the client's), numbered in the order of commits; taken back, it loses its text for good."""

    id = uuid7_key()
    conversation = models.ForeignKey(
        Conversation, models.PROTECT, related_name="messages", verbose_name=_("conversation"), db_index=False
    )
    number = models.BigIntegerField(_("number"), db_default=0)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"), db_index=False
    )
    key = models.UUIDField(_("client's key"))
    text = models.CharField(_("text"), max_length=MOST_CHARACTERS, blank=True)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("deleted by"),
        null=True,
        blank=True,
        db_index=False,
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="a_number_is_given_once"),
            models.UniqueConstraint(fields=["conversation", "author", "key"], name="a_key_says_one_message"),
            models.CheckConstraint(
                condition=Q(deleted_at=None, deleted_by=None) & ~Q(text="")
                | Q(deleted_at__isnull=False, deleted_by__isnull=False, text=""),
                name="what_was_deleted_has_no_text",
            ),
        ]
        triggers = [
            Publish(
                MessageCreated,
                stream=TO_ALL,
                data=MESSAGE | {"author": "NEW.author_id", "text": "NEW.text"},
                operation=pgtrigger.Insert,
            ),
            Publish(
                MessageDeleted,
                stream=TO_ALL,
                data=MESSAGE,
                operation=pgtrigger.UpdateOf("deleted_at"),
                condition=pgtrigger.Q(old__deleted_at__isnull=True, new__deleted_at__isnull=False),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.conversation} {self.number}"


class ReadMark(models.Model):
    """Up to which number a person has read a conversation. It only rises."""

    id = uuid7_key()
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="marks", verbose_name=_("conversation"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"), db_index=False
    )
    number = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="a_person_reads_at_one_place")]
        triggers = [
            Publish(
                MessageRead,
                stream=TO_READERS,
                data=READ,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__number__gt=0),
                name="message_read_first",
            ),
            Publish(
                MessageRead,
                stream=TO_READERS,
                data=READ,
                operation=pgtrigger.UpdateOf("number"),
                condition=pgtrigger.AnyChange("number"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.number}"
