"""What the chat of a bar begins with: who talks with whom, how far it has come, and its sentences."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bars.conversations import colleagues, conversations
from bars.models import Bar, Member, User
from bars.permissions import Permission
from bars.visitors import Visitor
from realtime.snapshot import snapshot


def chat_of(user: User, member: Member) -> dict[str, Any]:
    """The team of this bar and each colleague, with the cursors that the page goes on from."""
    people = [{"person": one.pk, "name": one.first_name or one.username} for one in colleagues(user)]
    streams = own_streams(user, member.bar_id)
    with snapshot(streams) as at:
        found = [asdict(one) for one in conversations(user)]
        cursors = {stream: at.cursor(stream) for stream in streams}
    return {
        "me": user.pk,
        "bar": member.bar_id,
        "moderates": member.can(Permission.MODERATE_CHAT),
        "conversations": found,
        "people": people,
        "cursors": cursors,
    }


def chat_count_of(visitor: Visitor, bar: Bar) -> dict[str, Any]:
    """How much a person hasn't read of what the chat of a bar shows, and what the number is kept by from then on.

    The cursors are read first: what is told twice counts once, by the number of the message.
    """
    user, streams = visitor.user, own_streams(visitor.user, bar.pk)
    # Who has just left the bar may follow it no more.
    cursors = {stream: visitor.cursors[stream] for stream in streams if stream in visitor.cursors}
    found = [one for one in conversations(user, visitor.members) if one.bar in (None, bar.pk)]
    return {
        "count": sum(one.unread for one in found),
        "chat": {
            "me": user.pk,
            "bar": bar.pk,
            "cursors": {stream: str(cursor) for stream, cursor in cursors.items()},
            "conversations": [
                {"id": one.id, "bar": one.bar, "unread": one.unread, "last": one.last and {"number": one.last.number}}
                for one in found
            ],
        },
        "texts": {"unread": chat_texts()["unread"]},
    }


def own_streams(user: User, bar_id: UUID) -> list[str]:
    """By which news of a bar's chat come."""
    return [f"bar.{bar_id}", f"user.{user.pk}"]


def chat_texts() -> dict[str, str | dict[str, str]]:
    """{places} are filled in the browser, plural forms chosen by count."""
    return {
        "team": _("The whole team"),
        "you": _("You: {text}"),
        "said": _("{name}: {text}"),
        "nothing_yet": _("No message yet"),
        "deleted": _("Message deleted"),
        "somebody": _("Somebody"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "typing": _("{name} is typing…"),
        "typing_many": _("Several people are typing…"),
        "here": _("Online"),
        "away": _("Offline"),
        "nobody_here": _("Nobody else is online"),
        "here_count": {
            "one": ngettext("{count} person online", "{count} people online", 1),
            "other": ngettext("{count} person online", "{count} people online", 2),
        },
        "sending": _("Sending…"),
        "failed": _("Not sent."),
        "read": _("Read"),
        "seen_by": _("Seen by {count}"),
        "delete": _("Delete this message"),
        "delete_surely": _("Delete?"),
        "unread": {
            "one": ngettext("{count} unread message", "{count} unread messages", 1),
            "other": ngettext("{count} unread message", "{count} unread messages", 2),
        },
        "first_team": _("Nobody has said anything yet. What you write here, the whole team reads."),
        "first_of_two": _("Nothing here yet. What you write, only {name} reads."),
    }
