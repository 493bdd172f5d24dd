"""The whole installation under load: three web processes, two relays, worker and beat on Postgres and Valkey.

python -m bench.load script [SCALE]     seed 001's script for k6: 2 minutes up to 50 people, 5 at 100, 2 down to none
python -m bench.load evening [SCALE]    as many people, who use the pages as well
python -m bench.load peak [SCALE]       the peak hour of 500 bars, five pages following each

SCALE shortens the time and no pause. Baskets are the real ones. The people work in ten bars, one for each store, and
sign in. Of the script each then opens a socket, sells and waits a second, again and again; of the evening they open
tonight's page and its socket, sell, and read history and figures with a second in between. At the peak each bar is a
till that sells at the moments of its store's busiest hour of the clock, all days of the year laid on each other: the
file is a sample of households, where no hour of one day has more than five baskets.

The client is a process of its own on the same machine. nginx is left out: it costs a tenth of what is behind it. Sold
is what was answered 201; each must be stored, once, and `verify` must find nothing. Exits with 1 if any answer was
wrong, a sale is missing or an invariant is broken. Needs Linux and the Postgres of its own.
"""

import json
import os
import random
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench import runner
from bench.cache import all_baskets
from bench.import_sales import manage
from bench.programs import TICKS, Meter, Program, family
from bench.realtime_world import Servers, servers
from bench.runner import percentiles

WEBS, MORE = 3, ("relay", "worker", "beat")
LIMITS = {"RATE_LIMIT": "1000"}  # as deployed: the people of a bench are as many as its clients
STAGES = ((120, 50), (60, 100), (240, 100), (120, 0))  # seconds, and how many people there are at their end
BARS, FOLLOWERS, HOUR = 500, 5, 3600
MOST_SOLD = 400  # baskets that a person has at hand; then the first again
PASSWORD = "une-biere-fraiche"
SHOWN = ("p50", "p95", "p99", "max")
TARGETS = {"p95": 500, "socket_p95": 1000, "errors_percent": 1, "database_percent": 70}


class Bar(NamedTuple):
    """An open bar: who works there, and its store's baskets as [product, quantity] with their second of the hour."""

    counter: Any
    baskets: list[list[tuple[str, int]]]
    moments: list[float]


def open_store(sold: list[Any], moments: list[float]) -> Bar:
    from bench.cast import PLENTY, open_bar, shelve

    counter = open_bar(products=0)
    names = sorted({line.product for one in sold for line in one.lines.values()})
    shelf = dict(zip(names, shelve(counter.member.bar, counter.member.user, names, stock=PLENTY), strict=True))
    lines = [[(str(shelf[line.product].pk), line.quantity) for line in one.lines.values()] for one in sold]
    return Bar(counter, lines, moments)


def stores() -> list[list[Any]]:
    """The baskets of each store, oldest first."""
    by_store = defaultdict(list)
    for one in sorted(all_baskets(), key=lambda one: one.sold_at):
        by_store[one.store].append(one)
    return [by_store[store] for store in sorted(by_store)]


def evening_hours(scale: float) -> list[tuple[float, float]]:
    """When each comes and leaves: they arrive evenly within a stage, and who has come first leaves first."""
    comes: list[float] = []
    leaves: list[float] = []
    begin, there = 0.0, 0
    for seconds, wanted in STAGES:
        change = abs(wanted - there)
        moments = [begin + seconds * number / change for number in range(change)]
        (comes if wanted > there else leaves).extend(moments)
        begin, there = begin + seconds, wanted
    return [(come / scale, leave / scale) for come, leave in zip(comes, leaves, strict=True)]


def colleagues(opened: list[Bar], count: int) -> Iterator[tuple[Bar, str]]:
    """So many managers, in each bar one after the other, by their names; all have the one password."""
    from django.contrib.auth.hashers import make_password

    from bars.models import Member, User

    hashed = make_password(PASSWORD)
    for number in range(count):
        bar = opened[number % len(opened)]
        person = User.objects.create(username=f"p{number}-{uuid.uuid4().hex[:8]}", password=hashed)
        Member.objects.create(bar=bar.counter.member.bar, user=person, role=Member.Role.MANAGER)
        yield bar, person.username


