"""Starting a script of bench/ on servers of its own, and its last line."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

INSIDE = "BENCH_INSIDE"


def main(module: str, measure: Callable[[], dict[str, Any]]) -> None:
    """Run `measure` on fresh, durable servers, and print its figure as the last line.

    The figure holds figure, value, unit, target and floor. DATABASE_URL and REDIS_URL replace the
    servers, as everywhere.
    """
    if not os.environ.get(INSIDE):
        sys.exit(on_own_servers(module))
    prepare_django()
    from bench.machine import describe

    print(f"machine: {describe()}", flush=True)
    print(json.dumps(measure()), flush=True)


def on_own_servers(module: str) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        # A handful of clients ask more than people may.
        environment = {"RATE_LIMIT": "0"} | os.environ | {INSIDE: "1", "DATA_DIR": folder}
        python = [sys.executable, "-m"]
        return subprocess.run(
            [*python, "config.embedded", "--", *python, module, *sys.argv[1:]], check=False, env=environment
        ).returncode


def numbers(*defaults: float, after: int = 0) -> list[float]:
    """The numbers of the command line, from the one at place `after` on, and `defaults` for those that it leaves out.

    Ends with one line where a word is none, or too many came.
    """
    words = [word for word in sys.argv[1 + after :] if not word.startswith("--")]
    try:
        given = [float(word.replace("_", "").replace(",", "")) for word in words]
    except ValueError as error:
        sys.exit(f"{error}: {len(defaults)} numbers at most, such as {' '.join(f'{number:g}' for number in defaults)}")
    if len(given) > len(defaults) or min(given, default=1) <= 0:
        sys.exit(f"{' '.join(words)}: up to {len(defaults)} numbers above 0 are understood")
    return [*given, *defaults[len(given) :]]


def prepare_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def servers() -> Iterator[Any]:
    """A web process and a relay on the bench's database."""
    from django.conf import settings

    from tests.stack import Stack

    with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
        stack = Stack(settings.DATABASE_URL, Path(folder))
        try:
            yield stack.start()
        finally:
            stack.stop()


def percentiles(samples: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst of samples in seconds, as ms."""
    ordered = sorted(samples)
    pick = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        name: round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000, 2) for name, part in pick.items()
    }
