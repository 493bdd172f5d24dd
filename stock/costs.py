"""What a unit has cost: the weighted average. Pure."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

PLACES = Decimal("0.0001")
# Ties go to the even neighbour, so that thousands of deliveries don't drift upwards as half-up would.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
HIGHEST_COST = Decimal(10**9)  # minor units; no lot may be dearer


def average_cost(*, stock: int, cost: Decimal, units: int, paid: int) -> Decimal:
    """The average cost of a unit, in minor units to 4 places, once `units` that were `paid` have joined the stock.

        (stock × cost + paid) ÷ (stock + units)

    This is the weighted average of IAS 2 (Inventories, paragraph 27), recalculated with each delivery as it
    allows. A delivery taken back is one of negative units and payment: the same formula is its own inverse.
    `paid` is the sum, not the price of a unit, so that a lot of 24 for 10 000 loses nothing on the way. After
    a reversal the result stays between 0 and HIGHEST_COST, though what was sold meanwhile went at the
    average of that time. With nothing in stock there is nothing to average: the cost stays as it was.
    """
    left = stock + units
    if left <= 0:
        return cost
    average = EXACT.divide(EXACT.add(EXACT.multiply(Decimal(stock), cost), Decimal(paid)), Decimal(left))
    return min(max(EXACT.quantize(average, PLACES), Decimal(0)), HIGHEST_COST)


def value_at_cost(units: int, cost: Decimal) -> int:
    """What so many units are worth, in whole minor units."""
    return int(EXACT.quantize(EXACT.multiply(Decimal(units), cost), Decimal(1)))
