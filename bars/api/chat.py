"""Conversations by the API: a bar's team, and two who share a bar."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status

from bars.conversations import Listed, colleagues, conversations, marks, messages, seat_in
from bars.models import User
from bars.replays import mark_replay
from bars.schemas.chat import (
    ConversationOut,
    ConversationsOut,
    MessageIn,
    MessageOut,
    MessagesPage,
    PersonOut,
    PersonWanted,
    ReadIn,
    Unread,
)
from bars.services.chat import begin, read_up_to, say, take_back
from bars.streams import streams_of
from bars.transactions import KeyReused
from realtime.errors import NotFound, refuses
from realtime.models import Message
from realtime.snapshot import snapshot

router = Router(tags=["chat"])


@router.get("/conversations", response=ConversationsOut, summary="Your conversations, the liveliest first")
def list_conversations(request: HttpRequest) -> dict[str, Any]:
    with snapshot(streams_of(request.user)) as at:  # type: ignore[arg-type]
        found = conversations(request.user)  # type: ignore[arg-type]
        return {"conversations": found, "cursors": {one.stream: at.cursor(one.stream) for one in found}}


@router.post(
    "/conversations",
    response={201: ConversationOut},
    summary="Talk with one who shares a bar with you",
    openapi_extra=refuses(NotFound),
)
def begin_conversation(request: HttpRequest, wanted: PersonWanted) -> Status[Listed]:
    """The same two have one conversation, whoever asks for it and however often."""
    person = colleagues(request.user).filter(pk=wanted.person).first()  # type: ignore[arg-type]
    if person is None:
        raise NotFound(_("There is no such person for you."))
    return Status(201, listed(request, begin(request.user.pk, person.pk).pk))  # type: ignore[arg-type]


@router.get("/conversations/people", response=list[PersonOut], summary="Who you may talk with")
def list_people(request: HttpRequest) -> QuerySet[User]:
    return colleagues(request.user)  # type: ignore[arg-type]


@router.get(
    "/conversations/{uuid:conversation_id}/messages",
    response=MessagesPage,
    summary="What was said, newest first, 50 a page",
)
def list_messages(
    request: HttpRequest,
    response: HttpResponse,
    conversation_id: UUID,
    before: int | None = Query(None, ge=0, lt=2**63),
) -> dict[str, Any]:
    """`Cursor` is of the conversation's `stream`. `marks` say how far each has read."""
    seat = seat_in(request.user, conversation_id)
    with snapshot([seat.stream]) as at:
        response["Cursor"] = at.cursor(seat.stream)
        found, following = messages(seat, before=before)
        return {"messages": found, "marks": list(marks(seat)), "next": following}


@router.post(
    "/conversations/{uuid:conversation_id}/messages",
    response={201: MessageOut},
    summary="Say something, once per key",
    openapi_extra=refuses(KeyReused),
)
def send_message(
    request: HttpRequest, response: HttpResponse, conversation_id: UUID, body: MessageIn
) -> Status[Message]:
    said = say(seat_in(request.user, conversation_id), key=body.key, text=body.text)
    mark_replay(response, said.is_replay)
    return Status(201, said.message)


@router.delete(
    "/conversations/{uuid:conversation_id}/messages/{uuid:message_id}",
    response=MessageOut,
    summary="Take a message back: nobody reads its text any more",
)
def delete_message(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> Message:
    """One's own; who moderates the chat takes any out of the team's conversation."""
    return take_back(seat_in(request.user, conversation_id), message_id)


@router.put("/conversations/{uuid:conversation_id}/read", response=Unread, summary="Mark as read up to a number")
def read_conversation(request: HttpRequest, conversation_id: UUID, body: ReadIn) -> dict[str, int]:
    read_up_to(seat_in(request.user, conversation_id), body.number)
    return {"unread": listed(request, conversation_id).unread}


def listed(request: HttpRequest, conversation_id: UUID) -> Listed:
    """A conversation as its list shows it. Raises NotFound for who has left meanwhile."""
    for one in conversations(request.user):  # type: ignore[arg-type]
        if one.id == conversation_id:
            return one
    raise NotFound(_("There is no such conversation for you."))
