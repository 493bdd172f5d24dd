"""Answers with tonight's figures that needed no computation: a store's real baskets, sold again in some minutes.

`python -m bench.cache [SECONDS [BASKETS]]`. The store that sold most sells its first baskets in their order, the pauses
between them shortened alike. Twenty watch over two web processes: twelve sockets, four that poll, four that ask for the
figures every 5 s. Counted by the monitor; beside it, what Postgres says was computed. The last that each client was
shown must be the figures as they are then.
"""

import asyncio
import json
import logging
import multiprocessing
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import websockets

from bench import runner
from bench.import_sales import FILE

SOCKETS, POLLERS, ASKERS, ASK_EVERY, WEBS = 12, 4, 4, 5.0, 2
LONGEST = 60.0  # seconds to wait for the last of them
SECONDS, BASKETS = 120, 400
Plan = list[tuple[float, dict[str, int]]]  # seconds from the beginning, and so many of each product


def all_baskets() -> list[Any]:
    from sales.basket_file import Terms, read_baskets

    if not FILE.exists():
        sys.exit(f"There are no baskets to sell again: {FILE} is missing")
    terms = Terms(ZoneInfo("America/New_York"), "USD", datetime.now(UTC), shifts=True)
    return read_baskets(FILE.read_bytes(), terms)


def baskets(most: int) -> list[Any]:
    """Of the store that sold most, the first."""
    all_of_them = all_baskets()
    [(store, _)] = Counter(one.store for one in all_of_them).most_common(1)
    return sorted((one for one in all_of_them if one.store == store), key=lambda one: one.sold_at)[:most]


def sell_again(user: str, bar: str, plan: Plan) -> None:
    """In a process of its own."""
    runner.prepare_django()
    from django.utils import timezone

    from bars.access import find_member
    from bars.models import User
    from sales.basket import Basket
    from sales.models import Sale
    from sales.services.selling import sell

    member, began = find_member(User.objects.get(pk=user), uuid.UUID(bar)), time.monotonic()
    assert member
    for after, wanted in plan:
        time.sleep(max(0.0, began + after - time.monotonic()))
        quantities = {uuid.UUID(product): quantity for product, quantity in wanted.items()}
        sell(member, Basket(uuid.uuid4(), Sale.Payment.CASH, quantities), at=timezone.now())


