"""What is always true of the closes of days."""

from bars.invariants import Invariant, declare

# What every date has brought, a row a document: how many sales, revenue before refunds, refunds, cash.
BROUGHT = """
    SELECT bar_id, business_date, 1 AS sales, total AS gross, 0::bigint AS refunds,
           CASE payment WHEN 'cash' THEN total ELSE 0 END AS cash
    FROM sales_sale WHERE status = 'validated'
    UNION ALL
    SELECT bar_id, business_date, 0, 0, refund, CASE refund_with WHEN 'cash' THEN -refund ELSE 0 END
    FROM sales_return WHERE status IN ('approved', 'restocked')
    UNION ALL
    SELECT bar_id, business_date, 0, 0, 0, amount FROM sales_settlement WHERE payment = 'cash'
    UNION ALL
    SELECT bar_id, business_date, 0, 0, 0, -amount FROM sales_expense WHERE payment = 'cash' AND voided_at IS NULL
    UNION ALL
    SELECT bar_id, business_date, 0, 0, 0, -lots * lot_price FROM stock_supply WHERE payment = 'cash'
"""
ADDED = """
    SELECT close_id, sum((kind = 'sale')::integer - (kind = 'cancellation')::integer) AS sales,
           coalesce(sum(revenue) FILTER (WHERE kind <> 'refund'), 0) AS gross,
           coalesce(-sum(revenue) FILTER (WHERE kind = 'refund'), 0) AS refunds, sum(cash) AS cash
    FROM sales_addendum GROUP BY close_id
"""
STANDING = "SELECT * FROM sales_dayclose WHERE reopened_at IS NULL"
IN_ORDER = f"""
    SELECT close.*,
           lag(business_date) OVER days AS last_date,
           lag(left_cash) OVER days AS last_left,
           lag(closed_at) OVER days AS last_closed_at
    FROM ({STANDING}) AS close WINDOW days AS (PARTITION BY bar_id ORDER BY business_date)
"""

declare(
    Invariant(
        "I19",
        "Sales and closes count in the currency of their bar.",
        """
        SELECT one.id, one.bar_id, one.currency, bar.currency AS of_the_bar
        FROM (
            SELECT id, bar_id, currency FROM sales_sale
            UNION ALL
            SELECT id, bar_id, currency FROM sales_dayclose
        ) AS one JOIN bars_bar AS bar ON bar.id = one.bar_id
        WHERE one.currency <> bar.currency
        """,
    ),
    Invariant(
        "I21",
        "Closes that stand follow each other without a date in two or in none.",
        f"""
        SELECT id, bar_id, number, since, business_date, last_date FROM ({IN_ORDER}) AS close
        WHERE since > business_date OR since <> last_date + 1
        """,
    ),
    Invariant(
        "I21",
        "Closes are numbered from 1 without a hole, in the order in which they were made.",
        """
        SELECT * FROM (
            SELECT id, bar_id, number, closed_at,
                   row_number() OVER (PARTITION BY bar_id ORDER BY number) AS place,
                   lag(closed_at) OVER (PARTITION BY bar_id ORDER BY number) AS before
            FROM sales_dayclose
        ) AS close
        WHERE number <> place OR closed_at < before
        """,
    ),
    Invariant(
        "I22",
        "A close that stands and its addenda are what the books say now: sales, revenue, refunds and cash.",
        f"""
        WITH day AS MATERIALIZED (
            SELECT bar_id, business_date, sum(sales) AS sales, sum(gross) AS gross, sum(refunds) AS refunds,
                   sum(cash) AS cash
            FROM ({BROUGHT}) AS one GROUP BY bar_id, business_date
        )
        SELECT close.id, close.bar_id, close.number, close.sales, close.gross, close.refunds,
               close.cash_in - close.cash_out AS cash, to_jsonb(added) AS added, to_jsonb(brought) AS brought
        FROM ({STANDING}) AS close
        LEFT JOIN ({ADDED}) AS added ON added.close_id = close.id
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(day.sales), 0) AS sales, coalesce(sum(day.gross), 0) AS gross,
                   coalesce(sum(day.refunds), 0) AS refunds, coalesce(sum(day.cash), 0) AS cash
            FROM day
            WHERE day.bar_id = close.bar_id AND day.business_date BETWEEN close.since AND close.business_date
        ) AS brought ON true
        WHERE (close.sales + coalesce(added.sales, 0), close.gross + coalesce(added.gross, 0),
               close.refunds + coalesce(added.refunds, 0), close.cash_in - close.cash_out + coalesce(added.cash, 0))
              IS DISTINCT FROM (brought.sales, brought.gross, brought.refunds, brought.cash)
        """,
    ),
    Invariant(
        "I22",
        "The sums on a close add up.",
        """
        SELECT id, bar_id, number FROM sales_dayclose
        WHERE net <> gross - refunds OR expected_cash <> opening_cash + carried_cash + cash_in - cash_out
           OR difference <> counted_cash - expected_cash
           OR gross <> (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(by_payment))
        """,
    ),
    Invariant(
        "I22",
        "A close opens with the cash that the last one left, and carries what came for closed days.",
        f"""
        SELECT close.id, close.bar_id, close.number, opening_cash, last_left, carried_cash, late.cash
        FROM ({IN_ORDER}) AS close
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(one.cash), 0) AS cash
            FROM sales_addendum AS one JOIN sales_dayclose AS closed ON closed.id = one.close_id
            WHERE one.bar_id = close.bar_id AND closed.reopened_at IS NULL
              AND one.created_at > close.last_closed_at AND one.created_at <= close.closed_at
              AND sales_cash_moved_after(one, close.last_closed_at)
        ) AS late
        CROSS JOIN LATERAL (
            SELECT sales_cancelled_before(
                close.bar_id, min(before.since),
                coalesce(close.last_closed_at, sales_day_begins(close.bar_id, close.since)), close.closed_at
            ) AS cash
            FROM sales_dayclose AS before WHERE before.bar_id = close.bar_id AND before.number <= close.number
        ) AS given_back
        WHERE opening_cash <> last_left OR carried_cash <> late.cash - given_back.cash
        """,
    ),
    Invariant(
        "I22",
        "The perpetual total never falls, and holds every sale that was validated before its close.",
        """
        SELECT close.id, close.bar_id, close.number, close.perpetual_total, close.before, ever.total, late.total AS late
        FROM (
            SELECT *, lag(perpetual_total) OVER numbers AS before, min(since) OVER numbers AS first,
                   row_number() OVER (PARTITION BY bar_id ORDER BY number DESC) = 1 AS is_last
            FROM sales_dayclose WINDOW numbers AS (PARTITION BY bar_id ORDER BY number)
        ) AS close
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(sale.total), 0) AS total FROM sales_sale AS sale
            WHERE sale.bar_id = close.bar_id AND sale.business_date BETWEEN close.first AND close.business_date
              AND sale.status IN ('validated', 'cancelled')
              AND close.is_last
        ) AS ever
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(one.revenue), 0) AS total FROM sales_addendum AS one
            WHERE one.bar_id = close.bar_id AND one.kind = 'sale' AND one.created_at > close.closed_at
        ) AS late
        WHERE close.perpetual_total < close.before
           OR close.reopened_at IS NULL AND close.perpetual_total < ever.total - late.total
        """,
    ),
)
