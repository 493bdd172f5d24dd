"""What is always true of the books."""

from bars.invariants import Invariant, declare
from sales.models import MOST_OF_ONE
from stock.models import HIGHEST_PRICE

declare(
    Invariant(
        "I03",
        "The total of a sale is the sum of its lines.",
        """
        SELECT sale.id, sale.bar_id, sale.total, lines.total AS of_lines
        FROM sales_sale AS sale
        JOIN (
            SELECT sale_id, sum(quantity * unit_price) AS total FROM sales_line GROUP BY sale_id
        ) AS lines ON lines.sale_id = sale.id
        WHERE sale.total <> lines.total
        """,
    ),
    Invariant(
        "I04",
        "Every sale has a line, and every line its sale.",
        """
        SELECT sale.id AS sale, line.id AS line
        FROM sales_sale AS sale FULL JOIN sales_line AS line ON line.sale_id = sale.id
        WHERE sale.id IS NULL OR line.id IS NULL
        """,
    ),
    Invariant(
        "I06",
        "Each line of a validated sale has taken its quantity once, and nothing else was taken for a sale.",
        """
        SELECT sold.sale_id, coalesce(sold.product_id, moved.product_id) AS product_id,
               sold.quantity AS sold, moved.quantity AS moved, moved.movements
        FROM (
            SELECT line.sale_id, line.product_id, line.quantity
            FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
            WHERE sale.status IN ('validated', 'cancelled')  -- cancelling gives back by movements of its own
        ) AS sold
        FULL JOIN (
            SELECT cause_id, product_id, sum(quantity) AS quantity, count(*) AS movements
            FROM stock_movement WHERE cause = 'sale' GROUP BY cause_id, product_id
        ) AS moved ON moved.cause_id = sold.sale_id AND moved.product_id = sold.product_id
        WHERE moved.quantity IS DISTINCT FROM -sold.quantity OR moved.movements <> 1
        """,
    ),
    Invariant(
        "I07",
        "A client's key has made one sale in its bar.",
        "SELECT bar_id, key, count(*) AS sales FROM sales_sale GROUP BY bar_id, key HAVING count(*) > 1",
    ),
    Invariant(
        "I11",
        "Each sale was announced once to its bar and once to its seller.",
        """
        SELECT sale.id, told.stream, coalesce(announced.events, 0) AS events
        FROM sales_sale AS sale
        CROSS JOIN LATERAL (VALUES ('bar.' || sale.bar_id), ('user.' || sale.sold_by_id)) AS told (stream)
        LEFT JOIN (
            SELECT stream, (data ->> 'sale')::uuid AS sale_id, count(*) AS events
            FROM realtime_event WHERE type = 'sale.created' GROUP BY 1, 2
        ) AS announced ON announced.stream = told.stream AND announced.sale_id = sale.id
        WHERE announced.events > 1
           OR announced.events IS NULL AND sale.received_at >= (SELECT min(created_at) FROM realtime_event)
              AND NOT EXISTS (  -- many sales at once are announced together
                  SELECT FROM realtime_event AS bulk
                  WHERE bulk.stream = told.stream AND bulk.type = 'invalidate' AND bulk.data -> 'topics' ? 'sales'
                    AND bulk.created_at BETWEEN sale.received_at AND sale.received_at + interval '1 hour'
              )
        """,
    ),
    Invariant(
        "I12",
        "An event about a sale stands on the stream of its bar or of its seller.",
        """
        SELECT event.stream, event.seq, event.type, sale.bar_id, sale.sold_by_id
        FROM realtime_event AS event
        LEFT JOIN sales_sale AS sale ON sale.id = (event.data ->> 'sale')::uuid
        WHERE event.type IN ('sale.created', 'sale.changed')
          AND (sale.id IS NULL OR event.stream NOT IN ('bar.' || sale.bar_id, 'user.' || sale.sold_by_id))
        """,
    ),
    Invariant(
        "I12",
        "An event about a consignment stands on the stream of its bar.",
        """
        SELECT event.stream, event.seq, consignment.bar_id
        FROM realtime_event AS event
        LEFT JOIN sales_consignment AS consignment ON consignment.id = (event.data ->> 'consignment')::uuid
        WHERE event.type = 'consignment.changed' AND event.stream IS DISTINCT FROM 'bar.' || consignment.bar_id
        """,
    ),
    Invariant(
        "I17",
        "Quantities and prices on lines are in bounds.",
        f"""
        SELECT id, sale_id, quantity, unit_price FROM sales_line
        WHERE NOT quantity BETWEEN 1 AND {MOST_OF_ONE} OR NOT unit_price BETWEEN 0 AND {HIGHEST_PRICE}
        """,
    ),
    Invariant(
        "I19",
        "The business date is the date on the bar's wall, less a day before its closing hour.",
        """
        SELECT sale.id, sale.bar_id, sale.occurred_at, sale.business_date
        FROM sales_sale AS sale JOIN bars_bar AS bar ON bar.id = sale.bar_id
        WHERE sale.business_date <>
            ((sale.occurred_at AT TIME ZONE bar.time_zone) - make_interval(hours => bar.closing_hour))::date
        """,
    ),
    Invariant(
        "I20",
        "No sale comes from the future.",
        """
        SELECT id, bar_id, occurred_at, received_at FROM sales_sale
        WHERE occurred_at > received_at + interval '5 minutes' AND status <> 'needs_review'
        """,
    ),
    Invariant(
        "I37",
        "What is reserved of a product is what pending sales and active consignments hold.",
        """
        SELECT product.id, product.bar_id, product.name, product.reserved, coalesce(held.quantity, 0) AS held
        FROM stock_product AS product
        LEFT JOIN (
            SELECT product_id, sum(quantity) AS quantity
            FROM (
                SELECT line.product_id, line.quantity
                FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
                WHERE sale.status = 'pending'
                UNION ALL
                SELECT line.product_id, consignment.quantity
                FROM sales_consignment AS consignment JOIN sales_line AS line ON line.id = consignment.line_id
                WHERE consignment.status = 'active'
            ) AS one
            GROUP BY product_id
        ) AS held ON held.product_id = product.id
        WHERE product.reserved <> coalesce(held.quantity, 0)
        """,
    ),
)
