"""A history's index: our b-tree by bar and moment, beside BRIN on the moment, over 10,000,000 sales in 200 bars.

python -m bench.brin [SALES [BARS]]

A copy of sales_sale, in the order of its moments, which is what BRIN needs. The same four questions by each index in
turn, no other being there: the newest page of a bar, a page a hundred days back, a month of a bar, and a month of all
bars, which only a report of the whole installation would ask. Answers must be equal. Plans are printed. The value is
how many times as long the newest page takes by the better BRIN. Needs the servers of its own.
"""

import time
from typing import Any

from bench import runner
from bench.games import execute
from bench.runner import percentiles

SALES, BARS = 10_000_000, 200
ASKED, CALLS, PATIENCE = 20, 200, 10.0  # bars; calls of each question, or as many as fit into so many seconds
TABLE = "bench_history"
INDEXES = {
    "btree": "(bar_id, occurred_at DESC, id DESC)",
    "brin": "USING brin (occurred_at)",
    "brin of bar and moment": "USING brin (bar_id, occurred_at) WITH (pages_per_range = 32)",
}
PAGE = f"SELECT id, occurred_at, total, status, sold_by_id FROM {TABLE} WHERE bar_id = %(bar)s"
NEWEST = "ORDER BY occurred_at DESC, id DESC LIMIT 51"
SUM = f"SELECT count(*), sum(total) FROM {TABLE}"
QUESTIONS = {
    "newest page": f"{PAGE} {NEWEST}",
    "deep page": f"{PAGE} AND occurred_at <= %(until)s {NEWEST}",
    "month of a bar": f"{SUM} WHERE bar_id = %(bar)s AND occurred_at >= %(since)s AND occurred_at < %(until)s",
    "month of all bars": f"{SUM} WHERE occurred_at >= %(since)s AND occurred_at < %(until)s",
}


def fill(sales: int, bars: int) -> Any:
    """The rows of bench.millions, without an index."""
    from bench.millions_fill import BIG, CAST, DAYS, FUNCTIONS, INTO_SALES, PRODUCTS, SALES, SELLERS, Superuser

    server = Superuser()
    params = {"sales": sales, "bars": bars, "big": min(BIG, sales // 2)}
    params |= {"days": DAYS, "products": PRODUCTS, "sellers": SELLERS}
    began = time.perf_counter()
    with server.loading():
        server.run(FUNCTIONS, **params)
        server.run(CAST, **params)
        server.run(SALES, **params)
        server.run(f"CREATE TABLE {TABLE} (LIKE sales_sale INCLUDING DEFAULTS)")
        server.run(INTO_SALES.replace("INTO sales_sale", f"INTO {TABLE}"), **params)
        server.run(f"DROP TABLE bench_sale;\nGRANT SELECT ON {TABLE} TO PUBLIC")
    server.run(f"VACUUM (ANALYZE) {TABLE}")
    [(size,)] = execute(f"SELECT pg_table_size('{TABLE}')")
    print(f"{sales} sales: {time.perf_counter() - began:.0f} s, {size >> 20} MB", flush=True)
    return server


def build(server: Any, definition: str) -> tuple[float, float]:
    """Seconds that the index took, and its size in MB; it is the only one."""
    server.run("DROP INDEX IF EXISTS bench_index")
    began = time.perf_counter()
    server.run(f"CREATE INDEX bench_index ON {TABLE} {definition}")
    took = time.perf_counter() - began
    server.run(f"VACUUM (ANALYZE) {TABLE}")
    [(size,)] = execute("SELECT pg_relation_size('bench_index')")
    return round(took, 1), round(size / 2**20, 2)


def bars_asked() -> list[dict[str, Any]]:
    """The big bar and others, with the month that ended a hundred days ago."""
    rows = execute(
        "SELECT bar, now() - interval '130 days', now() - interval '100 days' FROM bench_bar ORDER BY n LIMIT %s",
        [ASKED],
    )
    return [dict(zip(("bar", "since", "until"), row, strict=True)) for row in rows]


def ask(question: str, asked: list[dict[str, Any]]) -> tuple[dict[str, float], list[Any]]:
    """Times in ms, each bar in turn, and the answers of the first round."""
    answers = [execute(QUESTIONS[question], params) for params in asked]
    samples: list[float] = []
    end = time.perf_counter() + PATIENCE
    while len(samples) < CALLS and time.perf_counter() < end:
        began = time.perf_counter()
        execute(QUESTIONS[question], asked[len(samples) % len(asked)])
        samples.append(time.perf_counter() - began)
    return percentiles(samples), answers


def explain(name: str, question: str, params: dict[str, Any]) -> None:
    print(f"\n{question} by {name}:")
    for (line,) in execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {QUESTIONS[question]}", params):
        print(f"    {line}")


def measure() -> dict[str, Any]:
    sales, bars = map(int, runner.numbers(SALES, BARS))
    server = fill(sales, bars)
    execute("SET statement_timeout = 0")
    asked = bars_asked()
    sizes, took, answers = {}, {}, {}
    for name, definition in INDEXES.items():
        seconds, sizes[name] = build(server, definition)
        print(f"\n{name} {definition}: {seconds} s, {sizes[name]} MB", flush=True)
        for question in QUESTIONS:
            few = asked[:1] if question == "month of all bars" else asked
            took[name, question], found = ask(question, few)
            print(f"{question}: {took[name, question]} ms", flush=True)
            assert answers.setdefault(question, found) == found, (name, question)
            explain(name, question, asked[1])
    p50 = {key: one["p50"] for key, one in took.items()}
    brin = min((name for name in INDEXES if name != "btree"), key=lambda name: p50[name, "newest page"])
    ratios = {
        f"{question.replace(' ', '_')}_times": round(p50[brin, question] / p50["btree", question], 2)
        for question in QUESTIONS
        if question != "newest page"
    }
    return {
        "figure": f"newest page of a history by {brin} / by b-tree, {sales} sales in {bars} bars",
        "value": round(p50[brin, "newest page"] / p50["btree", "newest page"], 1),
        "unit": "times as long",
        "target": "—",
        "floor": p50["btree", "newest page"],
        "btree_mb": sizes["btree"],
        "brin_mb": sizes[brin],
        **ratios,
    }


if __name__ == "__main__":
    runner.main("bench.brin", measure)
