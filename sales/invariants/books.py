"""What is always true of the books.

Where Postgres can't see a change of the past in the rows (I18), it is refused: no grant, and triggers.
"""

from django.apps import apps

from bars.invariants import Invariant, declare
from bars.models import MOST_OFFLINE_HOURS
from sales.models import MOST_OF_ONE
from stock.invariants import unmoved
from stock.models import HIGHEST_PRICE


def repeated_keys() -> str:
    """Over every table of which a client's key makes one row in its bar: keys that have made two."""
    keyed = [
        model._meta.db_table
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if not model._meta.proxy and getattr(constraint, "fields", ()) == ("bar", "key")
    ]
    return " UNION ALL ".join(
        f"SELECT '{table}' AS name_of_table, bar_id, key, count(*) AS made FROM {table}"
        " WHERE key IS NOT NULL GROUP BY bar_id, key HAVING count(*) > 1"
        for table in sorted(keyed)
    )


TERMS = """
WITH terms AS MATERIALIZED (
    SELECT bar.*, sold.since
    FROM bars_bar AS bar
    JOIN (SELECT bar_id, min(received_at) AS since FROM sales_sale GROUP BY bar_id) AS sold ON sold.bar_id = bar.id
)
"""


def misdated() -> str:
    """Documents of the server's clock, from when their bar's terms were fixed by its first sale on."""
    dated = (
        ("sales_tab", "opened_at"),
        ("sales_settlement", "created_at"),
        ("sales_expense", "created_at"),
        ("stock_supply", "created_at"),
    )
    return TERMS + " UNION ALL ".join(
        f"""
        SELECT '{table}' AS name_of_table, document.id, document.bar_id, document.business_date
        FROM {table} AS document JOIN terms AS bar ON bar.id = document.bar_id
        WHERE document.{moment} > bar.since AND document.business_date
            <> bars_business_date(document.{moment}, bar.time_zone, bar.closing_hour)
        """
        for table, moment in dated
    )


