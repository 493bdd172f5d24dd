"""Commit → frame at a WebSocket client, and commit → figures; beside them the floor, LISTEN to a raw socket."""

import asyncio
import json
import multiprocessing
import time
from datetime import datetime
from typing import Any

import psycopg
import websockets

from bench import runner
from bench.runner import percentiles

BARS, CLIENTS_EACH, SALES_A_SECOND, SECONDS = 100, 5, 20, 20
DASHBOARDS, FIGURE_SALES = 8, 20  # as many live connections as a person may have


def sell_steadily(owners: list[tuple[str, str, str]], rate: float, sales: int) -> None:
    """Sell in its own process: one beer at a time, turning round the bars."""
    runner.prepare_django()
    import uuid

    from django.utils import timezone

    from bars.access import find_member
    from bars.models import User
    from sales.basket import Basket
    from sales.models import Sale
    from sales.services.selling import sell

    cast = [(find_member(User.objects.get(pk=user), bar), uuid.UUID(product)) for user, bar, product in owners]
    begin = time.monotonic()
    for number in range(sales):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        member, product = cast[number % len(cast)]
        sell(member, Basket(uuid.uuid4(), Sale.Payment.CASH, {product: 1}, {}), at=timezone.now())


class Watcher:
    """One client: counts frames, checks that their numbers chain, and how old each is on arrival."""

    def __init__(self, url: str, token: str, stream: str, topics: list[str]) -> None:
        self.url, self.token, self.stream, self.topics = url, token, stream, topics
        self.ages: list[float] = []
        self.figure_ages: list[float] = []
        self.frames = self.holes = 0
        self.committed: dict[int, float] = {}

    async def run(self, ready: asyncio.Semaphore) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with websockets.connect(
            self.url, subprotocols=["bartender.v1.json"], additional_headers=headers, compression=None
        ) as socket:
            subscription = {"stream": self.stream, "topics": self.topics}
            await socket.send(json.dumps({"type": "hello", "subs": [subscription]}))
            self.seen = json.loads(await socket.recv())["subs"][0]["seq"]
            ready.release()
            async for text in socket:
                self.take(json.loads(text), time.time())

    def take(self, message: dict[str, Any], now: float) -> None:
        if message["type"] == "frame":
            committed = datetime.fromisoformat(message["at"]).timestamp()
            self.frames += 1
            self.holes += message["prev"] != self.seen
            self.seen = message["seq"]
            self.ages.append(now - committed)
            self.committed[self.frames] = committed
        elif message["type"] == "state" and (committed := self.committed.get(message["data"]["sales"])):
            self.figure_ages.append(now - committed)


async def watch(watchers: list[Watcher], seller: multiprocessing.Process, sales_each: int) -> None:
    """Connect all, let the seller sell, and wait until every client has every frame (or 5 s are over)."""
    ready = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(watcher.run(ready)) for watcher in watchers]
    for _ in watchers:
        await ready.acquire()
    seller.start()
    while seller.is_alive():
        await asyncio.sleep(0.1)
    patience = time.monotonic() + 5
    while time.monotonic() < patience and any(watcher.frames < sales_each for watcher in watchers):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def process(*arguments: Any) -> multiprocessing.Process:
    return multiprocessing.get_context("spawn").Process(target=sell_steadily, args=arguments)  # type: ignore[return-value]


async def floor() -> list[float]:
    """Insert and NOTIFY in one transaction → psycopg's LISTEN → a raw socket → 5 readers, at the same rate."""
    from django.db import connection

    from realtime.lines import NOT_FOR_LIBPQ

    settings = {k: v for k, v in connection.get_connection_params().items() if k not in NOT_FOR_LIBPQ}
    ages: list[float] = []
    outputs: list[asyncio.StreamWriter] = []

    async def read(reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            ages.append(time.time() - float(line))

    server = await asyncio.start_server(lambda _, writer: outputs.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS_EACH)]
    readers = [asyncio.create_task(read(reader)) for reader, _ in clients]
    listening = await psycopg.AsyncConnection.connect(**settings, autocommit=True)
    writing = await psycopg.AsyncConnection.connect(**settings, autocommit=True)
    await listening.execute("LISTEN floor")
    await writing.execute("CREATE TABLE floor (id bigint)")

    async def carry() -> None:
        async for bell in listening.notifies():
            for output in outputs:
                output.write(bell.payload.encode() + b"\n")

    carrier = asyncio.create_task(carry())
    for number in range(SALES_A_SECOND * 5):
        async with writing.transaction():
            await writing.execute("INSERT INTO floor VALUES (%s)", [number])
            await writing.execute("SELECT pg_notify('floor', extract(epoch FROM clock_timestamp())::text)")
        await asyncio.sleep(1 / SALES_A_SECOND)
    await asyncio.sleep(0.2)
    for task in (carrier, *readers):
        task.cancel()
    server.close()
    await listening.close()
    await writing.close()
    return ages


def measure() -> dict[str, Any]:
    from bench.cast import open_bar

    counters = [open_bar(products=1) for _ in range(BARS)]
    owners = [(str(c.member.user_id), str(c.member.bar_id), str(c.products[0].pk)) for c in counters]
    sales = SALES_A_SECOND * SECONDS
    ages_of_floor = asyncio.run(floor())
    with runner.servers() as stack:
        watchers = [
            Watcher(stack.ws_url, c.token, f"bar.{c.member.bar_id}", ["stock", "sales"])
            for c in counters
            for _ in range(CLIENTS_EACH)
        ]
        asyncio.run(watch(watchers, process(owners, SALES_A_SECOND, sales), sales // BARS))
        fresh = open_bar(products=1)
        stream = f"bar.{fresh.member.bar_id}"
        boards = [Watcher(stack.ws_url, fresh.token, stream, ["sales", "figures"]) for _ in range(DASHBOARDS)]
        owner = [(str(fresh.member.user_id), str(fresh.member.bar_id), str(fresh.products[0].pk))]
        asyncio.run(watch(boards, process(owner, 1, FIGURE_SALES), FIGURE_SALES))
    pushed = percentiles([age for watcher in watchers for age in watcher.ages])
    figures = percentiles([age for board in boards for age in board.figure_ages])
    lost = sales * CLIENTS_EACH - sum(watcher.frames for watcher in watchers)
    holes = sum(watcher.holes for watcher in watchers)
    print(f"floor, LISTEN to a raw socket: {percentiles(ages_of_floor)} ms")
    print(
        f"commit to frame, {len(watchers)} clients, {SALES_A_SECOND} sales/s: {pushed} ms; lost {lost}, holes {holes}"
    )
    seen = sum(len(board.figure_ages) for board in boards)
    print(f"commit to the dashboard's figures, 1 sale/s: {figures} ms from {seen} of {FIGURE_SALES * DASHBOARDS}")
    return {
        "figure": "commit to frame, p99",
        "value": pushed["p99"],
        "unit": "ms",
        "target": 50,
        "floor": percentiles(ages_of_floor)["p99"],
        "lost": lost + holes,
        "figures_p99": figures["p99"],
    }


if __name__ == "__main__":
    runner.main("bench.push", measure)
