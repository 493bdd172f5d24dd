"""10,000 connections that wait, over two web processes: how many live on, their memory, then one event to all.

python -m bench.realtime idle [MINUTES [CONNECTIONS [WEBS]]]    1 minute where none are given; the issue asks 10

500 bars with 20 members each, who follow their bar and themselves as a page does. The event is one transaction that
stages `stock.changed` in every bar.
"""

import time
import uuid
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from bench.programs import Program, resident
from bench.realtime_world import database, servers, staffed_bars

STAFF = 20
STAGE = """
SELECT realtime_stage(stream, 'stock', 'stock.changed', %s)
FROM unnest(%s::text[]) AS stream
"""


def measure(minutes: float = 1, connections: float = 10_000, webs: float = 2) -> dict[str, Any]:
    streams, crowd = staffed_bars(int(connections) // STAFF, STAFF)
    with servers(int(webs)) as running:
        time.sleep(2)
        before = resident(*running.web_pids)
        client = Program.of("bench.sockets")
        client.ask("configure", dialect="bartender", urls=running.urls, people=crowd)
        opened = client.ask("open")
        each = (resident(*running.web_pids) - before) / len(crowd)
        print(f"{opened['live']} live after {opened['took']:.1f} s; {each / 1024:.1f} KiB of the servers for each")
        time.sleep(minutes * 60)
        waited = client.ask("take")
        after = (resident(*running.web_pids) - before) / len(crowd)
        print(f"after {minutes:g} minutes {waited['live']} live, {waited['told']}; {after / 1024:.1f} KiB for each")
        told = tell_all(client, streams, len(crowd))
        client.stop()
    return {
        "figure": f"{len(crowd)} idle connections alive after {minutes:g} min",
        "value": waited["live"],
        "unit": "connections",
        "target": len(crowd),
        "floor": len(crowd),
        "kib_each": round(after / 1024, 1),
        "closed": sum(count for what, count in waited["told"].items() if what.startswith("closed")),
        "event_reached": told["count"],
        "last_after_ms": told["ages"]["max"],
    }


def tell_all(client: Program, streams: list[str], expected: int) -> dict[str, Any]:
    """One transaction for all; when each has it, from the moment before the transaction began."""
    with psycopg.connect(**database(), autocommit=True) as writer:
        began = time.time()
        event = {"product": str(uuid.uuid4()), "stock": 1, "available": 1, "due": began}
        writer.execute(STAGE, [Jsonb(event), streams])
        committed = time.time() - began
    told = client.ask("wait_for", count=expected, seconds=20)
    print(
        f"one event to all: committed after {committed * 1000:.0f} ms, {told['count']} of {expected}, {told['ages']} ms"
    )
    return told
