"""What of the counter's holds stock: sales that wait for a manager, and bottles kept for clients."""

from stock.holds import declare_hold

declare_hold("""
    SELECT line.product_id, 'sale', sale.id, line.quantity::int, seller.username, sale.occurred_at
    FROM sales_sale AS sale
    JOIN sales_line AS line ON line.sale_id = sale.id
    JOIN bars_user AS seller ON seller.id = sale.sold_by_id
    WHERE sale.bar_id = %(bar)s AND sale.status = 'pending' AND line.product_id = ANY(%(products)s)
""")
declare_hold("""
    SELECT line.product_id, 'consignment', kept.id, kept.quantity - kept.claimed, kept.client, kept.created_at
    FROM sales_consignment AS kept
    JOIN sales_line AS line ON line.id = kept.line_id
    WHERE kept.bar_id = %(bar)s AND kept.status = 'active' AND line.product_id = ANY(%(products)s)
""")
