"""A stream that ends for good, with all that was told and said in it."""

from django.db.models import Q

from realtime.models import Conversation, Event, Message, Notification, ReadMark, StreamHead, Usage


def forget_stream(stream: str) -> None:
    """Erase its log, its notifications, its conversation and its usage. Call inside a transaction.

    Who listens must have been turned away before. That messages are never deleted is a trigger's promise: let it sleep.
    """
    said = Q(conversation__in=Conversation.objects.filter(stream=stream))
    ReadMark.objects.filter(said).delete()
    Message.objects.filter(said).delete()
    for kept in (Conversation, Notification, Usage, Event, StreamHead):  # marks go with their notification
        kept.objects.filter(stream=stream).delete()
