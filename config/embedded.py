"""Private Postgres and Valkey for one data folder, from wheels.

python -m config.embedded [--temporary] -- COMMAND ARGUMENTS...

Runs the command with DATABASE_URL and REDIS_URL set, each to a server of the data folder unless the caller has set
it, and exits with the command's code. The servers are started, or joined where another process has them running.
With --temporary they are new, live in a temporary folder (DATA_DIR names it to the command), and leave nothing.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.postgres import Postgres
from config.processes import Stopped, end_with_make, run_in_front, stop_on_signals
from config.servers import Server, ServerError, explain
from config.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
COMMAND_NOT_FOUND = 127


def data_dir() -> Path:
    """Where everything that must last is kept: DATA_DIR, or .data beside manage.py."""
    return Path(ROOT, os.environ.get("DATA_DIR") or ".data").resolve()


def database_url(folder: Path) -> str:
    """The URL of the Postgres of a data folder, running or not."""
    return Postgres(folder).url


def redis_url(folder: Path) -> str:
    """The URL of the Valkey of a data folder, running or not."""
    return Valkey(folder).url


@contextlib.contextmanager
def servers(folder: Path, *, temporary: bool = False) -> Iterator[Sequence[Server]]:
    """Starts or joins the servers that DATABASE_URL and REDIS_URL leave open, and stops what it has started."""
    needed = [
        server(folder, temporary=temporary) for server in (Postgres, Valkey) if not os.environ.get(server.variable)
    ]
    with contextlib.ExitStack() as started:
        for server in needed:
            started.callback(server.stop)
            server.start()
        yield needed


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new data folder, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bartender-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], folder: Path, *, temporary: bool = False) -> int:
    """Runs a command beside the servers of a data folder and returns its exit code."""
    with servers(folder, temporary=temporary) as running:
        os.environ.update({server.variable: server.url for server in running}, DATA_DIR=str(folder))
        try:
            return run_in_front(command)
        except FileNotFoundError:
            print(f"{command[0]}: no such command", file=sys.stderr)
            return COMMAND_NOT_FOUND


def parse(arguments: list[str]) -> tuple[bool, list[str]]:
    """Whether the servers are temporary, and the command."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", usage="%(prog)s [--temporary] -- COMMAND ...")
    parser.add_argument("--temporary", action="store_true")
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, command = parser.parse_args(arguments[:end]), arguments[end + 1 :]
    if not command:
        parser.error("name a command after --")
    return options.temporary, command


def main(arguments: list[str]) -> int:
    """The command line. Returns the exit code: the command's, 128 + the signal that ended us, or 1 with a line why."""
    temporary, command = parse(arguments)
    stop_on_signals()
    end_with_make()
    try:
        with temporary_folder() if temporary else contextlib.nullcontext(data_dir()) as folder:
            return run(command, folder, temporary=temporary)
    except Stopped as stopped:
        return 128 + stopped.signum
    except ServerError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(explain(error), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
