"""A row never refers across bars, by psql neither: foreign keys between business rows carry the bar.

Each composite key is made by SQL in a migration named after it and listed here once. A test
compares the list with the catalogue: a foreign key between two tables with bar_id that isn't
composite is an error.
"""

from typing import NamedTuple


class CompositeKey(NamedTuple):
    """`table (bar_id, column)` refers to `target (bar_id, id)`."""

    table: str
    column: str
    target: str


COMPOSITE_KEYS = (
    CompositeKey("stock_product", "category_id", "stock_category"),
    CompositeKey("stock_movement", "product_id", "stock_product"),
    CompositeKey("sales_line", "sale_id", "sales_sale"),
    CompositeKey("sales_line", "product_id", "stock_product"),
    CompositeKey("sales_consignment", "line_id", "sales_line"),
    CompositeKey("stock_price", "product_id", "stock_product"),
    CompositeKey("stock_supply", "product_id", "stock_product"),
    CompositeKey("stock_supply", "supplier_id", "stock_supplier"),
    CompositeKey("stock_supply", "reverses_id", "stock_supply"),
    CompositeKey("stock_adjustment", "product_id", "stock_product"),
    CompositeKey("stock_adjustment", "count_id", "stock_stockcount"),
    CompositeKey("stock_countentry", "count_id", "stock_stockcount"),
    CompositeKey("stock_countentry", "product_id", "stock_product"),
    CompositeKey("sales_sale", "tab_id", "sales_tab"),
    CompositeKey("sales_sale", "settlement_id", "sales_settlement"),
    CompositeKey("sales_settlement", "tab_id", "sales_tab"),
    CompositeKey("sales_decision", "sale_id", "sales_sale"),
    CompositeKey("sales_return", "sale_id", "sales_sale"),
    CompositeKey("sales_return", "line_id", "sales_line"),
    CompositeKey("sales_consignment", "sale_id", "sales_sale"),
    CompositeKey("sales_claim", "consignment_id", "sales_consignment"),
    CompositeKey("sales_addendum", "close_id", "sales_dayclose"),
    CompositeKey("stats_entry", "tournament_id", "stats_tournament"),
    CompositeKey("stats_entry", "player_id", "stats_player"),
    CompositeKey("stats_match", "tournament_id", "stats_tournament"),
    CompositeKey("stats_match", "home_id", "stats_entry"),
    CompositeKey("stats_match", "away_id", "stats_entry"),
    CompositeKey("stats_scoreevent", "match_id", "stats_match"),
    CompositeKey("stats_gamestats", "match_id", "stats_match"),
    CompositeKey("stats_gamestats", "player_id", "stats_player"),
    CompositeKey("stats_playertotal", "player_id", "stats_player"),
    CompositeKey("stats_playerrecord", "player_id", "stats_player"),
    CompositeKey("top_products_by_period", "product_id", "stock_product"),
)
