"""1,000 sockets in 5 streams, one web process: how many deliveries a second until p99 of receipt passes 100 ms.

python -m bench.realtime deliveries [ROUNDS [SECONDS [FIRST [FACTOR]]]]    2 rounds, 3 s a step, from 8,000/s by 1.2

Ours from committed rows and from the layer, Socket.IO, nchan and a bare loop: the same client program listens to each,
a message has 300 bytes, its age counts from the moment it was due, and all have their turn at a rate before the next.
"""

import contextlib
import os
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

from bench import realtime_peers as peers
from bench.programs import Meter
from bench.realtime_world import servers

LAST = 300_000  # deliveries a second
LIMIT = 100.0  # ms
LATE = float("inf")


@dataclass
class Step:
    """What one server did at one rate. CPU in µs a delivery: of the server, with the relay, of all but the client."""

    rate: int
    p50: float
    p99: float
    missing: int
    cpu: dict[str, float]
    size: float
    load: float

    @property
    def held(self) -> bool:
        return self.missing == 0 and self.p99 <= LIMIT

    def __str__(self) -> str:
        spent = ", ".join(f"{name} {value:.1f}" for name, value in self.cpu.items())
        return (
            f"{self.rate:>7}/s p50 {self.p50:>6.1f} p99 {self.p99:>6.1f} ms, µs: {spent}; {self.size:.0f} bytes, "
            f"missing {self.missing}, load {self.load:.1f}"
        )


@dataclass
class Course:
    """The steps of one contender in one round."""

    contender: peers.Contender
    steps: list[Step] = field(default_factory=list)
    misses: int = 0

    @property
    def best(self) -> Step | None:
        return max((step for step in self.steps if step.held), key=lambda step: step.rate, default=None)


def run_step(one: peers.Contender, rate: int, seconds: float) -> Step:
    one.load.ask("take")
    meters = meters_of(one)
    sent = one.publisher.ask("publish", rate=rate / one.readers, seconds=seconds)["sent"]
    time.sleep(0.5)
    told = one.load.ask("take")
    got = max(1, told["count"])
    cpu = {name: round(meter.spent() * 1e6 / got, 1) for name, meter in meters.items()}
    missing = int(sent * one.readers) - told["count"]
    drain(one, missing)
    ages = told["ages"] or {"p50": LATE, "p99": LATE}
    return Step(rate, ages["p50"], ages["p99"], missing, cpu, told["bytes"] / got, os.getloadavg()[0])


def meters_of(one: peers.Contender) -> dict[str, Meter]:
    with_relay = [*one.server, *one.relay]
    return {
        "server": Meter(one.server),
        "with relay": Meter(with_relay),
        "all": Meter([*with_relay, *one.around]),
        "client": Meter([one.load.pid]),
    }


def drain(one: peers.Contender, left: int) -> None:
    """Wait for what is still on its way, so that it is not counted at the next rate."""
    end = time.monotonic() + 10
    while left > 0 and time.monotonic() < end:
        time.sleep(0.5)
        left -= one.load.ask("take")["count"]


def race(contenders: list[peers.Contender], seconds: float, rate: float, factor: float) -> list[Course]:
    """All at one rate in turns, then all at the next; who misses two rates running is out."""
    courses = [Course(one) for one in contenders]
    while rate < LAST and (running := [course for course in courses if course.misses < 2]):
        for course in running:
            step = run_step(course.contender, int(rate), seconds)
            course.steps.append(step)
            course.misses = 0 if step.held else course.misses + 1
            print(f"{course.contender.name:>16} {step}", flush=True)
        rate *= factor
    return courses


def measure(rounds: float = 2, seconds: float = 3, first: float = 8_000, factor: float = 1.2) -> dict[str, Any]:
    from tests.stack import free_port

    with contextlib.ExitStack() as stack:
        running = stack.enter_context(servers())
        contenders = [peers.ours("committed", running), peers.ours("layer", running)]
        if peers.has_socket_io():
            contenders.append(peers.socket_io(free_port()))
        if peers.nchan_folder():
            contenders.append(stack.enter_context(peers.nchan(free_port())))
        contenders.append(peers.floor(free_port()))
        for one in contenders:
            stack.callback(one.load.stop)
            stack.callback(one.publisher.stop)
        races = [race(contenders, seconds, first, factor) for _ in range(int(rounds))]
    return figure({one.key: [courses[number] for courses in races] for number, one in enumerate(contenders)})


def figure(each: dict[str, list[Course]]) -> dict[str, Any]:
    """From the rounds of each contender: the median of the last rates held, and the time a delivery takes."""
    held = {}
    for key, courses in each.items():
        best = [course.best for course in courses if course.best]
        held[key] = statistics.median_low([step.rate for step in best]) if best else 0
        for step in best:
            print(f"held by {key:>14} {step}")
    cost = costs(each)
    print(f"µs of the server a delivery, at the highest rate that all held: {cost}")
    return {
        "figure": "deliveries/s at p99 ≤ 100 ms, committed rows / Socket.IO",
        "value": ratio(held["ours_committed"], held.get("socketio")),
        "unit": "ratio",
        "target": 1.5,
        "floor": held["floor"],
        **{f"{key}_per_second": rate for key, rate in held.items()},
        **{f"{key}_µs": value for key, value in cost.items()},
        "µs_of_nchan": ratio(cost.get("ours_committed"), cost.get("nchan")),
    }


def ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 2) if ours and theirs else None


def costs(each: dict[str, list[Course]]) -> dict[str, float]:
    """CPU a delivery at the highest rate that all have held: at different rates it isn't the same thing."""
    rates = [{step.rate for course in courses for step in course.steps if step.held} for courses in each.values()]
    common = max(set.intersection(*rates), default=0)
    steps = {key: [step for course in courses for step in course.steps] for key, courses in each.items()}
    return {
        key: round(statistics.mean(step.cpu["server"] for step in taken if step.rate == common), 1)
        for key, taken in steps.items()
        if common
    }
