"""Django's request handling on a fixed set of threads.

Under ASGI Django gives every request a new thread, hops between it and the event loop once for
each middleware, and runs signals and clean-up in one thread for the whole process. All our pages
and most of the API are plain functions, so one hop is enough: signals, middleware, view and
clean-up run on a thread that keeps its connection, as they would under WSGI.
"""

import asyncio
import contextvars
import select
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from config.readiness import PROBES, answer_probe
from realtime.metering import asked, meter
from realtime.timings import timings

R = TypeVar("R")
SELLING = ":bar_id>/sales"  # how the route ends by which sales come
TURNED_AWAY = (401, 403, 404, 429)


class ThreadedHandler(ASGIHandler):
    """Runs middleware and view in one of `threads` threads; the event loop only reads and writes."""

    def __init__(self, threads: int) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] in PROBES:
            await answer_probe(scope["path"], send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            await self._serve(scope, body, receive, send)

    async def _serve(self, scope: Any, body: Any, receive: Any, send: Any) -> None:
        """Answer, unless the client leaves first."""
        set_script_prefix(get_script_prefix(scope))
        request, refusal = self.create_request(scope, body)
        if not request:
            await self.send_response(refusal, send)  # type: ignore[arg-type]
            return
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        answering = asyncio.create_task(self._respond(request, scope, send))
        try:
            await asyncio.wait([leaving, answering], return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            answering.cancel()  # changes nothing once it is done
            await asyncio.gather(leaving, answering, return_exceptions=True)
        if not answering.cancelled():
            answering.result()

    async def _respond(self, request: HttpRequest, scope: Any, send: Any) -> None:
        began, status = time.perf_counter(), 0
        try:
            response = await self._hand_over(lambda: self._answer(request, scope))
            status = response.status_code
        finally:  # who has left was made to wait as well
            time_request(request, status, time.perf_counter() - began)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                if isinstance(body := getattr(response, "_iterator", None), AsyncGenerator):
                    await body.aclose()  # Django leaves to the garbage collector whom a client left while it was told
                await self._hand_over(response.close)

    async def _hand_over(self, work: Callable[[], R]) -> R:
        """Do `work` in a thread. Cancelled, it goes no sooner than the thread: that reads the body still."""
        job = self._threads.submit(contextvars.copy_context().run, work)
        done = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not job.cancel():
                await asyncio.wait([done])
            raise

    def _answer(self, request: HttpRequest, scope: Any) -> HttpResponseBase:
        """The response; closed, with the signals that go along, unless its body is yet to be produced."""
        leave_ended_connections()
        request_started.send(sender=self.__class__, scope=scope)
        before = asked.count
        response = self.get_response(request)
        charge(request, response, asked.count - before)
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        if response.streaming:
            close_old_connections()
        else:
            response.close()
        return response


def leave_ended_connections() -> None:
    """Close this thread's connections to Postgres that the server has ended: the request makes itself a new one.

    A server that stops says good-bye on each. Between requests nothing else comes unasked but a changed setting, so it
    is enough to see that something has come: that takes no round trip, unlike CONN_HEALTH_CHECKS.
    """
    for database in connections.all(initialized_only=True):
        if database.connection is None:
            continue
        unasked = select.poll()
        unasked.register(database.connection.fileno(), select.POLLIN)
        if unasked.poll(0):
            database.close()


def time_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Count it among the requests, and among the sales where it sells. Files would make everything look quick."""
    if request.path.startswith(settings.STATIC_URL):
        return
    timings.saw("requests", seconds, failed=status >= 500)
    match = request.resolver_match
    if match and request.method == "POST" and match.route.endswith(SELLING):
        timings.saw("sales", seconds, failed=status >= 500)


def charge(request: HttpRequest, response: HttpResponseBase, statements: int) -> None:
    """Put a request to the account of the bar that its address names. What nobody may see costs no bar."""
    match = request.resolver_match
    if match and "bar_id" in match.kwargs and response.status_code not in TURNED_AWAY:
        meter.served(f"bar.{match.kwargs['bar_id']}", statements)
