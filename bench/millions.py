"""Figures over years of sales.

python -m bench.millions [SALES [BARS]] [--plans]    10,000,000 in 200 bars where none are given

The rows come from bench/millions_fill.py. Each figure is asked for as the application asks, of many bars in turn,
beside the naive query over the same rows, whose answer must be the same. Before that one night's refreshes: what they
took, and the CPU time of all of Postgres' processes meanwhile, as a share of the night's eight hours (it needs Linux).
The value is the slowest figure by its promised time: below 1 all are kept. With --plans the plans are printed.
Needs the servers of its own: the superuser loads the rows.
"""

import gc
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench import runner
from bench.games import execute, explain, measured

SALES, BARS = 10_000_000, 200
ASKED, CALLS, CONTROLS = 50, 400, 30
DEEP = 2_000  # or the last page of a smaller bar
NIGHT = 8 * 3600  # seconds: from 3h to 11h the light views are refreshed each hour, the heavy ones once
LIGHT_A_NIGHT = 8
PROMISED = {
    "tonight": 5,
    "year by day": 20,
    "top products of a month": 20,
    "history page 1": 20,
    "history page 2000": 20,
}

ASKED_ABOUT = "SELECT bar, sellers[1], bars_business_date(now(), zone, 6) FROM bench_bar ORDER BY n LIMIT %s"
TONIGHT = """
SELECT coalesce(sum(total) FILTER (WHERE status = 'validated' AND business_date = %(day)s), 0) - (
           SELECT coalesce(sum(refund), 0) FROM sales_return WHERE bar_id = %(bar)s AND business_date = %(day)s
       ), count(*) FILTER (WHERE status = 'validated' AND business_date = %(day)s),
       count(*) FILTER (WHERE status = 'pending'), coalesce(sum(total) FILTER (WHERE status = 'pending'), 0)
FROM sales_sale WHERE bar_id = %(bar)s
"""
YEAR = """
SELECT business_date, sum(sales), sum(amount), sum(refund)
FROM (
    SELECT business_date, 1 AS sales, total AS amount, 0 AS refund FROM sales_sale
    WHERE bar_id = %(bar)s AND business_date BETWEEN %(since)s AND %(day)s AND status = 'validated'
    UNION ALL
    SELECT business_date, 0, -refund, refund FROM sales_return
    WHERE bar_id = %(bar)s AND business_date BETWEEN %(since)s AND %(day)s AND status IN ('approved', 'restocked')
) AS one
GROUP BY 1 ORDER BY 1
"""
TOP = """
SELECT product_id, sum(quantity - returned), sum(revenue - refunds)
FROM sales_products_sold(%(bar)s, %(month)s, %(day)s) GROUP BY 1
"""
# Of a sample of what is always true, that which the rows here can have: they have no movements, events and decisions.
CONTROLLED = ("I03", "I04", "I17", "I19", "I26", "I29")


class Asked(NamedTuple):
    """One bar, and the days that it is asked about."""

    member: Any
    day: date

    @property
    def params(self) -> dict[str, Any]:
        return {
            "bar": self.member.bar_id, "day": self.day, "since": self.day - timedelta(days=364),
            "month": self.day - timedelta(days=29),
        }  # fmt: skip

    def deep(self) -> int:
        from sales.queries.sales import count_of_sales, pages_of

        return min(DEEP, pages_of(count_of_sales(self.member) or 0))


def bars_asked() -> list[Asked]:
    """The big bar first, then others."""
    from bars.access import find_member
    from bars.models import User

    rows = execute(ASKED_ABOUT, [ASKED])
    return [Asked(find_member(User.objects.get(pk=owner), bar), day) for bar, owner, day in rows]


def page(one: Asked, number: int) -> tuple[list[Any], int]:
    from sales.queries.sales import count_of_sales, page_of_sales

    return [sale.pk for sale in page_of_sales(one.member, number=number)[0]], count_of_sales(one.member) or 0


def counted_page(one: Asked, number: int) -> tuple[list[Any], int]:
    """The same with OFFSET and COUNT(*)."""
    from sales.models import Sale

    sales = Sale.objects.filter(bar_id=one.member.bar_id)
    listed = sales.newest_first().select_related("sold_by", "decided_by").prefetch_related("lines")
    return [sale.pk for sale in listed[50 * (number - 1) : 50 * number]], sales.count()


def ours() -> dict[str, Callable[[Asked], Any]]:
    from stats.periods import days, top_products
    from stats.queries import tonight

    return {
        "tonight": lambda one: tonight(one.member.bar),
        "year by day": lambda one: days(one.member.bar, one.params["since"], one.day),
        "top products of a month": lambda one: top_products(one.member.bar, one.params["month"], one.day),
        "history page 1": lambda one: page(one, 1),
        "history page 2000": lambda one: page(one, one.deep()),
    }


NAIVE: dict[str, Callable[[Asked], Any]] = {
    "tonight": lambda one: execute(TONIGHT, one.params),
    "year by day": lambda one: execute(YEAR, one.params),
    "top products of a month": lambda one: execute(TOP, one.params),
    "history page 1": lambda one: counted_page(one, 1),
    "history page 2000": lambda one: counted_page(one, one.deep()),
}


