from stock.models.adjustments import MOST_ADJUSTED, Adjustment, CountEntry, StockCount
from stock.models.catalogue import CatalogueProduct
from stock.models.shelf import HIGHEST_PRICE, Category, Movement, Price, Product
from stock.models.supplies import MOST_IN_LOT, MOST_LOTS, Supplier, Supply

__all__ = [
    "HIGHEST_PRICE",
    "MOST_ADJUSTED",
    "MOST_IN_LOT",
    "MOST_LOTS",
    "Adjustment",
    "CatalogueProduct",
    "Category",
    "CountEntry",
    "Movement",
    "Price",
    "Product",
    "StockCount",
    "Supplier",
    "Supply",
]
