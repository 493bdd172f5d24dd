"""Real programs on data folders of their own. Whatever a test starts is gone when it ends."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.servers import private_folder

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "DATABASE_APP_ROLE", "TEST_TEMPLATE", "PORT", "DEMO", "MAKELEVEL")
PATIENCE = 60


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{condition} still false after {seconds} s"
        time.sleep(0.02)


def processes_of(folder: Path) -> list[str]:
    """What runs for a data folder: "pid command" of each process that names it or works in it."""
    assert len(folder.parts) > 2, "any process might name that one, and be killed for it"
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            traces = [command, (entry / "environ").read_bytes(), os.fsencode((entry / "cwd").readlink())]
            if any(os.fsencode(folder) in trace for trace in traces) and int(entry.name) != os.getpid():
                found.append(f"{entry.name} {command.decode(errors='replace')}")
    return found


class Runner:
    """Starts programs of the project on one data folder."""

    python = [sys.executable]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.options: dict = {}
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS}
        self.started: list[subprocess.Popen] = []

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [*self.python, *map(str, arguments)],
            cwd=ROOT,
            env=self.environment | {"DATA_DIR": str(self.folder)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **self.options,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: object, **environment: str) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=PATIENCE)
        return process.returncode, output, errors

    def clean(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()
        for found in processes_of(self.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(found.split()[0]), signal.SIGKILL)
        for server in ("postgres", "valkey"):  # whose owner was killed has left this for its next start
            shutil.rmtree(private_folder(self.folder / server), ignore_errors=True)
