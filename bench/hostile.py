"""What somebody who means harm costs a web process, in memory, for each thing that may be done to it.

python -m bench.hostile [MINUTES [CLIENTS]] [--only=KIND …]    1 minute, 8 clients of each kind; the issue asks 10

Each kind has a web process to itself, and a bar where beer is sold all the while: CLIENTS people with a token attack,
and one more follows the bar as a page does and must miss nothing. What a process has grown by at its most, less what
one has grown by whose clients behave, is shared out to its clients. The processes are bare: nginx would keep most of it
away from them.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx

from bench import runner
from bench.hostile_clients import WAYS
from bench.programs import Program, resident
from bench.push import process
from bench.realtime_world import Servers, people, servers, settle

MB = 1 << 20
MOST_MB = 5
THREADS = 8  # of a web process
PATIENCE = 60  # seconds for what was sold to reach who follows
CONTROL = "behave"
SALES_A_SECOND, SELLERS, SOLD_BEFORE = 28, 2, 500  # of all bars together; of each, so that there is much to resume
LIMITS = {"RATE_LIMIT": "1000"}  # as deployed; but so many processes would keep more connections than the database has
LIMITS |= {"DATABASE_CONN_MAX_AGE": "0"}


class Target(NamedTuple):
    """What is done where: a web process, and the bar that it is done to."""

    way: str
    pid: int
    port: int
    counter: Any
    log_begin: str


def chosen() -> list[str]:
    """The control, and the ways that were asked for: all where none were."""
    only = [word.removeprefix("--only=") for word in sys.argv if word.startswith("--only=")]
    if unknown := set(only) - set(WAYS):
        sys.exit(f"{', '.join(unknown)}: known are {', '.join(WAYS)}")
    return [way for way in WAYS if way == CONTROL or not only or way in only]


def targets(running: Servers, ways: list[str]) -> list[Target]:
    from bench.cast import open_bar
    from realtime.models import StreamHead

    opened = [open_bar(products=1) for _ in ways]
    settle()
    begins = {head.stream: f"{head.epoch}:{head.seq}" for head in StreamHead.objects.all()}
    return [
        Target(way, pid, port, counter, begins[f"bar.{counter.member.bar_id}"])
        for way, pid, port, counter in zip(ways, running.web_pids, running.ports, opened, strict=True)
    ]


def hostile_people(target: Target, count: int) -> list[dict[str, Any]]:
    """New managers of the bar: who works there may do more harm than a stranger."""
    from bars.models import Member

    bar = target.counter.member.bar
    found = people(count)
    Member.objects.bulk_create(Member(bar=bar, user_id=person.id, role=Member.Role.MANAGER) for person in found)
    told = {"way": target.way, "port": target.port, "stream": f"bar.{bar.pk}", "log_begin": target.log_begin}
    return [told | {"token": person.token} for person in found]


def follower(aims: list[Target]) -> Program:
    """Who follows each bar at its own process."""
    crowd = [(aim.counter.token, [f"bar.{aim.counter.member.bar_id}"]) for aim in aims]
    client = Program.of("bench.sockets")
    client.ask("configure", dialect="bartender", urls=[f"ws://127.0.0.1:{aim.port}" for aim in aims], people=crowd)
    client.ask("open")
    return client


def sell(aims: list[Target], rate: float, sales: int) -> list[Any]:
    """Sellers that have begun to sell so many in all, at this rate in all."""
    counters = [aim.counter for aim in aims]
    owners = [(str(one.member.user_id), str(one.member.bar_id), str(one.products[0].pk)) for one in counters]
    sellers = [process(owners[number::SELLERS], rate / SELLERS, sales // SELLERS) for number in range(SELLERS)]
    for seller in sellers:
        seller.start()
    return sellers


def join(sellers: list[Any]) -> None:
    for seller in sellers:
        seller.join()
    if any(seller.exitcode for seller in sellers):
        sys.exit("a seller has died: see above")


def warm(aim: Target) -> None:
    """Ask each address that will be attacked, as the well-behaved do, so that only harm is measured afterwards."""
    bar, headers = f"/api/v1/bars/{aim.counter.member.bar_id}", {"Authorization": f"Bearer {aim.counter.token}"}
    stream = f"/api/v1/sync/stream?streams=bar.{aim.counter.member.bar_id}"

    def ask(_: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{aim.port}", headers=headers, timeout=60) as client:
            client.get("/login/")
            client.get(f"{bar}/sales").raise_for_status()
            client.post(f"{bar}/sales", content=b" " * MB, headers={"Content-Type": "application/json"})
            with client.stream("GET", stream) as told:
                next(told.iter_bytes())

    with ThreadPoolExecutor(THREADS) as together:
        list(together.map(ask, range(4 * THREADS)))


class Memory:
    """The most that processes have held since it was asked to look, by pid."""

    def __init__(self, pids: list[int]) -> None:
        self.before = {pid: resident(pid) for pid in pids}
        self.most = dict(self.before)
        self.has_ended = threading.Event()
        self.watch = threading.Thread(target=self.look, daemon=True)
        self.watch.start()

    def look(self) -> None:
        while not self.has_ended.wait(0.2):
            self.most = {pid: max(most, resident(pid)) for pid, most in self.most.items()}

    def grown(self) -> dict[int, float]:
        """MB."""
        self.has_ended.set()
        self.watch.join()
        return {pid: (most - self.before[pid]) / MB for pid, most in self.most.items()}


def attack(running: Servers, aims: list[Target], seconds: float, clients: int) -> dict[str, Any]:
    """What each process has grown by in MB by its way, how the clients fared, and what the followers missed."""
    crowd = [one for aim in aims for one in hostile_people(aim, clients)]
    sales = int(SALES_A_SECOND * seconds) // (SELLERS * len(aims)) * SELLERS * len(aims)
    pages = follower(aims)
    join(sell(aims, 1000, SOLD_BEFORE * len(aims)))
    for aim in aims:
        warm(aim)
    pages.ask("wait_for", count=SOLD_BEFORE * len(aims), seconds=PATIENCE)
    memory = Memory(running.web_pids)
    hostile = Program.of("bench.hostile_clients")
    hostile.tell("attack", seconds=seconds, clients=crowd)
    join(sell(aims, SALES_A_SECOND, sales))
    fared = hostile.answer()
    grown, heard = memory.grown(), pages.ask("wait_for", count=sales, seconds=PATIENCE)
    hostile.stop()
    pages.stop()
    lost = sales - heard["count"] + heard["told"].get("holes", 0)
    return {
        "grown": {aim.way: grown[aim.pid] for aim in aims},
        "fared": fared,
        "lost": lost,
        "ages": heard["ages"],
        "told": heard["told"],
    }


def measure() -> dict[str, Any]:
    minutes, clients = runner.numbers(1, 8)
    ways = chosen()
    with servers(len(ways), **LIMITS) as running:
        told = attack(running, targets(running, ways), minutes * 60, int(clients))
    control = told["grown"][CONTROL]
    each = {way: (grown - control) / clients for way, grown in told["grown"].items()}
    for way, mb in each.items():
        fared = {what.partition(": ")[2]: count for what, count in told["fared"].items() if what.startswith(f"{way}:")}
        print(f"{way:40} +{told['grown'][way]:6.1f} MB, {mb:6.2f} for each; {fared}")
    print(f"followers: {told['ages']} ms from commit, {told['told']}, lost {told['lost']}")
    worst = max(each, key=lambda way: each[way])
    return {
        "figure": f"memory for each hostile client, {minutes:g} min, {len(ways) - 1} kinds × {int(clients)} ({worst})",
        "value": round(each[worst], 2),
        "unit": "MB",
        "target": MOST_MB,
        "floor": round(control / clients, 2),
        "follower_p99_ms": told["ages"]["p99"],
        "lost": told["lost"],
        "attempts": sum(count for what, count in told["fared"].items() if what.endswith("begun")),
    }


if __name__ == "__main__":
    runner.main("bench.hostile", measure)
