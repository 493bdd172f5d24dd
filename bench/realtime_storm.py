"""3,000 sockets cut at once by kill -9 of their web process: how long until all are live again, and at what cost.

python -m bench.realtime storm [SOCKETS]

Two web processes; all sockets are on the first. It is started again at once, as the supervisor does, and the clients
come back by their rules to both. While they are away, each stream gets five transactions.
"""

import os
import signal
import time
from typing import Any

from bench import statements
from bench.programs import Program
from bench.realtime_resume import miss
from bench.realtime_world import servers, staffed_bars

STAFF, MISSED = 12, 5  # the places of a killed process stay taken for a minute: twice 12 have room in a bar


def measure(sockets: float = 3000) -> dict[str, Any]:
    streams, crowd = staffed_bars(int(sockets) // STAFF, STAFF)
    with servers(2) as running:
        first = running.webs[0]
        client = Program.of("bench.sockets")
        client.ask("configure", dialect="bartender", urls=running.urls[:1], people=crowd)
        client.ask("open")
        client.ask("aim", urls=running.urls)
        time.sleep(1)
        before = statements.counted()
        began = time.monotonic()
        os.kill(running.pid(first), signal.SIGKILL)
        miss(streams, times=MISSED, every=0.0)
        first.start()
        told = client.ask("wait_caught_up", seconds=120)
        took = time.monotonic() - began
        asked = statements.spent(before)
        client.stop()
    print(f"all {told['live']} live after {took:.1f} s; each, from its cut: {told['caught_up']} ms; {told['told']}")
    statements.show(asked)
    return {
        "figure": f"{len(crowd)} sockets cut at once, all live and caught up",
        "value": round(took, 1),
        "unit": "s",
        "target": 20,
        "floor": 1.0,  # by then every client has tried once
        "p50_ms": told["caught_up"]["p50"],
        "statements_per_socket": round(asked.total() / len(crowd), 2),
        "log_reads_per_stream": round(statements.of_the_log(asked) / len(streams), 2),
        "lost": len(crowd) * MISSED - told["count"] + told["told"].get("holes", 0),
    }