def script(scale: float) -> tuple[dict[str, Any], str]:
    told, people = hundred_people(scale, "iterate")
    return told, f"seed 001's script, {people} people"


def evening(scale: float) -> tuple[dict[str, Any], str]:
    told, people = hundred_people(scale, "visit")
    return told, f"an evening of {people} people with all pages"


def hundred_people(scale: float, does: str) -> tuple[dict[str, Any], int]:
    """What the client has seen of them all, and how many they were."""
    opened = [open_store(sold, []) for sold in stores()]
    hours = evening_hours(scale)
    staff = list(colleagues(opened, len(hours)))
    with servers(WEBS, more=MORE, **LIMITS) as running:
        people = [
            {
                "port": running.ports[number % WEBS],
                "bar": str(bar.counter.member.bar_id),
                "baskets": random.sample(bar.baskets, MOST_SOLD),
                "username": username,
                "password": PASSWORD,
            }
            for number, (bar, username) in enumerate(staff)
        ]
        return measured(running, "evening", people=people, hours=hours, does=does), len(hours)


def busiest_hour(sold: list[Any]) -> tuple[list[Any], list[float]]:
    """The baskets of the hour of the clock that has most, in the order of their seconds in it, and these."""
    [(hour, _)] = Counter(one.sold_at.hour for one in sold).most_common(1)
    within = [one for one in sold if one.sold_at.hour == hour]
    clock = [(timedelta(minutes=one.sold_at.minute, seconds=one.sold_at.second).total_seconds(), one) for one in within]
    clock.sort(key=lambda pair: pair[0])
    return [one for _, one in clock], [second for second, _ in clock]


def peak_bars(seconds: float) -> list[Bar]:
    """Bars of the same store begin at different seconds of its hour: they are no copies of each other."""
    hours = [busiest_hour(sold) for sold in stores()]
    opened = []
    for number in range(BARS):
        sold, moments = hours[number % len(hours)]
        start = HOUR * (number // len(hours)) * len(hours) / BARS
        turned = sorted(((moment - start) % HOUR, place) for place, moment in enumerate(moments))
        kept = [(moment, place) for moment, place in turned if moment < seconds]
        opened.append(open_store([sold[place] for _, place in kept], [moment for moment, _ in kept]))
    return opened


def peak(scale: float) -> tuple[dict[str, Any], str]:
    from bench.realtime_commit import followers

    seconds = HOUR / scale
    opened = peak_bars(seconds)
    with servers(WEBS, more=MORE, **LIMITS) as running:
        pages = followers(running, [bar.counter for bar in opened])
        pages.ask("take")
        tills = [
            {
                "port": running.ports[number % WEBS],
                "bar": str(bar.counter.member.bar_id),
                "baskets": bar.baskets,
                "token": bar.counter.token,
            }
            for number, bar in enumerate(opened)
        ]
        told = measured(running, "peak", tills=tills, moments=[bar.moments for bar in opened], seconds=seconds)
        time.sleep(2)
        followed = pages.ask("take")
        pages.stop()
    lost = len(told["sold"]) * FOLLOWERS - followed["count"]
    print(f"{BARS * FOLLOWERS} pages: {followed['ages']} ms from commit; lost {lost}", flush=True)
    told["wrong"] |= {"frames lost": lost} if lost else {}
    return told | {"commit_to_client_p99": followed["ages"].get("p99")}, f"the peak hour of {BARS} bars"


def measured(running: Servers, profile: str, **arguments: Any) -> dict[str, Any]:
    """What the client tells of a profile, with what the server's processes cost meanwhile."""
    postmaster = parent(backend())
    client = Program.of("bench.people")
    meters = {
        "web": Meter(running.web_pids),
        "relay, worker, beat": Meter(
            pid for child in (running.relay, *running.more) for pid in family(running.pid(child))
        ),
        "the people": Meter([client.pid]),
    }
    began, database, machine = time.monotonic(), seconds_of(postmaster), busy()
    told = client.ask(profile, **arguments)
    took = time.monotonic() - began
    cores = os.cpu_count() or 1
    told["seconds"] = round(took, 1)
    told["percent_of"] = {name: round(100 * meter.spent() / took / cores, 1) for name, meter in meters.items()}
    told["database_percent"] = round(100 * (seconds_of(postmaster) - database) / took / cores, 1)
    told["machine_percent"] = round(100 * (busy() - machine) / took / cores, 1)
    client.stop()
    return told


def backend() -> int:
    from bench.games import execute

    [(pid,)] = execute("SELECT pg_backend_pid()")
    return pid


def stat(pid: int) -> list[int]:
    """/proc/PID/stat after the state: 0 is the parent, 10 to 13 are ticks, its own and of children that have ended."""
    return [int(word) for word in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1:]]


