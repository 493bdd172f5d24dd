"""Django's request handling on a fixed set of threads.

Under ASGI Django gives every request a new thread, hops between it and the event loop once for
each middleware, and opens a connection in it. All our pages and most of the API are plain
functions, so one hop is enough: the whole chain runs on a thread that keeps its connection.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse


class ThreadedHandler(ASGIHandler):
    """Runs middleware and view in one of `threads` threads; the event loop only reads and writes."""

    def __init__(self, threads: int) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._run_chain: Callable[[HttpRequest], HttpResponse] = self._middleware_chain  # type: ignore[has-type]
        self._middleware_chain = self._hand_over
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.handle(scope, receive, send)

    async def _hand_over(self, request: HttpRequest) -> HttpResponse:
        run = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, self._answer, request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        close_old_connections()
        try:
            return self._run_chain(request)
        finally:
            close_old_connections()
