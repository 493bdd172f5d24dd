"""A proxy that understands where one message of Postgres's protocol ends and the next begins, and cuts there."""

import asyncio
import contextlib

from django.db import connection

from tests.faults.proxy import Proxy

LENGTH = 4  # bytes, which count themselves
BY_TCP = {"sslmode": "disable", "gssencmode": "disable"}


class Cutter(Proxy):
    """`arm("client", 3)`: the next connection that gets so far is reset instead of passing on its client's third
    message; `arm("server", 3)` instead of the server's. Those after it are left alone."""

    side, at, has_cut = "", 0, False

    def arm(self, side, at):
        self.side, self.at, self.has_cut = side, at, False

    def disarm(self):
        self.at = 0

    async def _carry(self, line, reader, writer):
        side, number = "server" if writer is line.client else "client", 0
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                message = await read_message(reader, is_typed=side == "server" or number > 0)
                number += 1
                if (side, number) == (self.side, self.at) and not self.has_cut:
                    self.has_cut = True
                    line.cut()
                    return
                writer.write(message)
                await writer.drain()
        writer.close()


async def read_message(reader, *, is_typed):
    """The first that a client says has no type."""
    head = await reader.readexactly(LENGTH + is_typed)
    return head + await reader.readexactly(int.from_bytes(head[-LENGTH:]) - LENGTH)


@contextlib.contextmanager
def through_a_cutter():
    """Django's connection goes through it."""
    given = connection.settings_dict
    host, port = given["HOST"] or given["OPTIONS"].get("host"), given["PORT"] or 5432
    with Cutter(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)) as cutter:
        connection.close()
        kept = given | {"OPTIONS": dict(given["OPTIONS"])}
        given["OPTIONS"].update(BY_TCP)
        given["OPTIONS"].pop("host", None)
        given.update(HOST="127.0.0.1", PORT=cutter.port)
        try:
            yield cutter
        finally:
            connection.close()
            given.update(kept)
