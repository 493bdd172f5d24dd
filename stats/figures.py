"""Figures that follow from others. Pure."""

from sales.figures import average_basket

__all__ = ["average_basket"]
