"""N concurrent attempts from four processes, recorded and checked: no oversell, no double, no loss, no false refusal.

python -m bench.history [N]    20,000 where N is not given
"""

import json
import multiprocessing
import os
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench import runner
from bench.history_checker import Fact, History, Level, Outcome, violations
from bench.history_client import PROCESSES, Scene, make_attempts, prepare

ROUND = 20_000  # attempts at one bar, kept in memory until they are checked
HOT, SCARCE, FEW = 10, 3, 3
# A committed transaction is what one bar's events of it say.
EVENTS = """
SELECT min(seq), max(seq), jsonb_agg(jsonb_build_object('type', type) || data ORDER BY seq)::text
FROM realtime_event WHERE stream = %s AND seq > %s GROUP BY xid ORDER BY 1
"""
DOCUMENTS = """
SELECT sale.id::text, 'sell ' || sale.key, jsonb_object_agg(line.product_id, line.quantity)::text
FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id WHERE sale.bar_id = %(bar)s GROUP BY sale.id
UNION ALL
SELECT back.id::text, 'return ' || back.key, jsonb_build_object(line.product_id, back.quantity)::text
FROM sales_return AS back JOIN sales_line AS line ON line.id = back.line_id WHERE back.bar_id = %(bar)s
UNION ALL
SELECT id::text, 'supply ' || key, jsonb_build_object(product_id, lots * lot_size)::text
FROM stock_supply WHERE bar_id = %(bar)s
"""
# What a document that becomes this does to (stock, available), for each unit, coming from that.
EFFECTS = {
    ("", "validated"): (-1, -1),
    ("", "pending"): (0, -1),
    ("", "needs_review"): (0, 0),
    ("pending", "validated"): (-1, 0),
    ("pending", "rejected"): (0, 1),
    ("needs_review", "validated"): (-1, -1),
    ("needs_review", "rejected"): (0, 0),
    ("validated", "cancelled"): (1, 1),
    ("", "approved"): (0, 0),
    ("approved", "restocked"): (1, 1),
    ("", "supplied"): (1, 1),
}


def set_scene(seed: int) -> Scene:
    """A bar with an owner, a manager and a waiter; of some products plenty, of others three."""
    from bars.models import Member, User
    from bench.cast import open_bar, shelve

    counter = open_bar(products=HOT)
    bar = counter.member.bar
    scarce = shelve(bar, counter.member.user, [f"Rare {n}" for n in range(SCARCE)], stock=FEW)
    people = [counter.member.user]
    for role in (Member.Role.MANAGER, Member.Role.WAITER):
        people.append(User.objects.create(username=uuid.uuid4().hex[:20]))
        Member.objects.create(bar=bar, user=people[-1], role=role)
    ids = [str(person.pk) for person in people]
    return Scene(str(bar.pk), tuple(ids), [str(p.pk) for p in counter.products], [str(p.pk) for p in scarce], seed)  # type: ignore[arg-type]


@contextmanager
def clients(environment: dict[str, str] | None = None) -> Iterator[tuple[Any, Any]]:
    """The processes, and the counter of what they have attempted."""
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    with context.Pool(PROCESSES, prepare, (counter, environment or {})) as pool:
        yield pool, counter


def play(pool: Any, attempts: int, seed: int, tell: Callable[[], None] = lambda: None) -> History:
    """So many attempts at a new bar; `tell` is called now and then meanwhile."""
    from realtime.models import StreamHead

    scene = set_scene(seed)
    begun = StreamHead.objects.get(stream=f"bar.{scene.bar}").seq
    opening = levels(scene)
    each = [(scene, number, attempts // PROCESSES + (number < attempts % PROCESSES)) for number in range(PROCESSES)]
    answers = pool.starmap_async(make_attempts, each, chunksize=1)
    while not answers.ready():
        tell()
        answers.wait(0.1)
    made = [attempt for history in answers.get() for attempt in history]
    return History(made, facts_of(scene.bar, begun), opening, levels(scene))


def levels(scene: Scene) -> dict[str, Level]:
    from stock.models import Product

    shelf = Product.objects.filter(bar=scene.bar).values_list("pk", "stock", "reserved")
    return {str(pk): Level(stock, stock - reserved) for pk, stock, reserved in shelf}


BELLS = ("notification.created", "notification.resolved")


def facts_of(bar: str, begun: int) -> list[Fact]:
    """What was committed at the bar after its event number `begun`, in order."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(DOCUMENTS, {"bar": bar})
        documents = {pk: (key, json.loads(units)) for pk, key, units in cursor.fetchall()}
        cursor.execute(EVENTS, [f"bar.{bar}", begun])
        rows = cursor.fetchall()
    status: dict[str, str] = {}
    return [Fact(first, last, *deed_of(json.loads(events), documents, status)) for first, last, events in rows]


def deed_of(events: list[dict[str, Any]], documents: dict[str, Any], status: dict[str, str]) -> tuple[Any, ...]:
    """Key, document, changes and announcements of a transaction; `status` of the documents is brought up to date."""
    announced = {
        one["product"]: Level(one["stock"], one["available"]) for one in events if one["type"] == "stock.changed"
    }
    [event] = [one for one in events if one["type"] not in ("stock.changed", "product.changed", *BELLS)]
    document = event.get("returned") or event.get("sale") or event["supply"]
    was, became = status.get(document, ""), event.get("status", "supplied")
    status[document] = became
    key, units = documents[document]
    per_unit = EFFECTS[was, became]
    changes = {product: Level(*(count * sign for sign in per_unit)) for product, count in units.items()}
    return f"{became} {document}" if was else key, document, changes if any(per_unit) else {}, announced


def measure() -> dict[str, Any]:
    from rich.progress import Progress

    from bars.invariants import verify

    [wanted] = map(int, runner.numbers(ROUND))
    seed, found, outcomes, seconds = time.time_ns() % 10**6, [], Counter[str](), 0.0
    environment = {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
    with clients(environment) as (pool, counter), Progress() as progress:
        bar = progress.add_task("attempts", total=wanted)
        while (done := sum(outcomes.values())) < wanted:
            began = time.monotonic()
            tell = lambda: progress.update(bar, completed=counter.value)  # noqa: E731
            history = play(pool, min(ROUND, wanted - done), seed + done, tell)
            seconds += time.monotonic() - began
            outcomes.update(kind_of(attempt) for attempt in history.attempts)
            found += violations(history)
            progress.console.print(f"{sum(outcomes.values())} attempts: {len(found)} violations")
    broken = [finding.invariant.id for finding in verify() if finding.broken]
    print(f"seed {seed}; {dict(outcomes)}; {seconds:.0f} s; invariants broken: {broken}")
    print("\n".join(found[:20]) or "no violation")
    if found or broken:
        sys.exit(1)
    return {
        "figure": f"violations in {sum(outcomes.values())} attempts",
        "value": len(found),
        "unit": "violations",
        "target": 0,
        "floor": 0,
        "attempts_per_second": round(sum(outcomes.values()) / seconds),
        "refused_for_stock": outcomes["short"],
    }


def kind_of(attempt: Any) -> str:
    return "short" if attempt.lacking and attempt.outcome == Outcome.REFUSED else attempt.outcome.value


if __name__ == "__main__":
    runner.main("bench.history", measure)