def check_same(name: str, found: Any, naive: Any) -> None:
    """Both say the same, and it is something, or a figure of speed means nothing."""
    if name == "tonight":
        seen = [(found["revenue"], found["sales"], found["pending"]["count"], found["pending"]["total"])]
        assert seen == naive, (seen, naive)
        assert found["sales"] > 0
    elif name == "year by day":
        seen = [(day["business_date"], day["sales"], day["revenue"], day["refunds"]) for day in found]
        assert seen == naive, (seen[-5:], naive[-5:])
        assert len(seen) > 300
    elif name == "top products of a month":
        by_product = {product: (quantity, revenue) for product, quantity, revenue in naive}
        assert len(found) == 10
        assert all(by_product[p["product"]] == (p["quantity"], p["revenue"]) for p in found)
        assert [p["revenue"] for p in found] == sorted((revenue for _, _, revenue in naive), reverse=True)[:10]
    else:
        assert found == naive
        assert len(found[0]) == 50 or found[1] % 50


def in_turn(asked: list[Asked], call: Callable[[Asked], Any], times: int) -> dict[str, float]:
    """One bar after the other, all asked once before: p50, p99 and the worst in ms."""
    for one in asked:
        call(one)
    order = iter(random.Random(42).choices(asked, k=times))
    return measured(lambda: call(next(order)), times)


def cpu_of_postgres() -> float:
    """Seconds of processor of all processes of the server."""
    [(backend,)] = execute("SELECT pg_backend_pid()")
    postmaster = stat_of(backend)[0]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = stat_of(int(path.name))
        except OSError:
            continue  # it has just ended
        ticks += fields[10] + fields[11] if fields[0] == postmaster else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def stat_of(pid: int) -> list[int]:
    """/proc/PID/stat after the state: 0 is the parent's pid, 10 and 11 are clock ticks of user and system time."""
    return [int(word) for word in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1:]]


def refresh() -> dict[str, tuple[float, float]]:
    """Wall and processor seconds of each view, refreshed once."""
    from stats.services import VIEWS, refresh_view

    took = {}
    for view in VIEWS:
        began, before = time.perf_counter(), cpu_of_postgres()
        log = refresh_view(view)
        took[view] = time.perf_counter() - began, cpu_of_postgres() - before
        assert log, f"{view} is being refreshed elsewhere"
        assert not log.error, log.error
        print(f"refresh of {view}: {took[view][0]:.1f} s, {took[view][1]:.1f} s of processor", flush=True)
    return took


def night() -> dict[str, float]:
    """All refreshes of a night: seconds, and the share of one core."""
    from stats.services import LIGHT_VIEWS

    took = refresh()
    times = {view: LIGHT_A_NIGHT if view in LIGHT_VIEWS else 1 for view in took}
    wall = sum(times[view] * seconds for view, (seconds, _) in took.items())
    cpu = sum(times[view] * seconds for view, (_, seconds) in took.items())
    share = round(100 * cpu / NIGHT, 2)
    print(f"a night of {LIGHT_A_NIGHT} light and 1 heavy refreshes: {wall:.0f} s, {share} % of one core", flush=True)
    return {"night_seconds": round(wall, 1), "night_percent_of_a_core": share}


def check_rows() -> None:
    """What was generated could have been sold."""
    from bars.invariants import all_invariants, check

    for one in (one for one in all_invariants() if one.id in CONTROLLED):
        found = check(one)
        print(f"verify {one.id} {found.seconds:.1f} s: {one.sentence}", flush=True)
        assert not found.broken, (one.sentence, found.rows)


def measure() -> dict[str, Any]:
    from bench.millions_fill import fill

    sales, bars = map(int, runner.numbers(SALES, BARS))
    fill(sales, bars)
    execute("SET statement_timeout = 0")
    gc.freeze()  # as the web process does
    asked = bars_asked()
    told: dict[str, float] = night()
    for name, call in ours().items():
        for one in asked[:10]:
            check_same(name, call(one), NAIVE[name](one))
        took, naive = in_turn(asked, call, CALLS), in_turn(asked, NAIVE[name], CONTROLS)
        print(f"{name}: {took} ms, promised {PROMISED[name]}; naive {naive} ms", flush=True)
        told[name.replace(" ", "_")] = took["p50"]
        told[f"{name} naive".replace(" ", "_")] = naive["p50"]
        if "--plans" in sys.argv:
            explain(name, lambda call=call: call(asked[0]))  # type: ignore[misc]
    slowest = max(PROMISED, key=lambda name: told[name.replace(" ", "_")] / PROMISED[name])
    check_rows()
    key = slowest.replace(" ", "_")
    return {
        "figure": f"figures over {sales} sales in {bars} bars, median by promised time, the slowest ({slowest})",
        "value": round(told[key] / PROMISED[slowest], 2),
        "unit": "of the promised ms",
        "target": 1,
        "floor": round(told[f"{key}_naive"] / PROMISED[slowest], 2),
    } | told


if __name__ == "__main__":
    runner.main("bench.millions", measure)
