from stock.admin.catalogue import CatalogueProductAdmin
from stock.admin.documents import AdjustmentAdmin, CountEntryAdmin, StockCountAdmin, SupplierAdmin, SupplyAdmin
from stock.admin.shelf import CategoryAdmin, MovementAdmin, PriceAdmin, ProductAdmin

__all__ = [
    "AdjustmentAdmin",
    "CatalogueProductAdmin",
    "CategoryAdmin",
    "CountEntryAdmin",
    "MovementAdmin",
    "PriceAdmin",
    "ProductAdmin",
    "StockCountAdmin",
    "SupplierAdmin",
    "SupplyAdmin",
]
