"""Who opens a WebSocket, when the process's shared thread is held up and when the database is away."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError

from bars import sockets
from bars.sockets import PersonMiddleware
from tests import factories

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def handshakes(transactional_db, koffi):
    """Koffi's, by token and by the cookie of a page."""
    session = {
        SESSION_KEY: str(koffi.user_id),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: koffi.user.get_session_auth_hash(),
    }
    header = (b"authorization", factories.bearer(koffi)["Authorization"].encode())
    return {
        "token": {"headers": [header], "has_origin": False, "session": {}},
        "cookie": {"headers": [], "has_origin": True, "session": session},
    }


async def user_of(handshake):
    async def consumer(scope, receive, send):
        return scope["user"]

    return await asyncio.wait_for(PersonMiddleware(consumer)(dict(handshake), None, None), 5)


@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_a_person_is_known_while_the_shared_thread_is_held_up(by, handshakes, koffi):
    gate = threading.Event()
    shared = asyncio.create_task(sync_to_async(gate.wait, thread_sensitive=True)(10))

    user = await user_of(handshakes[by])

    assert (user, shared.done()) == (koffi.user, False)
    gate.set()
    await shared


@pytest.mark.parametrize(
    "change",
    [
        {HASH_SESSION_KEY: "another password's"},
        {BACKEND_SESSION_KEY: "gone"},
        {SESSION_KEY: str(factories.uuid.uuid4())},
    ],
    ids=["another password", "another backend", "a person who is gone"],
)
async def test_a_session_that_has_ended_is_nobodys(change, handshakes):
    handshake = handshakes["cookie"]
    ended = handshake | {"session": handshake["session"] | change}

    assert await user_of(ended) == AnonymousUser()
    assert await user_of(handshake) != AnonymousUser()


async def test_a_cookie_without_an_origin_is_nobodys(handshakes):
    assert await user_of(handshakes["cookie"] | {"has_origin": False}) == AnonymousUser()


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed")], ids=repr)
@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_a_database_that_is_away_makes_nobody_of_no_one(by, error, handshakes, monkeypatch):
    """None, for the consumer to say "come again": AnonymousUser would send a signed-in page to the login."""

    def away(*args):
        raise error

    monkeypatch.setattr(sockets, "user_of_token", away)
    monkeypatch.setattr(sockets, "user_of_session", away)

    assert await user_of(handshakes[by]) is None
