"""Keeps the programs of a running bar alive, and says in one line what happens to them."""

import contextlib
import fcntl
import http.client
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config.processes import is_running, last_lines, spawn, stop

HOST = "127.0.0.1"
READY_SECONDS = 60
ROUND_SECONDS = 0.1
DRAIN = signal.SIGUSR1  # realtime/draining.py
GRACE_SECONDS = 10  # uvicorn takes 5 for the open requests
PORT_SECONDS = 1  # the web server of a killed run is still letting go
DEATHS, DEATHS_SECONDS = 5, 30
LONGEST_PAUSE_SECONDS = 4
LOG_BYTES = 5_000_000
MOST_PROCESSES = 64
WAITING = 2048  # connections that nobody has accepted yet


class Refusal(Exception):
    """The bar can't run: a line or more that say why and what to do."""


def chosen_port(text: str) -> int:
    """The port that PORT names."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Refusal(f"PORT={text} is no port: choose a number from 1 to 65535")
    return int(text)


def chosen_processes(text: str) -> int:
    """How many web processes PROCESSES asks for."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_PROCESSES):
        raise Refusal(f"PROCESSES={text}: choose a number from 1 to {MOST_PROCESSES}; one for each core is plenty")
    return int(text)


def check_port(port: int) -> None:
    """Refuses a port that another program listens on, or that this user may not open."""
    deadline = time.monotonic() + PORT_SECONDS
    while error := _port_error(port):
        if isinstance(error, PermissionError):
            raise Refusal(f"Port {port} is not for this user: choose one above 1023, PORT=8001 make run")
        if time.monotonic() > deadline:
            raise Refusal(f"Port {port} is taken by another program: choose another, PORT={port % 65535 + 1} make run")
        time.sleep(ROUND_SECONDS)


def _port_error(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None


@contextlib.contextmanager
def only_run(folder: Path, address: str) -> Iterator[None]:
    """Makes this the one run of a data folder; a second is told the address of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Refusal(f"BarTender is already running at {lock.read()} on the data of {folder}") from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


# Who speaks for whom is TRUSTED_PROXIES' to say: uvicorn would believe anybody on this machine.
WEB = (
    "-m uvicorn config.asgi:application --http config.intake:RequestProtocol --loop uvloop --lifespan off"
    " --ws realtime.wire:SocketProtocol --ws-per-message-deflate false --ws-max-size 65536"
    " --no-proxy-headers --no-access-log --log-level warning --timeout-graceful-shutdown 5"
)
OTHERS = {
    "relay": "manage.py relay",
    # Threads: a worker killed with its forks would leave them behind.
    "worker": "-m celery -A config worker --pool threads --concurrency 2 --loglevel warning",
    "beat": "-m celery -A config beat --scheduler django_celery_beat.schedulers:DatabaseScheduler --pidfile=",
}


class Program(Protocol):
    """What the supervisor keeps alive: a child of ours, or an embedded server."""

    name: str
    log: Path

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...


class Child:
    """One Python program of the application."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        logs: Path,
        environment: Mapping[str, str],
        files: Sequence[int] = (),
    ) -> None:
        """`inherits` are open files of ours that it is given."""
        self.name = name
        self.log = logs / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._argv = [sys.executable, *argv]
        self._environment = environment
        self._files = files

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = spawn(self._argv, log=self.log, env=self._environment, pass_fds=self._files)

    def is_alive(self) -> bool:
        return self.process is not None and is_running(self.process)


def children(port: int, *, logs: Path, environment: Mapping[str, str]) -> list[Child]:
    """The programs that make up the application, with one web process."""
    web = Child("web", [*WEB.split(), "--host", HOST, "--port", str(port)], logs=logs, environment=environment)
    return [web, *others(logs=logs, environment=environment)]


def children_on(listening: socket.socket, processes: int, *, logs: Path, environment: Mapping[str, str]) -> list[Child]:
    """The same with several web processes, which all accept on one socket: whoever is free takes the next."""
    file = listening.fileno()
    webs = [
        Child(f"web-{number}", [*WEB.split(), "--fd", str(file)], logs=logs, environment=environment, files=[file])
        for number in range(1, processes + 1)
    ]
    return [*webs, *others(logs=logs, environment=environment)]


def others(*, logs: Path, environment: Mapping[str, str]) -> list[Child]:
    """Relay, worker and beat."""
    return [Child(name, words.split(), logs=logs, environment=environment) for name, words in OTHERS.items()]


@dataclass
class Watched:
    """A program, its latest deaths, and when it is started again."""

    program: Program
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    restart_at: float | None = None

    def bury(self, now: float) -> float:
        """Notes a death and returns the pause before the next start. Refusal when it dies too often."""
        self.deaths.append(now)
        if len(self.deaths) == DEATHS and now - self.deaths[0] < DEATHS_SECONDS:
            said = last_lines(self.program.log)
            raise Refusal(f"{self.program.name} keeps stopping. Its log, {self.program.log}, ends with:\n{said}")
        recent = sum(now - death < DEATHS_SECONDS for death in self.deaths)
        pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (recent - 2))
        self.restart_at = now + pause
        return pause


class Supervisor:
    """Starts programs in order and starts again those that stop."""

    def __init__(
        self, servers: Sequence[Program], programs: Sequence[Child], say: Callable[[str], None], *, drain: float = 0
    ) -> None:
        """`drain` is how many seconds the web processes have to let go of their connections."""
        self._programs = programs
        self._drain = drain
        self._watched = [Watched(program) for program in (*servers, *programs)]
        self._say = say

    def start(self, port: int) -> None:
        """Returns when every program runs and the web server answers. Refusal if that takes too long."""
        for program in self._programs:
            program.start()
        deadline = time.monotonic() + READY_SECONDS
        while not (self._all_alive() and answers(port)):
            if time.monotonic() > deadline:
                log = self._programs[0].log
                raise Refusal(f"The web server does not answer. Its log, {log}, ends with:\n{last_lines(log)}")
            self.tend()

    def run(self) -> None:
        """Watches for ever: a signal or a Refusal ends it."""
        while True:
            self.tend()

    def tend(self) -> None:
        """One round: starts what is due and notes what has stopped."""
        time.sleep(ROUND_SECONDS)
        for watched in self._watched:
            self._look_after(watched, time.monotonic())

    def stop(self) -> None:
        """Stops the children; embedded servers are stopped by whoever started them."""
        webs = [one.process for one in self._programs if one.name.startswith("web") and one.process]
        if self._drain and (running := [web for web in webs if is_running(web)]):
            for web in running:
                web.send_signal(DRAIN)
            time.sleep(self._drain)
        stop(*[program.process for program in self._programs if program.process], grace=GRACE_SECONDS)

    def _look_after(self, watched: Watched, now: float) -> None:
        program = watched.program
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                watched.restart_at = None
                program.start()
        elif not program.is_alive():
            pause = watched.bury(now)
            self._say(f"{program.name} stopped and starts again in {pause:g} s: see {program.log}")

    def _all_alive(self) -> bool:
        return all(watched.program.is_alive() for watched in self._watched)


def answers(port: int) -> bool:
    """Whether the web server says that it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