declare(
    Invariant(
        "I03",
        "The total of a sale is the sum of its lines, less the discount.",
        """
        SELECT sale.id, sale.bar_id, sale.total, sale.discount, lines.total AS of_lines
        FROM sales_sale AS sale
        JOIN (
            SELECT sale_id, sum(quantity * unit_price) AS total FROM sales_line GROUP BY sale_id
        ) AS lines ON lines.sale_id = sale.id
        WHERE sale.total <> lines.total - sale.discount
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
        "Sold lines were taken once, cancelled ones given back once; no movement lacks its sale.",
        unmoved(
            """
            SELECT 'sale', sale.id, line.product_id, -line.quantity::bigint
            FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
            WHERE sale.status IN ('validated', 'cancelled')
            UNION ALL
            SELECT 'cancel', sale.id, line.product_id, line.quantity
            FROM sales_line AS line JOIN sales_sale AS sale ON sale.id = line.sale_id
            WHERE sale.status = 'cancelled'
            """,
            "sale",
            "cancel",
        ),
    ),
    Invariant("I07", "A client's key has made one document of a kind in its bar.", repeated_keys()),
    Invariant(
        "I09",
        "The fingerprint of a sale is that of its rows.",
        """
        SELECT sale.id, sale.bar_id, sale.fingerprint
        FROM sales_sale AS sale
        JOIN (
            SELECT sale_id, string_agg(product_id || ':' || quantity, ',' ORDER BY product_id) AS listed
            FROM sales_line GROUP BY sale_id
        ) AS lines ON lines.sale_id = sale.id
        WHERE sale.fingerprint <> sales_fingerprint(sale, lines.listed)
        """,
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
        "I14",
        "No more of a line has come back than was sold, nor more money than was paid.",
        """
        SELECT line.id, line.bar_id, line.quantity AS sold, back.quantity AS back, NULL::numeric AS refunded
        FROM sales_line AS line
        JOIN (
            SELECT line_id, sum(quantity) AS quantity
            FROM (
                SELECT line_id, quantity FROM sales_return WHERE status <> 'rejected'
                UNION ALL
                SELECT line_id, quantity FROM sales_consignment
            ) AS one
            GROUP BY line_id
        ) AS back ON back.line_id = line.id
        WHERE back.quantity > line.quantity
        UNION ALL
        SELECT sale.id, sale.bar_id, sale.total, NULL, refunded.amount
        FROM sales_sale AS sale
        JOIN (SELECT sale_id, sum(refund) AS amount FROM sales_return GROUP BY sale_id) AS refunded
            ON refunded.sale_id = sale.id
        WHERE refunded.amount > sale.total
        """,
    ),
    Invariant(
        "I15",
        "A restocked return has moved its bottles onto the shelf once, any other none.",
        unmoved(
            """
            SELECT 'return', one.id, line.product_id, one.quantity::bigint
            FROM sales_return AS one JOIN sales_line AS line ON line.id = one.line_id
            WHERE one.status = 'restocked'
            """,
            "return",
        ),
    ),
    Invariant(
        "I16",
        "Consignments have brought their bottles in once, and claims taken theirs out once.",
        unmoved(
            """
            SELECT 'consign', kept.id, line.product_id, kept.quantity::bigint
            FROM sales_consignment AS kept JOIN sales_line AS line ON line.id = kept.line_id
            UNION ALL
            SELECT 'claim', claim.id, line.product_id, -claim.quantity
            FROM sales_claim AS claim
            JOIN sales_consignment AS kept ON kept.id = claim.consignment_id
            JOIN sales_line AS line ON line.id = kept.line_id
            """,
            "consign",
            "claim",
        ),
    ),
    Invariant(
        "I16",
        "What was claimed of a consignment is the sum of its claims, and no more than was left.",
        """
        SELECT kept.id, kept.bar_id, kept.quantity, kept.claimed, coalesce(claims.quantity, 0) AS of_claims
        FROM sales_consignment AS kept
        LEFT JOIN (
            SELECT consignment_id, sum(quantity) AS quantity FROM sales_claim GROUP BY consignment_id
        ) AS claims ON claims.consignment_id = kept.id
        WHERE kept.claimed <> coalesce(claims.quantity, 0) OR kept.claimed > kept.quantity
           OR (kept.status = 'claimed') <> (kept.claimed = kept.quantity)
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
        "I18",
        "The log of decisions leads each sale from its birth to its status, step by step.",
        """
        SELECT sale.id, sale.bar_id, sale.status, step.was, step.became
        FROM (
            SELECT sale_id, was, became,
                   lag(became) OVER (PARTITION BY sale_id ORDER BY id) AS before,
                   lead(id) OVER (PARTITION BY sale_id ORDER BY id) IS NULL AS is_last
            FROM sales_decision
        ) AS step
        FULL JOIN sales_sale AS sale ON sale.id = step.sale_id
        WHERE sale.id IS NULL
           OR step.sale_id IS NULL AND sale.status NOT IN ('pending', 'validated', 'needs_review')
           OR step.before IS NULL AND step.was NOT IN ('pending', 'validated', 'needs_review')
           OR step.before <> step.was
           OR step.is_last AND step.became <> sale.status
        """,
    ),
    Invariant(
        "I19",
        "The business date is the date on the bar's wall, less a day before its closing hour.",
        """
        SELECT sale.id, sale.bar_id, sale.occurred_at, sale.business_date
        FROM sales_sale AS sale JOIN bars_bar AS bar ON bar.id = sale.bar_id
        WHERE sale.business_date <> bars_business_date(sale.occurred_at, bar.time_zone, bar.closing_hour)
        """,
    ),
    Invariant("I19", "What the server's clock dates has the business date of that moment.", misdated()),
    Invariant(
        "I20",
        "No sale comes from the future, nor from before a phone may be offline.",
        f"""
        SELECT id, bar_id, origin, occurred_at, received_at FROM sales_sale
        WHERE occurred_at > received_at + interval '5 minutes'
           OR origin = 'offline' AND occurred_at < received_at - interval '{MOST_OFFLINE_HOURS} hours'
        """,
    ),
    Invariant(
        "I20",
        "A sale that is to be reviewed says of what, and has moved and holds nothing.",
        """
        SELECT sale.id, sale.bar_id, sale.review FROM sales_sale AS sale
        WHERE sale.status = 'needs_review' AND (
            sale.review IS NULL OR sale.review = '{}'
            OR EXISTS (SELECT FROM stock_movement WHERE cause_id = sale.id AND cause IN ('sale', 'cancel'))
        )
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
                SELECT line.product_id, consignment.quantity - consignment.claimed
                FROM sales_consignment AS consignment JOIN sales_line AS line ON line.id = consignment.line_id
                WHERE consignment.status = 'active'
            ) AS one
            GROUP BY product_id
        ) AS held ON held.product_id = product.id
        WHERE product.reserved <> coalesce(held.quantity, 0)
        """,
    ),
)
