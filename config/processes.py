"""Child processes that end with the process that started them, and signals that end a program tidily."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

ASK_AGAIN_SECONDS = 2
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Linux only: elsewhere nothing tells a child that its parent was killed with kill -9.
_prctl: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "prctl", None)
_PR_SET_PDEATHSIG = 1

Argument = str | Path


class Stopped(BaseException):
    """A signal asked this program to end. Not an Exception: nothing on the way up may swallow it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def stop_on_signals() -> None:
    """From now on the first Ctrl-C, SIGTERM or SIGHUP raises Stopped; later ones don't disturb the tidying up."""
    for signum in ENDING_SIGNALS:
        if signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN:
            continue  # started by nohup
        signal.signal(signum, _raise_stopped)


def _raise_stopped(signum: int, frame: FrameType | None) -> NoReturn:
    for other in ENDING_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(signum)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Stopped is not raised inside; where it is due it comes at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_make() -> None:
    """Where make started us: a killed make ends us with SIGTERM, as Ctrl-C in its terminal would."""
    if _prctl and "MAKELEVEL" in os.environ:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def tied_to_us(signum: int) -> Callable[[], None]:
    """A preexec_fn for subprocess: the kernel sends the child `signum` when this process ends, however it ends."""
    parent = os.getpid()

    def before_exec() -> None:
        if _prctl:
            _prctl(_PR_SET_PDEATHSIG, signum)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return before_exec


def start(argv: Sequence[Argument], *, dies_by: int, **options: Any) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own, tied to us by the signal `dies_by`."""
    return subprocess.Popen(
        argv,
        start_new_session=True,  # a terminal's Ctrl-C is for us: we stop our children in order
        preexec_fn=tied_to_us(dies_by),  # noqa: PLW1509 - who starts programs here has no threads
        **options,
    )


def spawn(
    argv: Sequence[Argument], *, log: Path, dies_by: int = signal.SIGKILL, **options: Any
) -> subprocess.Popen[bytes]:
    """Starts a program in the background; what it prints is appended to `log`."""
    with log.open("ab") as output:
        return start(
            argv, dies_by=dies_by, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options
        )


def is_running(process: subprocess.Popen[bytes]) -> bool:
    """Whether a spawned program runs. A bare poll() would keep its lock for ever if Stopped were raised inside."""
    with undisturbed():
        return process.poll() is None


def stop(*processes: subprocess.Popen[bytes], by: int = signal.SIGTERM, grace: float) -> None:
    """Ends spawned programs together: asks with the signal `by`, kills their groups after `grace` seconds."""
    deadline = time.monotonic() + grace
    with undisturbed():
        while running := [process for process in processes if process.poll() is None]:
            for process in running:
                if time.monotonic() < deadline:
                    process.send_signal(by)  # more than once: beat loses one that comes while it reads its schedule
                else:
                    signal_group(process, signal.SIGKILL)
            _wait(running, seconds=min(ASK_AGAIN_SECONDS, max(0.02, deadline - time.monotonic())))


def _wait(processes: Sequence[subprocess.Popen[bytes]], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(0.02)


def signal_group(process: subprocess.Popen[bytes], signum: int) -> None:
    """Sends a signal to a spawned program and to all that it started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids what Linux calls gone
        os.killpg(process.pid, signum)


def run_in_front(argv: Sequence[Argument], *, grace: float = 30) -> int:
    """Runs a command on our own input and output and returns its exit code as a shell would.

    A signal to us goes to all of its group; nothing of the group is left at the end.
    """
    process = start(argv, dies_by=signal.SIGTERM)
    try:
        code = process.wait()
    except Stopped as stopped:
        signal_group(process, stopped.signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
        code = -stopped.signum if process.returncode is None else process.returncode
    finally:
        signal_group(process, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def working_in(folder: Path, program: str) -> list[int]:
    """Pids of the processes called `program` whose working folder this is. Linux; elsewhere none is ever found."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _works_in(entry, folder, program)]


def _works_in(entry: Path, folder: Path, program: str) -> bool:
    try:
        return (entry / "comm").read_text().strip() == program and (entry / "cwd").samefile(folder)
    except OSError:  # gone meanwhile, or another user's
        return False


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, at most `count` lines that are not blank."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-count:])


def exit_with(message: str, code: int = 1) -> NoReturn:
    """Ends the program with one line on stderr."""
    print(message, file=sys.stderr)
    sys.exit(code)
