from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.costs import HIGHEST_COST, PLACES, average_cost, value_at_cost

HALF = Fraction(PLACES) / 2  # what one rounding may be off by
STOCKS, UNITS = st.integers(0, 2_000_000), st.integers(1, 10_000_000)
COSTS = st.decimals(0, HIGHEST_COST, places=4)


def paid(units):
    """What so many units may have cost together, at no more than the highest price each."""
    return st.integers(0, units * int(HIGHEST_COST))


DELIVERIES = UNITS.flatmap(lambda units: st.tuples(st.just(units), paid(units)))


@pytest.mark.parametrize(
    ("stock", "cost", "units", "total", "expected"),
    [
        (0, "0", 24, 10_000, "416.6667"),
        (10, "400", 10, 5_000, "450.0000"),
        (10, "400", 20, 0, "133.3333"),
        (1, "0.0001", 1, 0, "0.0000"),  # a tie goes to the even neighbour: 0.00005
        (1, "0.0003", 1, 0, "0.0002"),  # and 0.00015
        (20, "450", -10, -5_000, "400.0000"),
        (3, "100", -1, -400, "0.0000"),  # the dear one was sold as a cheap one: never below zero
        (7, "300", -7, -2_100, "300.0000"),  # nothing left, nothing to average
    ],
)
def test_the_average_cost_of_a_unit(stock, cost, units, total, expected):
    assert average_cost(stock=stock, cost=Decimal(cost), units=units, paid=total) == Decimal(expected)


@given(stock=STOCKS, cost=COSTS, delivery=DELIVERIES)
def test_it_is_the_exact_average_rounded_once(stock, cost, delivery):
    units, total = delivery
    exact = (stock * Fraction(cost) + total) / (stock + units)

    found = average_cost(stock=stock, cost=cost, units=units, paid=total)

    assert found == round(exact * 10_000) / Decimal(10_000)  # Fraction rounds to even, as we do
    assert abs(Fraction(found) - exact) <= HALF


@given(stock=STOCKS, cost=COSTS, delivery=DELIVERIES)
def test_it_lies_between_what_there_was_and_what_came(stock, cost, delivery):
    units, total = delivery
    bounds = [Fraction(total, units), *([Fraction(cost)] if stock else [])]

    found = Fraction(average_cost(stock=stock, cost=cost, units=units, paid=total))

    assert min(bounds) - HALF <= found <= max(bounds) + HALF


@given(stock=st.integers(1, 2_000_000), cost=COSTS, delivery=DELIVERIES)
def test_what_is_taken_back_with_nothing_sold_between_leaves_the_cost_as_it_was(stock, cost, delivery):
    """But for two roundings; the first weighs on what is left as often as there was more of it."""
    units, total = delivery

    dearer = average_cost(stock=stock, cost=cost, units=units, paid=total)
    again = average_cost(stock=stock + units, cost=dearer, units=-units, paid=-total)

    assert abs(Fraction(again) - Fraction(cost)) <= HALF * Fraction(stock + units, stock) + HALF


@given(stock=st.integers(0, 10**7), cost=COSTS, delivery=DELIVERIES)
def test_whatever_is_taken_back_the_cost_stays_in_bounds(stock, cost, delivery):
    units, total = delivery

    found = average_cost(stock=stock, cost=cost, units=-min(units, stock), paid=-total)

    assert Decimal(0) <= found <= HIGHEST_COST
    assert found == found.quantize(PLACES)


@given(stock=STOCKS, cost=COSTS, first=DELIVERIES, second=DELIVERIES)
def test_the_order_of_two_deliveries_hardly_matters(stock, cost, first, second):
    def after(*deliveries):
        have, average = stock, cost
        for units, total in deliveries:
            average = average_cost(stock=have, cost=average, units=units, paid=total)
            have += units
        return Fraction(average)

    assert abs(after(first, second) - after(second, first)) <= 4 * HALF


@given(units=st.integers(-(10**6), 10**6), cost=COSTS)
def test_a_value_is_in_whole_minor_units(units, cost):
    found = value_at_cost(units, cost)

    assert found == int((units * cost).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert value_at_cost(-units, cost) == -found
