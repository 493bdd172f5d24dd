"""A bar's terms in SQL: fixed by its first sale, also for psql."""

import pytest
from django.db import IntegrityError, connection, transaction

from bars.models import Bar
from tests import factories

CHANGES = ["currency = 'USD'", "time_zone = 'Asia/Tokyo'", "closing_hour = 4", "closing_hour = 4, name = 'Chez Ama'"]


def change_bar(bar, change):
    """As psql would."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE bars_bar SET {change} WHERE id = %s", [bar.pk])


@pytest.mark.parametrize("change", CHANGES)
def test_sql_cannot_change_the_terms_of_a_bar_that_has_sold(change, bar, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    before = Bar.objects.values().get(pk=bar.pk)

    with pytest.raises(IntegrityError, match="has sold"), transaction.atomic():
        change_bar(bar, change)

    assert Bar.objects.values().get(pk=bar.pk) == before


@pytest.mark.parametrize("change", CHANGES)
def test_another_bar_that_sells_holds_back_nobody(change, bar, zoe, other_bar):
    factories.sale(zoe, {factories.product(other_bar, "Heineken").pk: 1})
    before = Bar.objects.values().get(pk=bar.pk)

    change_bar(bar, change)

    assert Bar.objects.values().get(pk=bar.pk) != before
