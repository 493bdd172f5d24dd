"""Years of sales by set-based SQL, for bench/millions.py: 400 days of many bars, in the order of their moments.

Written by the superuser without triggers (`session_replication_role = replica`), without fsync, and with the indexes
made afterwards; all three are as ever before anything is measured. What triggers would have kept is then filled by the
definitions that `verify` checks it with. There are no stock movements, events or decisions: no figure here reads them.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

DAYS, PRODUCTS, SELLERS, BIG = 400, 60, 4, 120_000
TABLES = ("sales_sale", "sales_line")
LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "'16GB'",
    "checkpoint_timeout": "'1h'",
}
SESSION = (
    "SET session_replication_role = replica; SET work_mem = '1GB'; SET maintenance_work_mem = '1GB'; SET jit = off"
)
# It is 23h in every bar, whatever the hour here: an evening with most of its sales. The first bar is a big one.
CAST = """
CREATE TABLE bench_bar AS
SELECT n, uuidv7() AS bar, uuidv7() AS category,
       (SELECT array_agg(uuidv7()) FROM generate_series(1, %(sellers)s) WHERE n > 0) AS sellers,
       CASE n WHEN 1 THEN %(big)s ELSE (%(sales)s - %(big)s) / (%(bars)s - 1) END AS sales,
       'Etc/GMT' || CASE WHEN ahead > 12 THEN '+' || 24 - ahead ELSE '-' || ahead END AS zone
FROM generate_series(1, %(bars)s) AS n,
     (SELECT (47 - extract(hour FROM now() AT TIME ZONE 'UTC')::integer) %% 24 AS ahead) AS clock;
INSERT INTO bars_bar (id, name, slug, currency, time_zone, closing_hour, mode, address, phone, is_active, offline_hours,
                      discount_limit, consignment_days, created_at)
SELECT bar, 'Bar ' || n, 'bench-' || n, 'XOF', zone, 6, 'full', '', '', true, 72, 20, 7, now() - interval '500 days'
FROM bench_bar;
INSERT INTO bars_user (id, username, password, first_name, last_name, email, is_superuser, is_staff, is_active,
                       date_joined)
SELECT person, 'bench-' || n || '-' || seat, '', '', '', '', false, false, true, now()
FROM bench_bar, unnest(sellers) WITH ORDINALITY AS one (person, seat);
INSERT INTO bars_member (bar_id, user_id, role, is_active, created_at)
SELECT bar, person, CASE seat WHEN 1 THEN 'owner' ELSE 'waiter' END, true, now()
FROM bench_bar, unnest(sellers) WITH ORDINALITY AS one (person, seat);
INSERT INTO stock_category (id, bar_id, name, position) SELECT category, bar, 'Boissons', 0 FROM bench_bar;
INSERT INTO stock_product (id, bar_id, category_id, name, sku, price, cost, stock, reserved, alert_threshold, is_active)
SELECT uuidv7(interval '-500 days'), bar, category, 'Boisson ' || p, '', bench_price(p), bench_price(p) * 0.6,
       CASE WHEN p %% 10 = 0 THEN 3 ELSE 200 END, 0, 6, true
