"""What row-level security would cost: a sale, a shelf, a page of sales and a point query, with and without it.

Alternating rounds of one run over 100,000 sales, by the application's role, which neither owns the tables nor
bypasses their policies. The bar is set for each transaction (set_config, is_local), as a pool of connections needs.
Prints the slowest of the ratios, with row-level security against without; above 1 is slower.
"""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench import runner

ROUNDS, CALLS = 7, 60
FILL = Path(__file__).resolve().parent.parent / "tests" / "plans.sql"
TENANT_TABLES = """
SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'bar_id' AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace
  AND relname NOT IN ('bars_member', 'bars_invitation')  -- looked up by person, before a bar is known
"""
POLICY = """
CREATE POLICY of_its_bar ON {0}
USING (bar_id = current_setting('app.bar')::uuid) WITH CHECK (bar_id = current_setting('app.bar')::uuid)
"""


def execute(*statements: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def fill() -> list[str]:
    """The sales, and the tables that policies stand on."""
    tables = [name for (name,) in execute(TENANT_TABLES)]
    touched = [*tables, "bars_bar", "bars_user", "bars_member"]
    execute(*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in touched))
    execute(*FILL.read_text().split(";\n"))
    execute(*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in touched), "ANALYZE")
    execute(*(POLICY.format(table) for table in tables))
    return tables


def switch(tables: list[str], *, on: bool) -> None:
    """As the owner of the tables; then the application's role again."""
    from bars.grants import ROLE

    words = ("ENABLE", "FORCE") if on else ("DISABLE", "NO FORCE")
    execute("RESET ROLE", *(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY" for table in tables for word in words))
    execute(f"SET ROLE {ROLE}")


def set_bar(bar_id: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.bar', %s, true)", [str(bar_id)])


def seconds(call: Callable[[], Any]) -> float:
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return median(took)


def calls() -> dict[str, tuple[Any, Callable[[], Any]]]:
    """By name: the bar, and what is called."""
    from django.utils import timezone

    from bars.access import find_member
    from bars.models import Member
    from bench.cast import open_bar
    from sales.basket import Basket
    from sales.models import Sale
    from sales.queries.sales import page_of_sales
    from sales.services.selling import sell
    from stock.models import Product
    from stock.queries.shelf import shelf

    counter = open_bar()
    busiest = Sale.objects.order_by("occurred_at").first()
    assert busiest
    owner = Member.objects.get(bar_id=busiest.bar_id, role="owner")
    member = find_member(owner.user, owner.bar_id)
    assert member
    product = Product.objects.filter(bar_id=member.bar_id).first()
    assert product
    quantities = {product.pk: 1 for product in counter.products[:3]}

    def basket() -> Basket:
        return Basket(key=uuid.uuid4(), payment=Sale.Payment.CASH, quantities=quantities)

    return {
        "sale": (counter.member.bar_id, lambda: sell(counter.member, basket(), at=timezone.now())),
        "shelf": (member.bar_id, lambda: shelf(member.bar_id)),
        "page": (member.bar_id, lambda: page_of_sales(member)),
        "point": (member.bar_id, lambda: Product.objects.get(pk=product.pk, bar_id=member.bar_id)),
    }


def guarded(bar_id: Any, call: Callable[[], Any]) -> Callable[[], Any]:
    """The call in a transaction that says whose it is; without row-level security a read needs none."""
    from django.db import transaction

    def run() -> Any:
        with transaction.atomic():
            set_bar(bar_id)
            return call()

    return run


def measure() -> dict[str, Any]:
    from sales.services import selling

    tables, plain = fill(), calls()
    own_books = selling.open_books

    def open_books_of(bar_id: Any) -> None:
        set_bar(bar_id)
        own_books(bar_id)

    secured = {name: call if name == "sale" else guarded(bar_id, call) for name, (bar_id, call) in plain.items()}
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in plain}
    for _ in range(ROUNDS):
        switch(tables, on=False)
        selling.open_books = own_books
        without = {name: seconds(call) for name, (_, call) in plain.items()}
        switch(tables, on=True)
        assert guarded(uuid.uuid4(), plain["shelf"][1])() == [], "another bar sees the shelf"
        selling.open_books = open_books_of
        for name, call in secured.items():
            rounds[name].append((without[name], seconds(call)))
    ratios = {name: median(b / a for a, b in pairs) for name, pairs in rounds.items()}
    for name, pairs in rounds.items():
        without_ms, with_ms = (median(column) * 1000 for column in zip(*pairs, strict=True))
        print(f"{name}: {without_ms:.2f} ms without, {with_ms:.2f} ms with, ratio {ratios[name]:.2f}")
    return {
        "figure": "row-level security against none, the slowest of sale, shelf, page and point query",
        "value": round(max(ratios.values()), 2),
        "unit": "ratio",
        "target": "taken below 1.05",
        "floor": 1.0,
        **{name: round(ratio, 2) for name, ratio in ratios.items()},
    }


if __name__ == "__main__":
    runner.main("bench.rls", measure)
