"""Eight writers on six hot products of one bar: `sell` beside the bare guarded SQL, by the same processes in turns.

python -m bench.contention [SECONDS]    30 where none are given

The bare SQL is what selling cannot do without, on tables of its own with keys and a CHECK but no trigger, sent by
psycopg without Django: lock the products in order, take from each where there is enough, insert sale, lines and
movements, COMMIT. It has no idempotency, permissions, business date, events, roll-ups or reservations.
"""

import multiprocessing
import os
import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from bench import runner
from bench.runner import percentiles

PROCESSES, THREADS, HOT, LINES, ROUNDS = 4, 2, 6, 3, 3
TABLES = """
CREATE TABLE bare_product (id uuid PRIMARY KEY, stock integer NOT NULL CHECK (stock >= 0));
CREATE TABLE bare_sale (id uuid PRIMARY KEY DEFAULT uuidv7(), total bigint NOT NULL, at timestamptz DEFAULT now());
CREATE TABLE bare_line (
    sale uuid REFERENCES bare_sale, product uuid REFERENCES bare_product, quantity integer, price bigint,
    PRIMARY KEY (sale, product)
);
CREATE TABLE bare_movement (
    id uuid PRIMARY KEY DEFAULT uuidv7(), product uuid REFERENCES bare_product, sale uuid REFERENCES bare_sale,
    quantity integer NOT NULL, UNIQUE (sale, product)
);
INSERT INTO bare_product SELECT id, stock FROM stock_product;
"""
LOCK = "SELECT id FROM bare_product WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
TAKE = "UPDATE bare_product SET stock = stock - 1 WHERE id = ANY(%s) AND stock >= 1"
SALE = "INSERT INTO bare_sale (total) VALUES (3000) RETURNING id"
LINE = "INSERT INTO bare_line SELECT %s, product, 1, 1000 FROM unnest(%s::uuid[]) AS product"
MOVE = "INSERT INTO bare_movement (product, sale, quantity) SELECT product, %s, -1 FROM unnest(%s::uuid[]) AS product"
WRONG = """
SELECT count(*) FROM stock_product AS product
WHERE stock < 0 OR reserved < 0 OR reserved > stock
   OR stock <> (SELECT sum(quantity) FROM stock_movement WHERE product_id = product.id)
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def seller(person: str, bar: str) -> Callable[[list[uuid.UUID]], None]:
    """The service, as the view calls it."""
    from django.utils import timezone

    from bars.access import find_member
    from bars.models import User
    from sales.basket import Basket
    from sales.models import Sale
    from sales.services.selling import sell

    member = find_member(User.objects.get(pk=person), bar)
    assert member

    def take(products: list[uuid.UUID]) -> None:
        basket = Basket(uuid.uuid4(), Sale.Payment.CASH, dict.fromkeys(products, 1))
        sell(member, basket, at=timezone.now())

    return take


def bare_seller(person: str, bar: str) -> Callable[[list[uuid.UUID]], None]:
    import psycopg
    from django.db import connection

    from realtime.lines import NOT_FOR_LIBPQ

    settings = {k: v for k, v in connection.get_connection_params().items() if k not in NOT_FOR_LIBPQ}
    raw = psycopg.connect(**settings)

    def take(products: list[uuid.UUID]) -> None:
        with raw.transaction():
            raw.execute(LOCK, [products])
            assert raw.execute(TAKE, [products]).rowcount == len(products)
            [sale] = raw.execute(SALE).fetchone()  # type: ignore[misc]
            raw.execute(LINE, [sale, products])
            raw.execute(MOVE, [sale, products])

    return take


def write(kind: str, person: str, bar: str, products: list[uuid.UUID], seconds: float) -> tuple[list[float], list[str]]:
    """In a process: sell in threads until the time is over; how long each sale took, and what went wrong."""
    took: list[float] = []
    wrong: list[str] = []

    def keep_selling() -> None:
        take = (seller if kind == "sell" else bare_seller)(person, bar)
        take(random.sample(products, LINES))  # warm
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            try:
                take(random.sample(products, LINES))
                took.append(time.monotonic() - began)
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=keep_selling) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, wrong


def ask(statement: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def measure() -> dict[str, Any]:
    from bench.cast import open_bar

    [seconds] = runner.numbers(30)
    counter = open_bar(products=HOT)
    ask(TABLES)
    member, products = counter.member, [product.pk for product in counter.products]
    deadlocks = ask(DEADLOCKS)
    took: dict[str, list[float]] = {"sell": [], "bare": []}
    wrong: list[str] = []
    ratios = []
    with multiprocessing.get_context("spawn").Pool(PROCESSES, prepare, (dict(os.environ),)) as pool:
        for _ in range(ROUNDS):
            before = {kind: len(all_of_it) for kind, all_of_it in took.items()}
            for kind, all_of_it in took.items():
                job = (kind, str(member.user_id), str(member.bar_id), products, seconds / ROUNDS)
                for times, errors in pool.starmap(write, [job] * PROCESSES, chunksize=1):
                    all_of_it.extend(times)
                    wrong += errors
            ratios.append((len(took["sell"]) - before["sell"]) / (len(took["bare"]) - before["bare"]))
    time.sleep(1.5)  # Postgres counts deadlocks with a delay
    oversold, deadlocks = ask(WRONG), ask(DEADLOCKS) - deadlocks
    rates = {kind: len(all_of_it) / seconds for kind, all_of_it in took.items()}
    for kind, all_of_it in took.items():
        print(f"{kind}: {rates[kind]:.0f} sales of {LINES} lines a second, {percentiles(all_of_it)} ms")
    print(f"{PROCESSES} processes × {THREADS} threads, {ROUNDS} rounds in turns; deadlocks {deadlocks}, wrong products")
    print(f"{oversold}, other errors {len(wrong)} {wrong[:1]}")
    return {
        "figure": f"sell / bare guarded SQL, {PROCESSES * THREADS} writers on {HOT} products",
        "value": round(sorted(ratios)[len(ratios) // 2], 2),
        "unit": "ratio",
        "target": 0.5,
        "floor": round(rates["bare"], 1),
        "sales_per_second": round(rates["sell"], 1),
        "p50_ms": percentiles(took["sell"])["p50"],
        "p99_ms": percentiles(took["sell"])["p99"],
        "deadlocks": deadlocks,
        "oversold": oversold,
        "errors": len(wrong),
    }


def prepare(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    import django

    django.setup()


if __name__ == "__main__":
    runner.main("bench.contention", measure)
