"""What is always true of the numbers of pages."""

from bars.invariants import Invariant, declare

declare(
    Invariant(
        "I26",
        "The counts of finished days, by which pages are numbered, are those of all their sales.",
        """
        SELECT bar_id, business_date, utc_date, kept.sales, counted.sales AS counted_sales
        FROM sales_daycount AS kept
        FULL JOIN (
            SELECT bar_id, business_date, (occurred_at AT TIME ZONE 'UTC')::date AS utc_date, count(*) AS sales
            FROM sales_sale JOIN (SELECT bar_id, max(utc_date) AS last FROM sales_daycount GROUP BY 1) AS known
                USING (bar_id)
            WHERE occurred_at < (last + 1)::timestamp AT TIME ZONE 'UTC'
            GROUP BY 1, 2, 3
        ) AS counted USING (bar_id, business_date, utc_date)
        WHERE kept.sales IS DISTINCT FROM counted.sales
        """,
    ),
)
