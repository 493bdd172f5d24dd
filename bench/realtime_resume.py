"""1,000 clients of 50 bars come back after a gap with their cursors: how long until each has what it missed.

python -m bench.realtime resume [GAP [SPREAD]]    120 s and 10 s where none are given

In the gap each bar's stream gets a transaction a second. The clients of a bar come back together, as behind one Wi-Fi,
the bars at moments of their own within SPREAD seconds. Postgres counts what it was asked for. The floor is the same
arrival of the same clients with nothing missed.
"""

import time
from typing import Any

import psycopg

from bench import statements
from bench.programs import Program
from bench.realtime_world import database, servers, staffed_bars

BARS, STAFF = 50, 20
STAGE = "SELECT realtime_stage(%s, 'stock', 'stock.changed', %s::jsonb)"
EVENT = '{"product": "00000000-0000-4000-8000-000000000000", "stock": 1, "available": 1}'


def miss(streams: list[str], *, times: int, every: float) -> None:
    """So many transactions for each stream, so many seconds apart."""
    begin = time.monotonic()
    with psycopg.connect(**database(), autocommit=True) as writer:
        for number in range(times):
            time.sleep(max(0.0, begin + number * every - time.monotonic()))
            for stream in streams:
                writer.execute(STAGE, [stream, EVENT])


def measure(gap: float = 120, spread: float = 10) -> dict[str, Any]:
    streams, crowd = staffed_bars(BARS, STAFF)
    with servers() as running:
        client = Program.of("bench.sockets")
        client.ask("configure", dialect="bartender", urls=running.urls, people=crowd)
        fresh = client.ask("back", groups=BARS, spread=spread)["caught_up"]
        client.ask("leave")
        missed = max(1, int(gap) - 2)
        miss(streams, times=missed, every=1.0)
        time.sleep(2)
        before = statements.counted()
        told = client.ask("back", groups=BARS, spread=spread)
        asked = statements.spent(before)
        client.stop()
    reads = statements.of_the_log(asked)
    print(f"{missed} transactions missed by each of {len(crowd)}; caught up {told['caught']}: {told['caught_up']} ms")
    print(f"told {told['told']}; frames {told['count']} of {missed * len(crowd)}")
    statements.show(asked)
    return {
        "figure": f"{len(crowd)} clients caught up after a gap of {gap:g} s, p99",
        "value": told["caught_up"]["p99"],
        "unit": "ms",
        "target": 300,
        "floor": fresh["p99"],
        "p50": told["caught_up"]["p50"],
        "log_reads_per_stream": round(reads / BARS, 2),
        "lost": missed * len(crowd) - told["count"] + told["told"].get("holes", 0),
    }
