"""What is always true of the shelf."""

from bars.invariants import Invariant, declare
from stock.models import HIGHEST_PRICE

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
)
