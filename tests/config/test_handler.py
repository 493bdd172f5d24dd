"""Requests on a fixed set of threads: what waits for whom, and what happens when a client leaves."""

import asyncio
import logging
import threading

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from config.handler import ThreadedHandler

PATIENCE = 5  # seconds
gate, started, bodies = threading.Event(), threading.Event(), []


def quick(request):
    return HttpResponse("quick")


def slow(request):
    """Reads its body once the gate opens."""
    started.set()
    gate.wait(PATIENCE)
    bodies.append(request.body)
    return HttpResponse("slow")


def streamed(request):
    async def parts():
        yield "one "
        yield "two"

    return StreamingHttpResponse(parts())


urlpatterns = [path("quick", quick), path("slow", slow), path("streamed", streamed)]


@pytest.fixture(autouse=True)
def small_site(settings):
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    gate.clear(), started.clear(), bodies.clear()
    yield
    gate.set()


@pytest.fixture
def handler(small_site):
    return ThreadedHandler(threads=1)


async def ask(handler, address, body=b""):
    """A client that has sent its request."""
    scope = {"type": "http", "method": "POST", "path": address, "headers": [], "query_string": b""}
    client = ApplicationCommunicator(handler, scope)
    await client.send_input({"type": "http.request", "body": body})
    return client


async def read(client):
    """Status and body."""
    start, text, more = await client.receive_output(PATIENCE), b"", True
    while more:
        part = await client.receive_output(PATIENCE)
        text, more = text + part.get("body", b""), part.get("more_body", False)
    await client.wait(PATIENCE)
    return start["status"], text


async def reached(event):
    assert await asyncio.to_thread(event.wait, PATIENCE)


@pytest.mark.parametrize(("address", "text"), [("/quick", b"quick"), ("/streamed", b"one two"), ("/healthz", b"ok")])
async def test_answers_are_given_in_full(address, text, handler):
    assert await read(await ask(handler, address)) == (200, text)


async def test_health_is_told_while_every_thread_is_busy(handler):
    busy = await ask(handler, "/slow")
    await reached(started)

    health = await read(await ask(handler, "/healthz"))

    gate.set()
    assert (health, await read(busy)) == ((200, b"ok"), (200, b"slow"))


async def test_no_request_waits_for_the_one_thread_that_a_process_shares(handler):
    """Django's own handler sends its signals there, before and after each request."""
    shared = asyncio.create_task(sync_to_async(gate.wait, thread_sensitive=True)(PATIENCE))

    answers = [await read(await ask(handler, address)) for address in ("/quick", "/streamed")]

    assert (answers, shared.done()) == ([(200, b"quick"), (200, b"one two")], False)
    gate.set()
    await shared


async def test_a_client_that_leaves_does_not_take_the_body_away_from_the_view(handler, caplog):
    client = await ask(handler, "/slow", b"two beers")
    await reached(started)

    await client.send_input({"type": "http.disconnect"})
    await asyncio.sleep(0.05)
    gate.set()
    await client.wait(PATIENCE)

    assert (bodies, client.output_queue.empty()) == ([b"two beers"], True)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_what_nobody_waits_for_any_more_is_not_begun(handler):
    busy, gone = await ask(handler, "/slow", b"first"), await ask(handler, "/slow", b"gone")
    await reached(started)

    await gone.send_input({"type": "http.disconnect"})
    await gone.wait(PATIENCE)
    gate.set()

    assert (await read(busy), await read(await ask(handler, "/quick"))) == ((200, b"slow"), (200, b"quick"))
    assert bodies == [b"first"]
