"""Reads of the shelf and of its books, a module for each noun."""

from stock.queries.catalogue import articles_to_export, page_of_catalogue, products_to_export
from stock.queries.shelf import shelf

__all__ = ["articles_to_export", "page_of_catalogue", "products_to_export", "shelf"]
