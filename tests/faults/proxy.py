"""A TCP proxy that behaves as bad networks do: it delays, cuts, or swallows everything in silence."""

import asyncio
import contextlib
import threading

LAST_CHUNK = b"\r\n0\r\n\r\n"


class Proxy:
    """Listens on 127.0.0.1:`port`, in a thread of its own, in front of (host, port) or of a unix socket's path.

    `black_hole()`: the connections of now stay open and carry nothing any more; `cut()`: they are reset;
    `close_door()` refuses new ones until `open_door()`. `delay` (seconds) holds up each piece, both ways.
    `hold_back`: what the server says waits until it is so many bytes, or the end of a chunked response.
    """

    def __init__(self, upstream):
        self.upstream, self.delay, self.hold_back = upstream, 0.0, 0
        self.is_open, self.accepted = True, 0
        self._lines = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error):
        self._run(self._close())
        self.cut()
        self._run(asyncio.sleep(0.05))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def black_hole(self):
        for line in list(self._lines):
            line.is_swallowed = True

    def cut(self):
        for line in list(self._lines):
            self._loop.call_soon_threadsafe(line.cut)

    def close_door(self):
        self.is_open = False

    def open_door(self):
        self.is_open = True

    async def _close(self):
        """On the loop: closed from another thread, a server may be woken up twice."""
        self._server.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _accept(self, reader, writer):
        if not self.is_open:
            writer.transport.abort()
            return
        self.accepted += 1
        try:
            line = Line(writer, await self._connect())
        except OSError:  # nobody is there
            writer.transport.abort()
            return
        self._lines.add(line)
        with contextlib.suppress(OSError):
            await asyncio.gather(
                self._carry(line, reader, line.server), self._carry(line, line.from_server, line.client)
            )
        line.cut()
        self._lines.discard(line)

    async def _connect(self):
        if isinstance(self.upstream, str):
            return await asyncio.open_unix_connection(self.upstream)
        return await asyncio.open_connection(*self.upstream)

    async def _carry(self, line, reader, writer):
        held = b""
        while data := held + await reader.read(65536):
            is_new = len(data) > len(held)
            if writer is line.client and is_new and len(data) < self.hold_back and not data.endswith(LAST_CHUNK):
                held = data
                continue
            held = b""
            if self.delay:
                await asyncio.sleep(self.delay)
            if not line.is_swallowed:
                writer.write(data)
                await writer.drain()
        if not line.is_swallowed:  # a hole tells neither end that the other has gone
            writer.close()


class Line:
    """One connection through the proxy."""

    def __init__(self, client, server):
        self.client, (self.from_server, self.server) = client, server
        self.is_swallowed = False

    def cut(self):
        for end in (self.client, self.server):
            end.transport.abort()
