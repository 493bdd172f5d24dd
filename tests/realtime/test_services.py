"""What any app may tell: inside its transaction, to a person, to several, to everybody."""

import time
from typing import ClassVar
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.transaction import TransactionManagementError

from bars.events import UserRegistered
from bars.streams import OWN_TOPICS, admit_everyone, admit_to_self, open_own_topic
from realtime.events import SystemAlerted
from realtime.services import broadcast, connected_clients, is_user_connected, send_to_user, send_to_users
from realtime.streams import Event
from tests.realtime.follower import Follower, events, sub
from tests.realtime.numbering import logged

pytestmark = pytest.mark.django_db(transaction=True)


class GlassBroken(Event):
    """As an app of its own would declare it (docs/realtime.md)."""

    type: ClassVar[str] = "glass.broken"
    topic: ClassVar[str] = "glasses"
    glass: UUID


GLASS = GlassBroken(glass=UUID(int=1))


def told(member):
    return [type_ for _, type_, _ in logged(f"user.{member.user_id}")]


def test_what_is_sent_to_a_person_is_numbered_on_their_stream_once(awa, koffi):
    before = told(koffi)

    with transaction.atomic():
        send_to_users([awa.user_id, awa.user_id], GLASS)
        send_to_user(awa.user_id, GLASS)

    assert told(awa)[-2:] == ["glass.broken"] * 2
    assert told(koffi) == before


@pytest.mark.parametrize("send", [lambda user: send_to_user(user, GLASS), lambda user: broadcast(GLASS)])
def test_nothing_is_told_outside_a_transaction(send, awa):
    before = told(awa)

    with pytest.raises(TransactionManagementError):
        send(awa.user_id)

    assert (told(awa), logged("everyone")) == (before, [])


def test_what_is_rolled_back_was_never_told(awa):
    before = told(awa)

    with transaction.atomic():
        send_to_user(awa.user_id, GLASS)
        transaction.set_rollback(True)

    assert told(awa) == before


def test_what_is_sent_to_a_person_reaches_every_screen_of_theirs_and_nobody_else(stack, awa, koffi):
    """In one transaction, with an event of an app above."""
    noted = UserRegistered(user=UUID(int=1))
    with Follower(stack, awa) as mine, Follower(stack, awa) as tablet, Follower(stack, koffi) as other:
        for socket in (mine, tablet):
            socket.hello(sub(f"user.{awa.user_id}", "account"))
        other.hello(sub(f"user.{koffi.user_id}", "account"))

        with transaction.atomic():
            send_to_users([awa.user_id, koffi.user_id], noted)
            send_to_user(awa.user_id, noted)

        heard = ("user.registered", {"user": str(UUID(int=1))})
        assert [told for _, told in events(mine.frames(1) + tablet.frames(1))] == [[heard] * 2] * 2
        assert [told for _, told in events(other.frames(1))] == [[heard]]


def test_a_topic_of_ones_own_is_opened_by_the_app_that_sends_on_it(awa, koffi):
    assert "glasses" not in admit_to_self(awa.user, str(awa.user_id))

    open_own_topic("glasses")

    try:
        assert "glasses" in admit_to_self(awa.user, str(awa.user_id))
        assert admit_to_self(koffi.user, str(awa.user_id)) is None
    finally:
        OWN_TOPICS.discard("glasses")


def test_a_broadcast_is_one_event_that_everybody_signed_in_hears(stack, awa, zoe):
    alert = SystemAlerted(level="warning", text="Back in five minutes")
    with Follower(stack, awa) as here, Follower(stack, zoe) as there:
        here.hello(sub("everyone"))
        there.hello(sub("everyone"))

        with transaction.atomic():
            broadcast(alert)

        heard = [("system.alerted", {"level": "warning", "text": "Back in five minutes"})]
        assert [kind for _, kind in events(here.frames(1))] == [heard]
        assert [kind for _, kind in events(there.frames(1))] == [heard]
    assert [type_ for _, type_, _ in logged("everyone")] == ["system.alerted"]


def test_nobody_in_particular_hears_no_broadcast(awa):
    assert admit_everyone(AnonymousUser(), "") is None
    assert admit_everyone(awa.user, "else") is None
    assert "alerts" in admit_everyone(awa.user, "")


def test_a_person_is_connected_while_a_socket_is_open(stack, awa, koffi):
    with Follower(stack, awa) as socket:
        socket.hello(sub(f"user.{awa.user_id}"))

        assert [is_user_connected(member.user_id) for member in (awa, koffi)] == [True, False]
        assert len(connected_clients(awa.user_id)) == 1

    end = time.monotonic() + 5
    while is_user_connected(awa.user_id) and time.monotonic() < end:
        time.sleep(0.05)
    assert connected_clients(awa.user_id) == []
