"""Run every figure, one after the other, and write the README's table between its marks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.realtime_peers import missing
from tests.browser.conftest import CHROMIUM, MISSING

SCRIPTS = ("push", "sale", "contention", "history", "pages", "dashboard", "import_sales", "doorbell", "games")
STATISTICS = ("statistics_cost", "cache")  # millions needs 30 GB of disk: on demand
REALTIME = ("realtime commit", "realtime idle", "realtime resume", "realtime storm")
FACES = ("faces", "first_paint")  # in a browser
BESIDE_PEERS = ("realtime deliveries",)
README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def scripts() -> list[str]:
    """All that can be measured here: a comparison needs its peers."""
    if absent := missing():
        print(f"{', '.join(BESIDE_PEERS)} left out: no {' and no '.join(absent)} here (bench/README.md installs them)")
    if CHROMIUM is None:
        print(f"{', '.join(FACES)} left out: {MISSING}")
    return [*SCRIPTS, *STATISTICS, *REALTIME, *(FACES if CHROMIUM else ()), *(() if absent else BESIDE_PEERS)]


def run(script: str) -> dict[str, Any]:
    """The figure that a script prints last; its other lines are passed on. Exits with the script's code if it fails."""
    output: list[str] = []
    process = subprocess.Popen([sys.executable, "-m", *f"bench.{script}".split()], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        print(line, end="", flush=True)
        output.append(line)
    if process.wait():
        sys.exit(process.returncode)
    return json.loads(output[-1])


def row(script: str, figure: dict[str, Any]) -> str:
    more = {name: value for name, value in figure.items() if name not in ("figure", "value", "unit", "target", "floor")}
    beside = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in more.items())
    cells = [figure["figure"], f"{figure['value']} {figure['unit']}", figure["target"], figure["floor"], beside]
    return "".join(f"| {cell} " for cell in [*cells, f"`python -m bench.{script}`"]) + "|"


def command(row: str) -> str:
    return row.rsplit("`", 2)[1]


def write_table(rows: list[str]) -> None:
    """What wasn't measured now stays as it was."""
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    measured = {command(row) for row in rows}
    rows = [*rows, *(row for row in old.splitlines() if "`" in row and command(row) not in measured)]
    names = ("figure", "measured", "target", "floor in the same run", "beside it", "command")
    head = "".join(f"| {name} " for name in names) + "|\n" + "| --- " * len(names) + "|"
    README.write_text("".join([before, BEGIN, "\n", head, "\n", "\n".join(rows), "\n", END, after]))


if __name__ == "__main__":
    write_table([row(script, run(script)) for script in scripts()])
