"""What is always true of the shelf."""

from bars.invariants import Invariant, declare
from stock.models import HIGHEST_PRICE


def unmoved(documents: str, *causes: str) -> str:
    """Where the movements of these causes are not those of `documents`: cause, cause_id, product_id, quantity."""
    listed = ", ".join(f"'{cause}'" for cause in causes)
    return f"""
        SELECT cause, cause_id, product_id, documented.quantity AS documented, moved.quantity AS moved, moved.movements
        FROM ({documents}) AS documented (cause, cause_id, product_id, quantity)
        FULL JOIN (
            SELECT cause::text, cause_id, product_id, sum(quantity) AS quantity, count(*) AS movements
            FROM stock_movement WHERE cause IN ({listed}) GROUP BY 1, 2, 3
        ) AS moved USING (cause, cause_id, product_id)
        WHERE documented.quantity IS DISTINCT FROM moved.quantity OR moved.movements <> 1
    """


declare(
    Invariant(
        "I01",
        "Stock is never below zero, nor below what is reserved of it.",
        """
        SELECT id, bar_id, name, stock, reserved FROM stock_product
        WHERE stock < 0 OR NOT reserved BETWEEN 0 AND stock
        """,
    ),
    Invariant(
        "I02",
        "Stock is the sum of its movements.",
        """
        SELECT product.id, product.bar_id, product.name, product.stock, coalesce(moved.quantity, 0) AS moved
        FROM stock_product AS product
        LEFT JOIN (
            SELECT product_id, sum(quantity) AS quantity FROM stock_movement GROUP BY product_id
        ) AS moved ON moved.product_id = product.id
        WHERE product.stock <> coalesce(moved.quantity, 0)
        """,
    ),
    Invariant(
        "I06",
        "Supplies and adjustments have moved their units once, and no such movement lacks its document.",
        unmoved(
            """
            SELECT 'supply', id, product_id, (lots * lot_size)::bigint FROM stock_supply
            UNION ALL
            SELECT 'adjustment', id, product_id, quantity FROM stock_adjustment
            """,
            "supply",
            "adjustment",
        ),
    ),
    Invariant(
        "I12",
        "An event about a product stands on the stream of the product's bar.",
        """
        SELECT event.stream, event.seq, event.type, product.bar_id
        FROM realtime_event AS event
        JOIN stock_product AS product ON product.id = (event.data ->> 'product')::uuid
        WHERE event.type IN ('stock.changed', 'product.changed') AND event.stream <> 'bar.' || product.bar_id
        """,
    ),
    Invariant(
        "I13",
        "No product was ever below zero, its movements replayed in their order.",
        """
        SELECT * FROM (
            SELECT id, product_id, quantity, sum(quantity) OVER (PARTITION BY product_id ORDER BY id) AS stock_then
            FROM stock_movement
        ) AS replayed
        WHERE stock_then < 0
        """,
    ),
    Invariant(
        "I17",
        "Prices and costs are in bounds.",
        f"""
        SELECT id, bar_id, name, price, cost FROM stock_product
        WHERE NOT price BETWEEN 0 AND {HIGHEST_PRICE} OR cost < 0
        """,
    ),
    Invariant(
        "I18",
        "The newest price kept of a product is its price.",
        """
        SELECT product.id, product.bar_id, product.name, product.price, kept.price AS kept
        FROM stock_product AS product
        LEFT JOIN LATERAL (
            SELECT price.price FROM stock_price AS price
            WHERE price.product_id = product.id ORDER BY price.since DESC, price.id DESC LIMIT 1
        ) AS kept ON true
        WHERE kept.price IS DISTINCT FROM product.price
        """,
    ),
    Invariant(
        "I18",
        "A reversed supply has one mirror, of the same product, lots and price.",
        """
        SELECT mirror.id, mirror.bar_id, mirror.reverses_id
        FROM stock_supply AS mirror LEFT JOIN stock_supply AS first ON first.id = mirror.reverses_id
        WHERE mirror.reverses_id IS NOT NULL
          AND ((first.product_id, -first.lots, first.lot_size, first.lot_price, first.payment)
               IS DISTINCT FROM (mirror.product_id, mirror.lots, mirror.lot_size, mirror.lot_price, mirror.payment)
               OR first.reverses_id IS NOT NULL)
        """,
    ),
    Invariant(
        "I40",
        "An applied stock count has adjusted each product once, by what was counted less what the books said.",
        """
        SELECT count_id, product_id, counted.difference, adjusted.quantity
        FROM (
            SELECT entry.count_id, entry.product_id,
                   sum(entry.quantity)
                       - (array_agg(entry.stock_then ORDER BY entry.counted_at DESC, entry.id DESC))[1] AS difference
            FROM (
                SELECT DISTINCT ON (count_id, product_id, counted_by_id) * FROM stock_countentry
                ORDER BY count_id, product_id, counted_by_id, counted_at DESC, id DESC
            ) AS entry
            JOIN stock_stockcount AS sheet ON sheet.id = entry.count_id
            WHERE sheet.status = 'applied' AND entry.quantity IS NOT NULL
            GROUP BY 1, 2
        ) AS counted
        FULL JOIN (
            SELECT adjustment.count_id, adjustment.product_id, sum(adjustment.quantity) AS quantity
            FROM stock_adjustment AS adjustment JOIN stock_stockcount AS sheet ON sheet.id = adjustment.count_id
            WHERE sheet.status <> 'open'
            GROUP BY 1, 2
        ) AS adjusted USING (count_id, product_id)
        WHERE coalesce(counted.difference, 0) <> coalesce(adjusted.quantity, 0)
        """,
    ),
)
