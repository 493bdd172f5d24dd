"""Everything that selling may write, to compare before and after."""

from django.db import connection

from realtime.models import StreamHead
from sales.models import Line, Sale
from stock.models import Movement, Product


def books():
    """All rows of the trade as plain values: equal books mean that nothing was written."""
    return {
        "sales": sorted(Sale.objects.values_list("id", "status", "total")),
        "lines": sorted(Line.objects.values_list("id", "quantity")),
        "movements": sorted(Movement.objects.values_list("id", "quantity")),
        "shelf": sorted(Product.objects.values_list("id", "stock", "reserved")),
        "heads": sorted(StreamHead.objects.values_list("stream", "seq")),
        "staged": staged(),
    }


def staged():
    """How many events wait for the commit of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM realtime_staged WHERE xid = pg_current_xact_id_if_assigned()")
        return cursor.fetchone()[0]


def shelf(*products):
    """(stock, reserved) of each product, as the database has them now."""
    rows = {pk: (stock, reserved) for pk, stock, reserved in Product.objects.values_list("pk", "stock", "reserved")}
    return [rows[product.pk] for product in products]
