"""Talking: said once, taken back for good, read up to a number. Who may is looked up before (bars/conversations.py)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from bars.transactions import KeyReused, constraint_of, durably
from realtime import clock
from realtime.errors import NotAllowed, NotFound
from realtime.models import Conversation, Message

MARK = """
INSERT INTO realtime_readmark AS mark (conversation_id, user_id, number)
SELECT id, %(reader)s, least(%(number)s, last_number) FROM realtime_conversation WHERE id = %(conversation)s
ON CONFLICT (conversation_id, user_id) DO UPDATE SET number = excluded.number WHERE excluded.number > mark.number
"""


@dataclass(frozen=True)
class Seat:
    """A person's place in a conversation. `stream` is where they hear it."""

    conversation: Conversation
    user_id: UUID
    stream: str
    may_moderate: bool


@dataclass(frozen=True)
class Said:
    """A message as it stands; `is_replay` when the key had said it before and nothing new was written."""

    message: Message
    is_replay: bool


class NotThere(NotFound):
    """For who was sent away while they wrote."""

    title = _("There is no such conversation for you.")
    constraints = ("a_message_is_from_who_is_there",)


@durably
def begin(first: UUID, second: UUID) -> Conversation:
    """The conversation of two people, made when they first want it."""
    first, second = sorted((first, second))
    Conversation.objects.bulk_create([Conversation(first_id=first, second_id=second)], ignore_conflicts=True)
    return Conversation.objects.get(first=first, second=second)


def say(seat: Seat, *, key: UUID, text: str) -> Said:
    """The same key and text say it once. Raises KeyReused, StillRunning, or NotThere for who has just left."""
    try:
        return _say(seat, key, text)
    except IntegrityError as error:
        if constraint_of(error) in NotThere.constraints:
            raise NotThere() from None
        raise


@durably
def _say(seat: Seat, key: UUID, text: str) -> Said:
    own = Message.objects.filter(conversation=seat.conversation, author=seat.user_id, key=key).select_related("author")
    is_replay = own.exists()
    if not is_replay:
        message = Message(conversation=seat.conversation, author_id=seat.user_id, key=key, text=text)
        Message.objects.bulk_create([message], ignore_conflicts=True)  # the same key at the same moment
    message = own.get()
    if message.text not in (text, ""):
        raise KeyReused()
    return Said(message, is_replay)


@durably
def take_back(seat: Seat, message_id: UUID) -> Message:
    """Take the text out of a message, for everybody and for good. Raises NotFound or NotAllowed."""
    query = "SELECT * FROM realtime_message WHERE id = %s AND conversation_id = %s FOR NO KEY UPDATE"
    message = next(iter(Message.objects.raw(query, [message_id, seat.conversation.pk])), None)
    if message is None:
        raise NotFound(_("There is no such message."))
    if message.author_id != seat.user_id and not seat.may_moderate:
        raise NotAllowed(_("Only who wrote a message takes it back."))
    if message.deleted_at is None:
        message.text, message.deleted_at, message.deleted_by_id = "", clock.now(), seat.user_id
        message.save(update_fields=["text", "deleted_at", "deleted_by"])
    return message


@durably
def read_up_to(seat: Seat, number: int) -> None:
    """Mark as read up to this number; a mark never goes back, nor ahead of what was said."""
    params: dict[str, Any] = {"reader": seat.user_id, "number": number, "conversation": seat.conversation.pk}
    with connection.cursor() as cursor:
        cursor.execute(MARK, params)