class Client:
    """One who watches: `shown` is the latest, `answers` how many there were."""

    def __init__(self, port: int, token: str, bar: str) -> None:
        self.port, self.bar, self.stream = port, bar, f"bar.{bar}"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.shown: Any = None
        self.answers = 0
        self.told_at = 0.0  # when its last question was asked that has been answered

    def take(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            if message["type"] == "state":
                self.shown = message["data"]
                self.answers += 1

    async def follow(self) -> None:
        async with websockets.connect(
            f"ws://127.0.0.1:{self.port}/ws/", subprotocols=["bartender.v1.json"], additional_headers=self.headers,
            compression=None,
        ) as socket:  # fmt: skip
            await socket.send(json.dumps({"type": "hello", "subs": [{"stream": self.stream, "topics": ["figures"]}]}))
            async for text in socket:
                self.take([json.loads(text)])

    async def poll(self) -> None:
        """As the page does in its slowest mode."""
        asked = {"streams": self.stream, "topics": "figures", "wait": "5"}
        async with self.line() as line:
            while True:
                began = time.monotonic()
                told = (await line.get("/api/v1/sync/poll", params=asked)).json()
                self.take(told["messages"])
                self.told_at = began
                asked |= {"since": told["cursor"], "seen": ",".join(told["seen"])}
                await asyncio.sleep(told["interval"] / 1000)

    async def ask(self) -> None:
        async with self.line() as line:
            while True:
                began = time.monotonic()
                self.shown = (await line.get(f"/api/v1/bars/{self.bar}/tonight")).raise_for_status().json()
                self.answers, self.told_at = self.answers + 1, began
                await asyncio.sleep(ASK_EVERY)

    def line(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=self.headers, timeout=30)


def counters(port: int, token: str) -> Counter[str]:
    """The monitor's, of all processes, once each has told them anew."""
    time.sleep(2.5)
    headers = {"Authorization": f"Bearer {token}"}
    told = httpx.get(f"http://127.0.0.1:{port}/api/v1/monitoring/realtime", headers=headers).raise_for_status().json()
    return Counter({name: count for name, count in told["counters"].items() if isinstance(count, int)})


async def watched(clients: list[Client], seller: multiprocessing.Process) -> None:
    """Until all is sold, and each who asks or polls, which is every 15 s in a busy bar, has asked once more."""
    ways: list[Callable[[Client], Any]] = [Client.follow] * SOCKETS + [Client.poll] * POLLERS + [Client.ask] * ASKERS
    tasks = [asyncio.create_task(way(client)) for way, client in zip(ways, clients, strict=True)]
    seller.start()
    while seller.is_alive() and not any(task.done() for task in tasks):
        await asyncio.sleep(0.2)
    sold_at, last = time.monotonic() + 1, time.monotonic() + LONGEST
    while time.monotonic() < last and not all(one.told_at > sold_at for one in clients[SOCKETS:]):
        await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    if seller.exitcode or any(not isinstance(one, asyncio.CancelledError) for one in ended):
        sys.exit(f"A client or the seller has failed: {seller.exitcode}, {ended}")


def hit_rate(spent: Counter[str], asked: int) -> dict[str, Any]:
    """Asked directly and not by way of the cache is computed, too."""
    kept = spent["cache_hits"] + spent["cache_misses"]
    past = max(0, asked - kept)
    answers = spent["states"] + kept + past
    computed = spent["states_computed"] + spent["cache_misses"] + past
    return {"value": round(1 - computed / answers, 4), "answers": answers, "computed": computed}


def planned(counter: Any, sold: list[Any], seconds: float) -> Plan:
    """The baskets with products of the bar, their pauses shortened so that all fit into so many seconds."""
    from bench.cast import PLENTY, shelve

    names = sorted({line.product for one in sold for line in one.lines.values()})
    shelf = dict(zip(names, shelve(counter.member.bar, counter.member.user, names, stock=PLENTY), strict=True))
    first, last = sold[0].sold_at, sold[-1].sold_at
    return [
        (
            seconds * ((one.sold_at - first) / (last - first)),
            {str(shelf[line.product].pk): line.quantity for line in one.lines.values()},
        )
        for one in sold
    ]


def replay(counter: Any, plan: Plan) -> tuple[list[Client], Counter[str], int]:
    """The clients at the end, what the monitor has counted, and how often Postgres was asked for the figures."""
    from bars.models import AccessToken, User
    from bench.dashboard import colleague_of, statements
    from bench.realtime_world import servers

    tokens = counter.token, colleague_of(counter)
    operator = AccessToken.issue(User.objects.create(username="operator", is_superuser=True, is_staff=True))[0]
    bar, owner = str(counter.member.bar_id), str(counter.member.user_id)
    with servers(WEBS) as running:
        ports = running.ports
        clients = [Client(ports[n % WEBS], tokens[n // WEBS % 2], bar) for n in range(SOCKETS + POLLERS + ASKERS)]
        seller = multiprocessing.get_context("spawn").Process(target=sell_again, args=(owner, bar, plan))
        before, asked_before = counters(ports[0], operator), statements()["figures"]
        asyncio.run(watched(clients, seller))  # type: ignore[arg-type]
        asked = statements()["figures"] - asked_before
        spent = counters(ports[0], operator)
        spent.subtract(before)
    return clients, spent, asked


def measure() -> dict[str, Any]:
    from bench.cast import open_bar
    from stats.queries import tonight

    logging.getLogger("httpx").setLevel(logging.WARNING)
    seconds, most = map(int, runner.numbers(SECONDS, BASKETS))
    counter = open_bar(products=0)
    plan = planned(counter, baskets(most), seconds)
    clients, spent, by_postgres = replay(counter, plan)
    truth = json.loads(json.dumps(tonight(counter.member.bar), default=str))
    told = hit_rate(spent, sum(client.answers for client in clients[-ASKERS:]))
    wrong = [number for number, client in enumerate(clients) if client.shown != truth]
    print(
        f"{len(plan)} baskets in {seconds} s; pushed {clients[0].answers} times to each of {SOCKETS} sockets; "
        f"{spent['states_computed']} values computed, {spent['states_taken']} taken; "
        f"cache: {spent['cache_hits']} hits, {spent['cache_misses']} misses; Postgres counts {by_postgres} computations"
    )
    if wrong or truth["sales"] != len(plan):
        sys.exit(f"Clients {wrong} were last shown something else than the {truth['sales']} sales of {truth}")
    figure = {"figure": "figures answered without computing", "unit": "of answers", "target": 0.8, "floor": 0}
    return figure | told | {"clients": len(clients), "taken": spent["states_taken"]}


if __name__ == "__main__":
    runner.main("bench.cache", measure)
