"""Sales a second with all statistics on, beside the same with them off.

python -m bench.statistics_cost [ROUNDS]

Off are the triggers on the tables of the trade that call functions of stats: the minutes, the activity, the marks of
late days. The same sales of three lines by pgbench on durable servers, in turns, forward and back; each bar has an hour
of minutes behind it, from which its activity is counted. Control: on, the roll-up grows by the sales; off, by none.
"""

from statistics import median
from typing import Any

from bench import runner
from bench.doorbell import BARS, CLIENTS, SECONDS, sell
from bench.games import execute
from bench.sale import PREPARE

ROUNDS = 5
STATISTICS = """
SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal AND tgrelid::regclass::text NOT LIKE 'stats%' AND prosrc LIKE '%stats\\_%'
"""
AN_HOUR = """
INSERT INTO stats_salesminute (bar_id, business_date, minute, sales, revenue, refunds)
SELECT bar.id, bars_business_date(minute, bar.time_zone, bar.closing_hour), minute, 0, 0, 0
FROM bars_bar AS bar
CROSS JOIN generate_series(date_trunc('minute', now()) - interval '1 hour', now(), interval '1 minute') AS minute
"""
COUNTED = "SELECT (SELECT count(*) FROM sales_sale), (SELECT sum(sales) FROM stats_salesminute)"
ARMS = ("on", "off")


def rate(arm: str, triggers: list[Any]) -> float:
    """Sales a second of one arm, which the roll-up counts or doesn't as it says."""
    for table, name in triggers:
        execute(f"ALTER TABLE {table} {'ENABLE' if arm == 'on' else 'DISABLE'} TRIGGER {name}")
    [before] = execute(COUNTED)
    sold = sell()
    [after] = execute(COUNTED)
    sales, in_minutes = (now - then for now, then in zip(after, before, strict=True))
    assert sales > 0
    assert in_minutes == (sales if arm == "on" else 0), (arm, sales, in_minutes)
    return sold


def measure() -> dict[str, Any]:
    from bench.cast import open_bar

    [rounds] = map(int, runner.numbers(ROUNDS))
    for _ in range(BARS):
        open_bar(products=3)
    for statement in (PREPARE, AN_HOUR, "ANALYZE"):
        execute(statement)
    triggers = execute(STATISTICS)
    print(f"triggers: {', '.join(f'{name} on {table}' for table, name in triggers)}", flush=True)
    rate("on", triggers)  # warm
    sold = []
    for number in range(rounds):
        arms = ARMS if number % 2 else ARMS[::-1]
        sold.append({arm: rate(arm, triggers) for arm in arms})
        print(
            f"round {number + 1}: {', '.join(f'{arm} {sold[-1][arm]:.0f}' for arm in ARMS)} sales a second", flush=True
        )
    print(f"{CLIENTS} clients, {BARS} bars, {rounds} rounds of {SECONDS} s; medians")
    return {
        "figure": "sales/s with all statistics / without",
        "value": round(median(each["on"] / each["off"] for each in sold), 3),
        "unit": "ratio",
        "target": 0.85,
        "floor": round(median(each["off"] for each in sold), 1),
        "sales_per_second": round(median(each["on"] for each in sold), 1),
    }


if __name__ == "__main__":
    runner.main("bench.statistics_cost", measure)
