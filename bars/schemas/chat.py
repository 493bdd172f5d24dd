"""What the API of conversations takes and gives."""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from bars.sends import Number, Text
from realtime.models import Message


class PersonOut(Schema):
    person: UUID = Field(alias="id")
    name: str

    @staticmethod
    def resolve_name(user: object) -> str:
        return user.first_name or user.username  # type: ignore[attr-defined]


class PersonWanted(Schema):
    model_config = ConfigDict(extra="forbid")
    person: UUID = Field(description="Somebody who shares a bar with you.")


class LastOut(Schema):
    number: int
    created_at: datetime
    author: UUID
    text: str = Field(description="Empty once it was taken back.")


class ConversationOut(Schema):
    id: UUID
    stream: str = Field(description="Where you hear it, on the topic `messages`.")
    bar: UUID | None
    person: UUID | None
    name: str = Field(description="Of the bar or the person.")
    unread: int = Field(description="By others, not taken back; counted up to 1000.")
    last: LastOut | None


class ConversationsOut(Schema):
    conversations: list[ConversationOut]
    cursors: dict[str, str] = Field(description="Follow each of these streams since its cursor.")


class MessageIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"key": "0d9c3c63-6f2e-4f3a-9a52-3f0e8a1c2b4d", "text": "Table 4 wants the bill"}
        },
    )
    key: UUID = Field(description="Minted by the client; asking again with it says it once.")
    text: Text


class MessageOut(Schema):
    id: UUID
    number: int = Field(description="Rises within the conversation, in the order in which messages were written.")
    author: UUID = Field(alias="author_id")
    name: str
    text: str = Field(description="Empty once it was taken back.")
    created_at: datetime
    is_deleted: bool

    @staticmethod
    def resolve_name(message: Message) -> str:
        return message.author.first_name or message.author.username

    @staticmethod
    def resolve_is_deleted(message: Message) -> bool:
        return message.deleted_at is not None


class MarkOut(Schema):
    person: UUID = Field(alias="user_id")
    number: int = Field(description="Read up to here.")


class MessagesPage(Schema):
    messages: list[MessageOut]
    marks: list[MarkOut]
    next: int | None = Field(description="Send as `before` for older ones; null at the end.")


class ReadIn(Schema):
    model_config = ConfigDict(extra="forbid")
    number: Number = Field(description="Of the newest message that was seen.")


class Unread(Schema):
    unread: int