def parent(pid: int) -> int:
    return stat(pid)[0]


def seconds_of(postmaster: int) -> float:
    """Processor time of all processes of the server until now, of those that have ended as well."""
    ticks = sum(stat(postmaster)[10:14])
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = stat(int(path.name))
        except OSError:
            continue  # it has just ended
        ticks += sum(fields[10:12]) if fields[0] == postmaster else 0
    return ticks / TICKS


def busy() -> float:
    """Seconds that the machine's processors have worked, for whomever."""
    user, nice, system, _, _, irq, soft = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + irq + soft) / TICKS


def check_sales(sold: list[str]) -> int:
    """How many sales were answered and aren't stored. More stored than answered would be a wrong answer's."""
    from sales.models import Sale

    stored = {str(key) for key in Sale.objects.values_list("key", flat=True)}
    print(f"sold {len(sold)}, stored {len(stored)}; verify: {manage('verify').splitlines()[-1]}", flush=True)
    return len(set(sold) - stored)


def show(took: dict[str, list[float]]) -> None:
    for kind, samples in took.items():
        told = percentiles(samples)
        print(f"{kind:16} {len(samples):6}  " + "  ".join(f"{name} {told[name]:7} ms" for name in SHOWN), flush=True)


def figure(told: dict[str, Any], name: str) -> dict[str, Any]:
    """The slowest kind's p95 beside the seed's targets."""
    took = {kind: percentiles(samples) for kind, samples in told["took"].items()}
    answers = sum(len(samples) for samples in told["took"].values())
    requests = [kind for kind in took if kind != "socket"]
    slowest = max(requests, key=lambda kind: took[kind]["p95"])
    every = percentiles([second for kind in requests for second in told["took"][kind]])
    return {
        "figure": f"{name}: p95 of all requests",
        "value": every["p95"],
        "unit": "ms",
        "target": TARGETS["p95"],
        "floor": "—",
        "p99": every["p99"],
        "slowest_kind": f"{slowest} {took[slowest]['p95']}",
        **{f"{kind}_p95": took[kind]["p95"] for kind in ("sale", "socket") if kind in took},
        **({"commit_to_client_p99": told["commit_to_client_p99"]} if "commit_to_client_p99" in told else {}),
        "errors_percent": round(100 * sum(told["wrong"].values()) / max(answers, 1), 2),
        "database_percent": told["database_percent"],
        "machine_percent": told["machine_percent"],
        **{f"percent of {who}": percent for who, percent in told["percent_of"].items()},
        "sales_per_second": round(len(told["sold"]) / told["seconds"], 1),
        "sold": len(told["sold"]),
        "lost": told["lost"],
    }


def measure() -> dict[str, Any]:
    profiles = {"script": script, "evening": evening, "peak": peak}
    if len(sys.argv) < 2 or sys.argv[1] not in profiles:
        sys.exit("python -m bench.load script|evening|peak [SCALE]")
    print(f"load before: {os.getloadavg()[0]:.2f}", flush=True)
    told, name = profiles[sys.argv[1]](*runner.numbers(1, after=1))
    told["lost"] = check_sales(told["sold"])
    show(told["took"])
    found = figure(told, name)
    for target, most in TARGETS.items():
        measured_as = found["value"] if target == "p95" else found.get(target)
        if measured_as is not None:
            print(f"{target} {measured_as}, target below {most}: {'kept' if measured_as < most else 'MISSED'}")
    if told["wrong"] or told["lost"]:
        print(json.dumps(found))
        sys.exit(f"wrong answers {dict(told['wrong'])}, sales lost {told['lost']}")
    return found


if __name__ == "__main__":
    runner.main("bench.load", measure)
