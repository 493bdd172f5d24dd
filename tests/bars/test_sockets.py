"""Who opens a WebSocket, when the process's shared thread is held up and when the database is away."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.test import Client

from bars import sockets
from bars.models import User
from bars.sessions import SessionStore
from bars.sockets import PersonMiddleware
from realtime import hub as hub_module
from realtime.hub import hub
from tests import factories
from tests.realtime.hubs import end_hub


@pytest.fixture(autouse=True)
async def a_hub_that_ends_with_the_test():
    yield
    for one in [one for loop, one in hub_module.running_hubs() if loop is asyncio.get_running_loop()]:
        await end_hub(one)


@pytest.fixture
def handshakes(transactional_db, koffi):
    """Koffi's, by token and by the cookie of a page."""
    browser = Client()
    browser.force_login(koffi.user)
    header = (b"authorization", factories.bearer(koffi)["Authorization"].encode())
    return {
        "token": {"headers": [header], "has_origin": False, "cookies": {}},
        "cookie": {"headers": [], "has_origin": True, "cookies": {"sessionid": browser.session.session_key}},
    }


async def scope_of(handshake):
    async def consumer(scope, receive, send):
        return scope

    return await asyncio.wait_for(PersonMiddleware(consumer)(dict(handshake), None, None), 5)


async def user_of(handshake):
    return (await scope_of(handshake))["user"]


@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_a_person_is_known_while_the_shared_thread_is_held_up(by, handshakes, koffi):
    gate = threading.Event()
    shared = asyncio.create_task(sync_to_async(gate.wait, thread_sensitive=True)(10))

    user = await user_of(handshakes[by])

    assert (user, shared.done()) == (koffi.user, False)
    gate.set()
    await shared


@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_c03_a_socket_knows_by_what_it_was_opened(by, handshakes, koffi):
    identity = (await scope_of(handshakes[by]))["identity"]
    before = await sync_to_async(identity.check)()
    await User.objects.filter(pk=koffi.user_id).aupdate(is_active=False)

    after = await sync_to_async(identity.check)()

    assert (identity.user, before, after) == (koffi.user, koffi.user, None)


async def test_a_socket_of_nobody_has_an_identity_that_lasts(handshakes):
    scope = await scope_of(handshakes["cookie"] | {"cookies": {}})

    assert (scope["user"], scope["identity"].check()) == (AnonymousUser(), AnonymousUser())


def end(session, **changed):
    session.update(changed)
    session.save()


@pytest.mark.parametrize(
    "change",
    [
        lambda session: end(session, **{HASH_SESSION_KEY: "another password's"}),
        lambda session: end(session, **{BACKEND_SESSION_KEY: "gone"}),
        lambda session: session.delete(),
    ],
    ids=["another password", "another backend", "signed out"],
)
async def test_a_session_that_has_ended_is_nobodys(change, handshakes):
    handshake = handshakes["cookie"]
    before = await user_of(handshake)

    await sync_to_async(change)(SessionStore(handshake["cookies"]["sessionid"]))

    assert (await user_of(handshake), before.username) == (AnonymousUser(), "koffi")


@pytest.mark.parametrize("key", ["\x00", "é", "x" * 41, "a b", "' OR 1=1"])
async def test_a_key_that_is_none_is_nobodys(key, handshakes):
    assert await user_of(handshakes["cookie"] | {"cookies": {"sessionid": key}}) == AnonymousUser()


async def test_a_cookie_without_an_origin_is_nobodys(handshakes):
    assert await user_of(handshakes["cookie"] | {"has_origin": False}) == AnonymousUser()


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed")], ids=repr)
@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_a_database_that_is_away_makes_nobody_of_no_one(by, error, handshakes, monkeypatch):
    """None, for the consumer to say "come again": AnonymousUser would send a signed-in page to the login."""

    def away(*args):
        raise error

    monkeypatch.setattr(sockets, "identities_of_tokens", away)
    monkeypatch.setattr(sockets, "identities_of_sessions", away)

    scope = await scope_of(handshakes[by])

    assert (scope["user"], scope["identity"]) == (None, None)


async def test_many_who_come_at_once_cost_a_query_or_two(handshakes, koffi):
    """Each way to sign in is one batch of questions; what comes while it is read waits for the next."""
    counted = hub().batch(sockets.identities_of_sessions), hub().batch(sockets.identities_of_tokens)

    found = await asyncio.gather(*(user_of(handshakes[by]) for by in ("token", "cookie") * 50))

    assert set(found) == {koffi.user}
    assert [batch.calls for batch in counted] == [1, 1]
