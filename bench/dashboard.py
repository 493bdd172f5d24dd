"""SQL statements a minute that ten open dashboards cost, with ten sales a minute: pushed, polled, and seed 000's table.

Counted by Postgres itself (pg_stat_statements). The dashboards' own statements are told from what
runs whether anyone watches or not: the sales, and the relay's and the hub's fixed rounds.
"""

import asyncio
import json
import time
import urllib.request
from typing import Any

from bench import runner
from bench.push import Watcher

DASHBOARDS, SALES, SECONDS, POLL_EVERY = 10, 10, 60, 5
SEED_PUSH, SEED_POLL = 40, 480

KINDS = {
    "figures": "%stats_tonight(%",
    "relay": "%FROM realtime_outbox%realtime_event%",
    "heads": "%AS asked (stream)%",
    "tokens": "%bars_accesstoken%",
    "members": '%FROM "bars_member"%',
}
COUNT = """
SELECT kind, coalesce(sum(calls), 0)::int
FROM unnest(%s::text[], %s::text[]) AS kinds (kind, pattern)
LEFT JOIN pg_stat_statements ON query LIKE pattern AND toplevel
    AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY kind
"""


def statements() -> dict[str, int]:
    """Calls since the start, by what they are for."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(KINDS), list(KINDS.values())])
        return dict(cursor.fetchall())


def spent(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in before}


def colleague_of(counter: Any) -> str:
    """The token of another owner of the bar."""
    from bars.models import AccessToken, Member, User

    other = User.objects.create(username="colleague")
    Member.objects.create(bar_id=counter.member.bar_id, user=other, role="owner")
    return AccessToken.issue(other)[0]


async def sell_each(counter: Any, seconds: float) -> None:
    from django.utils import timezone

    from sales.models import Sale
    from sales.services.selling import sell
    from tests.factories import basket

    for _ in range(SALES):
        await asyncio.to_thread(
            sell, counter.member, basket({counter.products[0].pk: 1}, payment=Sale.Payment.CASH), at=timezone.now()
        )
        await asyncio.sleep(seconds / SALES)


async def pushed(stack: Any, counter: Any, colleague: str) -> dict[str, int]:
    """Ten dashboards on WebSockets for a minute."""
    stream = f"bar.{counter.member.bar_id}"
    ready = asyncio.Semaphore(0)
    tokens = counter.token, colleague  # a person has eight live connections at most
    boards = [Watcher(stack.ws_url, tokens[number % 2], stream, ["figures"]) for number in range(DASHBOARDS)]
    tasks = [asyncio.create_task(board.run(ready)) for board in boards]
    for _ in boards:
        await ready.acquire()
    await asyncio.sleep(1)
    before = await asyncio.to_thread(statements)
    await sell_each(counter, SECONDS)
    after = await asyncio.to_thread(statements)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return spent(before, after)


def get(stack: Any, counter: Any, path: str) -> Any:
    request = urllib.request.Request(stack.url + path, headers={"Authorization": f"Bearer {counter.token}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


async def polled(stack: Any, counter: Any, path: str) -> dict[str, int]:
    """Ten dashboards asking every 5 s for a minute."""

    async def dashboard(number: int) -> None:
        await asyncio.sleep(number * POLL_EVERY / DASHBOARDS)
        for _ in range(SECONDS // POLL_EVERY):
            began = time.monotonic()
            await asyncio.to_thread(get, stack, counter, path)
            await asyncio.sleep(max(0.0, POLL_EVERY - (time.monotonic() - began)))

    before = await asyncio.to_thread(statements)
    await asyncio.gather(sell_each(counter, SECONDS), *(dashboard(number) for number in range(DASHBOARDS)))
    return spent(before, await asyncio.to_thread(statements))


def of_dashboards(spent: dict[str, int]) -> int:
    return spent["figures"] + spent["tokens"] + spent["members"]


def measure() -> dict[str, Any]:
    from bench.cast import open_bar

    counter = open_bar(products=1)
    bar, colleague = counter.member.bar_id, colleague_of(counter)
    with runner.servers() as stack:
        push = asyncio.run(pushed(stack, counter, colleague))
        poll = asyncio.run(polled(stack, counter, f"/api/v1/sync/poll?streams=bar.{bar}&topics=figures"))
        naive = asyncio.run(polled(stack, counter, f"/api/v1/bars/{bar}/tonight"))
    print(f"{DASHBOARDS} dashboards, {SALES} sales a minute; statements a minute by what they are for:")
    print(f"  pushed by WebSocket {push}")
    print(f"  polled every {POLL_EVERY} s, figures shared {poll}")
    print(f"  polled every {POLL_EVERY} s, nothing shared {naive}")
    print(f"  seed 000: pushed {SEED_PUSH}, polled {SEED_POLL} (4 statements an answer)")
    return {
        "figure": "statements a minute for 10 pushed dashboards",
        "value": of_dashboards(push),
        "unit": "statements/min",
        "target": SEED_PUSH,
        "floor": SALES,
        "with_relay_and_heads": sum(push.values()),
        "polled_shared": of_dashboards(poll),
        "polled_unshared": of_dashboards(naive),
    }


if __name__ == "__main__":
    runner.main("bench.dashboard", measure)
