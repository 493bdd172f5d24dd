"""Figures that follow from others. Pure."""


def average_basket(revenue: int, sales: int) -> int:
    """Revenue per sale in minor units, half a unit rounded up; 0 before the first sale."""
    return (2 * revenue + sales) // (2 * sales) if sales else 0
