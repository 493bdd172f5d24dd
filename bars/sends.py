"""What a client may send besides requests: messages and read marks, and the sign that somebody is typing."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from bars.conversations import seat_in
from bars.services.chat import read_up_to, say, take_back
from bars.texts import CleanLines
from realtime.events import MESSAGES, MOST_CHARACTERS
from realtime.streams import Action, Signal

Text = Annotated[CleanLines, Field(min_length=1, max_length=MOST_CHARACTERS)]
Number = Annotated[int, Field(strict=True, ge=0, lt=2**63)]


class InConversation(BaseModel):
    model_config = ConfigDict(extra="forbid")
    conversation: UUID


class MessageSend(InConversation):
    key: UUID
    text: Text


class MessageRead(InConversation):
    number: Number


class MessageDelete(InConversation):
    message: UUID


def send(user: Any, asked: MessageSend) -> dict[str, Any]:
    said = say(seat_in(user, asked.conversation), key=asked.key, text=asked.text)
    message = said.message
    return {
        "message": str(message.pk),
        "number": message.number,
        "created_at": message.created_at.isoformat(),
        "replayed": said.is_replay,
    }


def read(user: Any, asked: MessageRead) -> None:
    read_up_to(seat_in(user, asked.conversation), asked.number)


def delete(user: Any, asked: MessageDelete) -> None:
    take_back(seat_in(user, asked.conversation), asked.message)


def typing(is_typing: bool) -> Callable[[Any, InConversation], tuple[str, str, dict[str, Any]]]:
    """To the team, or to the other of two."""

    def route(user: Any, asked: InConversation) -> tuple[str, str, dict[str, Any]]:
        seat = seat_in(user, asked.conversation)
        told = {"conversation": str(asked.conversation), "person": str(user.pk), "typing": is_typing}
        if seat.conversation.stream:
            return seat.stream, MESSAGES, told
        return f"user.{seat.conversation.other(user.pk)}", MESSAGES, told

    return route


SENDS: tuple[Action | Signal, ...] = (
    Action("message.send", MessageSend, send),
    Action("message.read", MessageRead, read),
    Action("message.delete", MessageDelete, delete),
    Signal("typing.start", InConversation, typing(True)),
    Signal("typing.stop", InConversation, typing(False)),
)
