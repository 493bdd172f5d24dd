"""Everything that selling may write, to compare before and after."""

from django.db import connection

from realtime.models import StreamHead
from sales.models import Addendum, Claim, Consignment, DayClose, Expense, Line, Return, Sale, Settlement, Tab
from stats.models import Entry, GameStats, Match, Player, PlayerRecord, PlayerTotal, ScoreEvent, Tournament
from stock.models import Adjustment, Category, CountEntry, Movement, Price, Product, StockCount, Supplier, Supply


def books():
    """All rows of the trade as plain values: equal books mean that nothing was written."""
    return {
        "sales": sorted(Sale.objects.values_list("id", "status", "total")),
        "lines": sorted(Line.objects.values_list("id", "quantity")),
        "movements": sorted(Movement.objects.values_list("id", "quantity")),
        "shelf": sorted(Product.objects.values_list("id", "stock", "reserved")),
        "tabs": sorted(Tab.objects.values_list("id", "status", "name")),
        "settlements": sorted(Settlement.objects.values_list("id", "amount")),
        "returns": sorted(Return.objects.values_list("id", "status", "refund")),
        "consignments": sorted(Consignment.objects.values_list("id", "status", "claimed")),
        "claims": sorted(Claim.objects.values_list("id", "quantity")),
        "products": sorted(
            Product.objects.values_list("id", "name", "sku", "price", "cost", "alert_threshold", "is_active")
        ),
        "prices": sorted(Price.objects.values_list("id", "price")),
        "categories": sorted(Category.objects.values_list("id", "name", "position")),
        "suppliers": sorted(Supplier.objects.values_list("id", "name", "phone", "note", "is_active")),
        "supplies": sorted(Supply.objects.values_list("id", "lots")),
        "adjustments": sorted(Adjustment.objects.values_list("id", "quantity")),
        "counts": sorted(StockCount.objects.values_list("id", "status")),
        "counted": sorted(CountEntry.objects.values_list("id", "key", "quantity", "stock_then")),
        "expenses": sorted(Expense.objects.values_list("id", "amount", "void_reason")),
        "closes": sorted(DayClose.objects.values_list("id", "number", "reopen_reason")),
        "addenda": sorted(Addendum.objects.values_list("id", "revenue", "cash")),
        "tournaments": sorted(Tournament.objects.values_list("id", "status", "name", "seed")),
        "players": sorted(Player.objects.values_list("id", "name")),
        "entries": sorted(Entry.objects.values_list("id", "withdrawn_at")),
        "matches": sorted(Match.objects.values_list("id", "state", "outcome", "winner", "started_at")),
        "scores": sorted(ScoreEvent.objects.values_list("id", "points")),
        "stats": sorted((pk, str(stats)) for pk, stats in GameStats.objects.values_list("id", "stats")),
        "totals": sorted(PlayerTotal.objects.values_list("id", "total", "matches")),
        "records": sorted(PlayerRecord.objects.values_list("id", "matches", "wins")),
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
