"""A WebSocket made of bytes: what no library would send."""

import base64
import json
import socket
import struct
import time
from contextlib import suppress
from urllib.parse import urlsplit

from tests import factories
from tests.realtime.follower import PROTOCOL, sub

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80
MASK = b"\x01\x02\x03\x04"
LINES = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
    "Sec-WebSocket-Protocol": PROTOCOL,
}


def frame(opcode, data=b"", *, first=FIN, is_masked=True):
    """One frame; `first` holds the bits before the opcode: the last one, and those that are reserved."""
    size = len(data)
    if size < 126:
        length = struct.pack("!B", size)
    else:
        length = struct.pack("!BH", 126, size) if size < 1 << 16 else struct.pack("!BQ", 127, size)
    if not is_masked:
        return bytes([first | opcode]) + length + data
    whole = int.from_bytes(data, "big") ^ int.from_bytes((MASK * (size // 4 + 1))[:size], "big")
    return bytes([first | opcode, length[0] | 0x80]) + length[1:] + MASK + whole.to_bytes(size, "big")


def hello(stream, *topics):
    """A hello that asks for one stream, as a frame."""
    return frame(TEXT, json.dumps({"type": "hello", "subs": [sub(stream, *topics)]}).encode())


def handshake(web, member=None, *, version="1.1", **changed):
    """The request as bytes; a header that is changed to None is left out."""
    lines = LINES | {"Host": f"127.0.0.1:{web.port}"} | (factories.bearer(member) if member else {})
    lines |= {name.replace("_", "-"): value for name, value in changed.items()}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"GET /ws/ HTTP/{version}\r\n{told}\r\n".encode()


class Raw:
    """A connection. `window`: the most bytes that are taken before somebody reads them."""

    def __init__(self, web, *, window=0, patience=20):
        self.socket = socket.socket()
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(patience)
        self.socket.connect(("127.0.0.1", urlsplit(web.url).port))
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def open(self, web, member):
        """Shake hands, as a browser would; returns self."""
        self.socket.sendall(handshake(web, member))
        assert self.head().startswith(b"HTTP/1.1 101")
        return self

    def head(self):
        """The head of the response."""
        while b"\r\n\r\n" not in self.left:
            if not (data := self.socket.recv(65536)):
                return self.left
            self.left += data
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        return head

    def send(self, *frames):
        self.socket.sendall(b"".join(frames))

    def send_until_refused(self, data, times):
        """Send so often, unless the other end hangs up before; whether all went."""
        with suppress(OSError):
            for _ in range(times):
                self.socket.sendall(data)
            return True
        return False

    def _read(self, size):
        while len(self.left) < size:
            if not (data := self.socket.recv(65536)):
                raise EOFError
            self.left += data
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def next(self):
        """The next frame: (opcode, data)."""
        opcode, size = self._read(2)
        if size == 126:
            [size] = struct.unpack("!H", self._read(2))
        elif size == 127:
            [size] = struct.unpack("!Q", self._read(8))
        return opcode & 15, self._read(size)

    def code(self):
        """By which code the other end closes; 0 where it does without a word."""
        with suppress(EOFError, OSError):
            while (told := self.next())[0] != CLOSE:
                pass
            return struct.unpack("!H", told[1][:2])[0]
        return 0

    def has_ended(self, seconds):
        """Whether the other end hangs up within so many seconds, reading nothing but that it does."""
        end = time.monotonic() + seconds
        self.socket.settimeout(0.1)
        while time.monotonic() < end:
            try:
                if not self.socket.recv(1 << 16):
                    return True
            except TimeoutError:
                pass
            except OSError:
                return True
        return False
