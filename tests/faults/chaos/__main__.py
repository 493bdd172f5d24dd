"""Kill, freeze, cut and empty everything while tills sell, and then reckon.

python -m tests.faults.chaos [--seed N]… [--rounds R] [--kills K] [--minutes M] [--template URL] [--json FILE]

A round is a new bar, ten faults, and a reckoning. With --kills the rounds go on until so many processes were killed
by SIGKILL; with --minutes none begins later. Exit code 1 where anything was wrong. What it means: docs/reliability.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from itertools import chain
from math import ceil
from pathlib import Path

from config.embedded import temporary_folder
from config.processes import stop_on_signals
from tests.faults.chaos.schedule import DEATHS, kills, schedule

ENDLESS = 100_000
PARTS = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def main():
    asked = arguments()
    stop_on_signals()  # Ctrl-C and SIGTERM end the servers too
    with temporary_folder() as folder:
        prepare_django(folder)
        from tests.faults.chaos.world import World

        with World(folder, asked.template) as world:
            result = play(world, asked)
        if result["violations"] and asked.json:
            keep_logs(folder, asked.json.with_suffix(""))
    text = json.dumps(result, indent=1)
    if asked.json:
        asked.json.write_text(text + "\n")
    print(text)
    return 1 if result["violations"] else 0


def arguments():
    parser = argparse.ArgumentParser("python -m tests.faults.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, action="append", help="may be given more than once: one run after another")
    parser.add_argument("--rounds", type=int, help="of each seed; 4 where neither this nor --kills is given")
    parser.add_argument("--kills", type=int, help="of each seed: rounds until so many")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of all seeds: no round begins later")
    parser.add_argument("--template", default="", help="the address of a database to copy; without it, one is migrated")
    parser.add_argument("--json", type=Path, help="where the result goes beside the output")
    asked = parser.parse_args()
    if any(number is not None and number <= 0 for number in (asked.rounds, asked.kills, asked.minutes)):
        parser.error("--rounds, --kills and --minutes are above 0")
    asked.seed = asked.seed or [time.time_ns() % 10**6]
    asked.rounds = asked.rounds or (ENDLESS if asked.kills else 4)
    return asked


def prepare_django(folder):
    """On the Postgres and the Valkey that are going to run in the folder."""
    from config.embedded import database_url, redis_url

    os.environ |= {"DATABASE_URL": database_url(folder), "REDIS_URL": redis_url(folder), "DATA_DIR": str(folder)}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def play(world, asked):
    from bench.machine import describe
    from tests.faults.chaos.rounds import Round

    tally, began, commit = Tally(), time.monotonic(), head_commit()
    for seed in asked.seed:
        for number, steps in enumerate(until_killed(schedule(seed, rounds_for(asked)), asked.kills)):
            if time.monotonic() - began > asked.minutes * 60:
                break
            one = Round(world, seed * ENDLESS + number)
            tally.add(f"seed {seed} round {number}", one, one.play(steps), steps)
            print(f"seed {seed} round {number}: {tally.kills} kills, {dict(tally.counts)}", file=sys.stderr, flush=True)
    return {
        "seeds": asked.seed,
        "commit": commit,
        "machine": describe(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "seconds": round(time.monotonic() - began),
        **tally.result(),
    }


def rounds_for(asked):
    """Enough of them: a round without one kill is rare, and what is too many is not played."""
    return min(asked.rounds, asked.kills or ENDLESS)


def until_killed(rounds, most):
    """The rounds until so many kills; of the last, the steps until then."""
    left = most or ENDLESS
    for steps in rounds:
        played = []
        for step in steps:
            if left > 0:
                played.append(step)
                left -= DEATHS.get(step.kind, 0)
        if not played:
            return
        yield played


class Tally:
    def __init__(self):
        self.faults, self.counts, self.statuses = Counter(), Counter(), Counter()
        self.sold, self.heard = defaultdict(list), defaultdict(list)
        self.kills, self.rounds, self.violations = 0, 0, []

    def add(self, name, one, violations, steps):
        self.rounds += 1
        self.kills += kills(steps)
        self.faults.update(step.kind for step in steps)
        self.counts.update(one.counts)
        self.statuses.update(map(str, one.statuses.elements()))
        self.violations += [f"{name}: {found}" for found in violations]
        for kind, sold, heard in one.recoveries:
            self.sold[kind].append(sold)
            self.heard[kind].append(heard)

    def result(self):
        both = {"until_sold": self.sold, "until_heard": self.heard}
        recovery = {kind: {name: spread(seconds[kind]) for name, seconds in both.items()} for kind in sorted(self.sold)}
        every = {name: spread(list(chain(*seconds.values()))) for name, seconds in both.items()}
        return {
            "rounds": self.rounds,
            "faults": dict(sorted(self.faults.items())),
            "kills": self.kills,
            **self.counts,
            "answers": dict(sorted(self.statuses.items())),
            "violations": self.violations,
            "recovery_seconds": {"all": every} | recovery,
        }


def spread(seconds):
    ordered = sorted(seconds)
    return {name: round(ordered[ceil(part * len(ordered)) - 1], 2) for name, part in PARTS.items()}


def head_commit():
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def keep_logs(folder, kept):
    """What the servers said, for whoever looks for the fault."""
    kept.mkdir(exist_ok=True)
    for log in folder.rglob("*.log"):
        (kept / log.name).write_text(log.read_text(errors="replace")[-50_000:])


if __name__ == "__main__":
    sys.exit(main())
