"""uvicorn's WebSocket protocol, with a short way out for the hub, and an end for who doesn't read.

What goes to a thousand sockets is put into frames once and written to each transport as it is: no
task wakes up for it, and nothing is encoded again. `uvicorn --ws realtime.wire:SocketProtocol`.
"""

import struct
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

WRITE, ABORT = "bartender.write", "bartender.abort"  # in the scope's extensions
TEXT = 0x81  # a whole text message in one frame (RFC 6455, 5.2)
SHORT, LONG = 126, 1 << 16
MOST_PIECES = 64  # of one message: empty ones are within any size
LAST_WORDS = 5.0  # seconds to read them
MOST_UNHEARD = 1 << 16  # bytes from who has been told that it is over; a page says a word or two


class SocketProtocol(WebSocketsSansIOProtocol):
    """Offers WRITE and ABORT to the application. Not with compression: its frames would differ by socket."""

    unheard = 0  # bytes since it was closed

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions |= {WRITE: self.write_frames, ABORT: self.transport.abort}

    def write_frames(self, frames: bytes) -> bool:
        """Write whole frames at once; False, and nothing is written, while the socket can't take them."""
        if self.close_sent or self.disconnected or not self.handshake_complete or not self.writable.is_set():
            return False
        self.transport.write(frames)
        return True

    def data_received(self, data: bytes) -> None:
        """Read, but not from who goes on and on after it was closed: each frame would cost us as before."""
        self.unheard += len(data) if self.close_sent else 0
        if self.unheard > MOST_UNHEARD:
            self.transport.abort()
        else:
            super().data_received(data)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:  # who reads nothing would have us keep a pong for each
            self.conn.data_to_send()

    def handle_cont(self, event: Any) -> None:
        if len(self.frames) < MOST_PIECES:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.fail(1009, "too many pieces")
            self.handle_parser_exception()

    # Closing waits until all is written, which is never where nobody reads.

    def handle_close(self, event: Any) -> None:
        super().handle_close(event)
        self.end_in(LAST_WORDS)

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self.end_in(LAST_WORDS)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.end_in(LAST_WORDS)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.end_in(self.close_timeout + LAST_WORDS)

    def end_in(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.transport.abort)


def text_frame(text: str) -> bytes:
    """A message as the frame that a server sends."""
    data = text.encode()
    size = len(data)
    if size < SHORT:
        return struct.pack("!BB", TEXT, size) + data
    if size < LONG:
        return struct.pack("!BBH", TEXT, 126, size) + data
    return struct.pack("!BBQ", TEXT, 127, size) + data
