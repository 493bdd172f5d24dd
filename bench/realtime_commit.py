"""Commit → client: 500 bars with 5 clients each, 100 sales a second through the service, for 20 s.

python -m bench.realtime commit [SECONDS]

Age counts from the commit, as the frame tells it. The floor is LISTEN to a raw socket, as in bench.push.
"""

import asyncio
import sys
import time
from typing import Any

from bench.programs import Program
from bench.push import floor, process
from bench.realtime_world import Servers, servers
from bench.runner import percentiles

BARS, CLIENTS_EACH, SALES_A_SECOND, SELLERS = 500, 5, 100, 2


def followers(running: Servers, counters: list[Any]) -> Program:
    """Five clients of each bar."""
    crowd = [(c.token, [f"bar.{c.member.bar_id}"]) for c in counters for _ in range(CLIENTS_EACH)]
    client = Program.of("bench.sockets")
    client.ask("configure", dialect="bartender", urls=running.urls, people=crowd)
    client.ask("open")
    return client


def sell(counters: list[Any], sales: int) -> None:
    """So many sales, by sellers in processes of their own with their own bars."""
    owners = [(str(c.member.user_id), str(c.member.bar_id), str(c.products[0].pk)) for c in counters]
    sellers = [
        process(owners[number::SELLERS], SALES_A_SECOND / SELLERS, sales // SELLERS) for number in range(SELLERS)
    ]
    for seller in sellers:
        seller.start()
    for seller in sellers:
        seller.join()
    if any(seller.exitcode for seller in sellers):
        sys.exit("a seller has died: see above")


def measure(seconds: float = 20) -> dict[str, Any]:
    from bench.cast import open_bar

    counters = [open_bar(products=1) for _ in range(BARS)]
    sales = int(SALES_A_SECOND * seconds)
    beneath = percentiles(asyncio.run(floor()))
    with servers() as running:
        client = followers(running, counters)
        client.ask("take")
        sell(counters, sales)
        time.sleep(2)
        told = client.ask("take")
        client.stop()
    lost = sales * CLIENTS_EACH - told["count"]
    print(f"floor, LISTEN to a raw socket: {beneath} ms")
    print(f"{BARS} bars × {CLIENTS_EACH} clients, {SALES_A_SECOND} sales/s: {told['ages']} ms; lost {lost}")
    return {
        "figure": f"commit to client, {BARS} bars × {CLIENTS_EACH}, {SALES_A_SECOND} sales/s, p99",
        "value": told["ages"]["p99"],
        "unit": "ms",
        "target": 50,
        "floor": beneath["p99"],
        "p50": told["ages"]["p50"],
        "lost": lost + told["told"].get("holes", 0),
    }