FROM bench_bar, generate_series(1, %(products)s) AS p;
CREATE TABLE bench_product AS
SELECT bench_bar.n, array_agg(product.id ORDER BY length(name), name) AS ids
FROM bench_bar JOIN stock_product AS product ON product.bar_id = bench_bar.bar GROUP BY bench_bar.n;
GRANT SELECT ON bench_bar TO PUBLIC
"""
# What the rows are made of. Lines take every seventh product from `first` on.
FUNCTIONS = """
CREATE FUNCTION bench_price(p integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT (5 + p %% 30) * 100::bigint $$;
CREATE FUNCTION bench_item(first integer, place integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT 1 + (first + 7 * place) %% %(products)s $$;
CREATE FUNCTION bench_count(kind integer, place integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN (kind + place) %% 3 = 0 THEN 2 ELSE 1 END $$
"""
# 18h to 2h is the peak; the hour counts from midnight of the business date. What would lie ahead is of the day before.
SALES = """
CREATE UNLOGGED TABLE bench_sale AS
SELECT n, uuidv7(at - now()) AS id, at, first, lines, kind
FROM (
    SELECT n, CASE WHEN at > now() THEN at - interval '1 day' ELSE at END AS at,
           floor(%(products)s * random() * random())::integer AS first, 1 + floor(random() * 3)::integer AS lines,
           floor(random() * 1000)::integer AS kind
    FROM (
        SELECT bar.n, (day + interval '1 minute' * (60 * hour + random() * 60)) AT TIME ZONE bar.zone AS at
        FROM bench_bar AS bar
        CROSS JOIN LATERAL generate_series(1, bar.sales) AS one
        CROSS JOIN LATERAL (
            SELECT bars_business_date(now(), bar.zone, 6) - floor(random() * %(days)s)::integer AS day,
                   (ARRAY[10,11,12,12,13,13,14,15,16,17,17,18,18,18,19,19,19,19,20,20,20,20,20,21,21,21,21,21,21,
                          22,22,22,22,22,22,22,23,23,23,23,23,23,24,24,24,24,24,25,25,25,25,26,26,26,27]
                   )[1 + floor(random() * 55)::integer] AS hour
            WHERE one > 0
        ) AS moment
    ) AS drawn
) AS made
ORDER BY at
"""
# Of a thousand sales 20 are cancelled, 10 wait (or have expired), 4 are rejected, 20 have a discount, 5 are on credit.
INTO_SALES = """
INSERT INTO sales_sale (id, bar_id, key, fingerprint, status, mode, origin, payment, reference, to_verify, client,
                        paid_with, paid_on, discount, total, currency, sold_by_id, created_by_id, occurred_at,
                        received_at, business_date, decided_at, decided_by_id, reason)
SELECT id, bar, gen_random_uuid(), repeat(md5(id::text), 2), status, 'full', 'online', payment, '',
       payment = 'mobile_money' AND kind %% 100 = 7, CASE payment WHEN 'credit' THEN 'Ama' ELSE '' END,
       nullif(payment, 'credit'), CASE WHEN payment <> 'credit' THEN day END, discount, gross - discount, 'XOF', seller,
       seller, at, at, day, CASE WHEN decided THEN at + interval '5 minutes' END, CASE WHEN decided THEN sellers[1] END,
       CASE WHEN decided THEN 'x' ELSE '' END
FROM (
    SELECT sale.*, bar.bar, bar.sellers, bar.sellers[1 + kind %% %(sellers)s] AS seller,
           bars_business_date(at, bar.zone, 6) AS day, kind BETWEEN 0 AND 19 OR kind BETWEEN 30 AND 33 AS decided,
           CASE WHEN kind < 20 THEN 'cancelled'
                WHEN kind < 30 THEN CASE WHEN at > now() - interval '12 hours' THEN 'pending' ELSE 'expired' END
                WHEN kind < 34 THEN 'rejected' ELSE 'validated' END AS status,
           CASE WHEN kind BETWEEN 80 AND 84 THEN 'credit' WHEN kind %% 20 IN (7, 8, 9) THEN 'mobile_money'
                WHEN kind %% 20 IN (3, 4) THEN 'card' ELSE 'cash' END AS payment,
           CASE WHEN kind BETWEEN 40 AND 59 THEN 150 ELSE 0 END AS discount,
           (SELECT sum(bench_count(kind, place) * bench_price(bench_item(first, place)))::bigint
            FROM generate_series(0, lines - 1) AS place) AS gross
    FROM bench_sale AS sale JOIN bench_bar AS bar USING (n)
) AS made
"""
INTO_LINES = """
INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
SELECT bar.bar, sale.id, product.ids[p], 'Boisson ' || p, bench_price(p), bench_price(p) * 0.6, bench_count(kind, place)
FROM bench_sale AS sale
JOIN bench_bar AS bar USING (n) JOIN bench_product AS product USING (n)
CROSS JOIN LATERAL generate_series(0, lines - 1) AS place
CROSS JOIN LATERAL (SELECT bench_item(first, place) AS p) AS item
"""
# Ten sales of a thousand come back in part, half an hour later; then what triggers would have kept.
KEPT = """
INSERT INTO sales_return (bar_id, key, sale_id, line_id, quantity, reason, note, status, refunds, restocks, refund,
                          refund_with, business_date, created_by_id, decided_by_id, created_at, decided_at)
SELECT bar.bar, gen_random_uuid(), sale.id, line.id, 1, 'wrong_item', '', 'approved', true, true, line.unit_price,
       (SELECT coalesce(paid_with, payment) FROM sales_sale WHERE sales_sale.id = sale.id),
       bars_business_date(back.at, bar.zone, 6), bar.sellers[2], bar.sellers[1], back.at, back.at
FROM bench_sale AS sale
JOIN bench_bar AS bar USING (n) JOIN bench_product AS product USING (n)
JOIN sales_line AS line ON line.sale_id = sale.id AND line.product_id = product.ids[bench_item(first, 0)]
CROSS JOIN LATERAL (SELECT least(sale.at + interval '30 minutes', now()) AS at) AS back
WHERE kind BETWEEN 60 AND 69;
INSERT INTO stats_salesminute (bar_id, business_date, minute, sales, revenue, refunds)
SELECT bar_id, business_date, date_trunc('minute', moment, 'UTC') AS minute, sum(sales), sum(amount) - sum(refund),
       sum(refund)
FROM (
    SELECT bar_id, business_date, occurred_at AS moment, 1 AS sales, total AS amount, 0 AS refund
    FROM sales_sale WHERE status = 'validated'
    UNION ALL
    SELECT bar_id, business_date, decided_at, 0, 0, refund FROM sales_return
) AS one
GROUP BY 1, 2, 3 ORDER BY 3;
SELECT sum(sales_count_days(bar)) FROM bench_bar
"""
# Of yesterday's refreshes; the night that is measured counts a day more, and what has changed since.
YESTERDAY = """
REFRESH MATERIALIZED VIEW daily_sales_summary;
REFRESH MATERIALIZED VIEW bars_with_stats;
SELECT count(stats_refresh_products(bar, now() - interval '1 day')) FROM bench_bar;
INSERT INTO stats_refreshlog (view, started_at, seconds, error)
SELECT view, now() - interval '1 day', 0, ''
FROM unnest(ARRAY['daily_sales_summary', 'bars_with_stats', 'top_products_by_period', 'product_sales_stats']) AS view;
REFRESH MATERIALIZED VIEW product_sales_stats;
INSERT INTO stats_dirtyday (view, bar_id, business_date)
SELECT view, bar, bars_business_date(now(), zone, 6) - late
FROM bench_bar, generate_series(3, 5) AS late,
     unnest(ARRAY['daily_sales_summary', 'top_products_by_period']) AS view
"""


class Superuser:
    """Connections that triggers don't see."""

    def __init__(self) -> None:
        from django.db import connection

        settings = connection.get_connection_params()
        self.address = {name: settings[name] for name in ("host", "port", "dbname") if name in settings}

    @contextmanager
    def session(self) -> Iterator[Any]:
        import psycopg

        with psycopg.connect(
            **self.address, user="postgres", autocommit=True, cursor_factory=psycopg.ClientCursor
        ) as connection:
            connection.execute(SESSION)
            yield connection

    def run(self, script: str, **params: Any) -> None:
        """Each statement in a transaction of its own."""
        with self.session() as connection:
            connection.execute("SELECT setseed(0.42)")
            for statement in script.split(";\n"):
                connection.execute(*((statement, params) if params else (statement,)))

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Without fsync, and without the indexes of the two tables, which are whole and on disk when this is left."""
        self._set([f"ALTER SYSTEM SET {name} = {value}" for name, value in LOADING.items()])
        try:
            yield
        finally:
            self._set([f"ALTER SYSTEM RESET {name}" for name in LOADING])
        self.run("CHECKPOINT")

    def _set(self, statements: list[str]) -> None:
        self.run(";\n".join([*statements, "SELECT pg_reload_conf()"]))


def load_table(server: Superuser, table: str, insert: str, params: dict[str, Any]) -> None:
    """The rows, then the indexes: a row doesn't enter one that isn't ready."""
    server.run(f"UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = '{table}'::regclass")
    server.run(insert, **params)
    server.run(f"REINDEX TABLE {table}")


def fill(sales: int, bars: int) -> dict[str, float]:
    """Seconds of each step."""
    server, took = Superuser(), {}
    params = {"sales": sales, "bars": bars, "big": min(BIG, sales // 2)}
    params |= {"days": DAYS, "products": PRODUCTS, "sellers": SELLERS}

    def step(name: str, work: Any) -> None:
        began = time.perf_counter()
        work()
        took[name] = round(time.perf_counter() - began, 1)
        print(f"{name}: {took[name]} s", flush=True)

    def load() -> None:
        with ThreadPoolExecutor(2) as pool:
            jobs = zip(TABLES, (INTO_SALES, INTO_LINES), strict=True)
            for done in [pool.submit(load_table, server, table, insert, params) for table, insert in jobs]:
                done.result()

    with server.loading():
        step("cast", lambda: (server.run(FUNCTIONS, **params), server.run(CAST, **params)))
        step("what is sold", lambda: server.run(SALES, **params))
        step("sales, lines and their indexes", load)
        step("vacuum", lambda: server.run("VACUUM (ANALYZE) sales_sale;\nVACUUM (ANALYZE) sales_line;\nANALYZE"))
        step("what triggers keep", lambda: server.run(KEPT))
        step("yesterday's refreshes", lambda: server.run("ANALYZE;\n" + YESTERDAY))
        step("vacuum of the rest", lambda: server.run("DROP TABLE bench_sale;\nVACUUM (ANALYZE)"))
    return took
