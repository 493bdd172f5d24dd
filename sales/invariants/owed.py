"""What is always true of what is owed, paid later and given back."""

from bars.invariants import Invariant, declare

declare(
    Invariant(
        "I38",
        "A settlement is the sum of the sales that it pays, less what came back of them while they were owed.",
        """
        SELECT settlement.id, settlement.bar_id, settlement.amount, paid.total, given.refund, paid.sales
        FROM sales_settlement AS settlement
        LEFT JOIN LATERAL (
            SELECT count(*) AS sales, coalesce(sum(sale.total), 0) AS total,
                   bool_and(sale.status = 'validated' AND sale.paid_with = settlement.payment
                            AND sale.paid_on = settlement.business_date
                            AND (settlement.tab_id IS NULL OR sale.tab_id = settlement.tab_id)) AS are_paid
            FROM sales_sale AS sale WHERE sale.settlement_id = settlement.id
        ) AS paid ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(back.refund), 0) AS refund
            FROM sales_return AS back JOIN sales_sale AS sale ON sale.id = back.sale_id
            WHERE sale.settlement_id = settlement.id AND back.refund_with IN ('tab', 'credit')
        ) AS given ON true
        WHERE settlement.amount <> paid.total - given.refund OR NOT paid.are_paid
           OR settlement.tab_id IS NULL AND paid.sales <> 1
        """,
    ),
    Invariant(
        "I38",
        "A tab is settled by a settlement, and no sale that was on it then is left.",
        """
        SELECT tab.id, tab.bar_id, tab.status, settlement.id AS settlement, sale.id AS sale
        FROM sales_tab AS tab
        LEFT JOIN sales_settlement AS settlement ON settlement.tab_id = tab.id
        LEFT JOIN sales_sale AS sale
            ON sale.tab_id = tab.id AND sale.status = 'validated' AND sale.settlement_id IS NULL
            AND sale.decided_at IS NULL  -- one that was decided about later is owed like a credit
            AND tab.status = 'settled'
        WHERE (tab.status = 'settled') <> (settlement.id IS NOT NULL) OR sale.id IS NOT NULL
        """,
    ),
    Invariant(
        "I39",
        "What was refunded of a sale is the share of its total that came back, and never more than was paid.",
        """
        SELECT sale.id, sale.bar_id, sale.total, back.refund, back.value
        FROM (
            SELECT returned.sale_id, sum(returned.refund) AS refund,
                   sum(returned.quantity * line.unit_price) FILTER (WHERE returned.refunds) AS value
            FROM sales_return AS returned JOIN sales_line AS line ON line.id = returned.line_id
            WHERE returned.status IN ('approved', 'restocked')
            GROUP BY returned.sale_id
        ) AS back
        JOIN sales_sale AS sale ON sale.id = back.sale_id
        WHERE back.refund > sale.total
           OR back.refund <> sales_refund(sale.total, sale.total + sale.discount, 0, coalesce(back.value, 0)::bigint)
        """,
    ),
)
