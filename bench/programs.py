"""Programs of a measurement: started, told what to do by lines of JSON, and what they cost."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Program:
    """A child that answers each line on its input, {"do": what, …}, with a line on its output."""

    def __init__(self, argv: Sequence[str | Path], **options: Any) -> None:
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.pid = self.process.pid

    @classmethod
    def of(cls, module: str, *arguments: str, **options: Any) -> "Program":
        return cls([sys.executable, "-m", module, *arguments], **options)

    def tell(self, do: str, **arguments: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next line. RuntimeError when it tells of an error, or the program has ended."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        told = json.loads(line) if line else {"error": "it has ended"}
        if "error" in told:
            raise RuntimeError(f"{self.process.args}: {told['error']}")
        return told

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        self.tell(do, **arguments)
        return self.answer()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def serve_lines(target: Any) -> None:
    """The child's side: each line names a method of `target`, whose result is the answer. Ends with its input."""
    lines = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        told = json.loads(line)
        try:
            answer = await getattr(target, told.pop("do"))(**told)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(each for child in children.read_text().split() for each in family(int(child)))]


class Meter:
    """The CPU time, user and system, that processes spend from now on; one that ends meanwhile counts nothing."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.before = {pid: seconds for pid in pids if (seconds := cpu_seconds(pid)) is not None}

    def spent(self) -> float:
        after = {pid: cpu_seconds(pid) for pid in self.before}
        return sum(seconds - self.before[pid] for pid, seconds in after.items() if seconds is not None)


def cpu_seconds(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(*pids: int) -> int:
    """Bytes of memory that processes hold."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in pids)
