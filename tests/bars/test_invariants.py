import json

import pytest
from django.core.management import call_command
from django.db import connection

from bars.invariants import all_invariants, check, verify
from bars.written import written
from sales.models import Sale
from stock.models import Product
from tests import factories
from tests.settling import run, settle
from tests.trading import trade_once

ELSEWHERE = "(SELECT 'bar.' || id FROM bars_bar WHERE name = 'Le Maquis de Zoé')"


def freed(table):
    """SQL that switches off what watches over a table."""
    return f"ALTER TABLE {table} DISABLE TRIGGER USER"


FREE_SALES, FREE_LINES, FREE_MOVEMENTS, FREE_PRODUCTS = map(
    freed, ("sales_sale", "sales_line", "stock_movement", "stock_product")
)
FREE_CLOSES = freed("sales_dayclose")

# How psql can break each, with what protects it taken away. By id and the first words of the sentence.
SABOTAGE = {
    ("I01", "Stock is never"): [
        FREE_PRODUCTS,
        "ALTER TABLE stock_product DROP CONSTRAINT reserved_is_between_0_and_stock",
        "UPDATE stock_product SET stock = -1",
    ],
    ("I02", "Stock is the sum"): [FREE_PRODUCTS, "UPDATE stock_product SET stock = stock + 1"],
    ("I03", "The total"): [FREE_SALES, "UPDATE sales_sale SET total = total + 1"],
    ("I04", "Every sale has"): [
        FREE_LINES,
        "DELETE FROM sales_line WHERE sale_id = (SELECT id FROM sales_sale WHERE status = 'pending')",
    ],
    ("I05", "No row refers"): [
        FREE_LINES,
        "ALTER TABLE sales_line DROP CONSTRAINT sales_line_product_id_in_bar",
        "UPDATE sales_line SET product_id = (SELECT id FROM stock_product WHERE name = 'Awooyo')"
        " WHERE sale_id = (SELECT id FROM sales_sale WHERE status = 'pending')",
    ],
    ("I06", "Sold lines"): [FREE_MOVEMENTS, "DELETE FROM stock_movement WHERE cause = 'sale'"],
    ("I06", "Supplies and"): [FREE_MOVEMENTS, "UPDATE stock_movement SET quantity = 1 WHERE cause = 'supply'"],
    ("I07", "A client's key"): [
        FREE_SALES,
        "ALTER TABLE sales_sale DROP CONSTRAINT a_key_sells_once_in_its_bar",
        "UPDATE sales_sale SET key = (SELECT key FROM sales_sale ORDER BY id LIMIT 1)",
    ],
    ("I09", "The fingerprint"): [FREE_SALES, "UPDATE sales_sale SET fingerprint = 'another'"],
    ("I10", "The events"): ["DELETE FROM realtime_event WHERE seq = 2"],
    ("I10", "A number"): [
        "INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at)"
        " SELECT stream, seq, (slot + 1) % 5, topic, type, data, xid, created_at FROM realtime_event"
    ],
    ("I11", "No event is left"): [
        "ALTER TABLE realtime_staged DISABLE TRIGGER USER",
        "INSERT INTO realtime_staged (xid, stream, topic, type, data)"
        " VALUES ('7', 'bar.x', 'sales', 'sale.created', '{}')",
    ],
    ("I11", "Each sale was announced"): [
        "UPDATE realtime_event SET created_at = created_at - interval '1 day'",
        "DELETE FROM realtime_event WHERE type = 'sale.created' AND stream LIKE 'user.%'",
    ],
    ("I12", "An event about a sale"): [
        f"UPDATE realtime_event SET stream = {ELSEWHERE}, seq = seq + 100"
        " WHERE type = 'sale.created' AND stream LIKE 'bar.%'"
    ],
    ("I12", "An event about a consignment"): [
        "INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at) SELECT 'bar.x', 1, 0,"
        " 'consignments', 'consignment.changed', jsonb_build_object('consignment', gen_random_uuid()), 7, now()"
    ],
    ("I12", "An event about a product"): [
        f"UPDATE realtime_event SET stream = {ELSEWHERE}, seq = seq + 100"
        f" WHERE type = 'product.changed' AND stream <> {ELSEWHERE}"
    ],
    ("I13", "No product was ever"): [
        FREE_MOVEMENTS,
        "ALTER TABLE stock_movement DROP CONSTRAINT movement_goes_the_way_of_its_cause",
        "UPDATE stock_movement SET quantity = -quantity",
    ],
    ("I14", "No more of a line"): [freed("sales_return"), "UPDATE sales_return SET quantity = 4"],
    ("I15", "A restocked return"): [FREE_MOVEMENTS, "DELETE FROM stock_movement WHERE cause = 'return'"],
    ("I16", "Consignments have"): [FREE_MOVEMENTS, "DELETE FROM stock_movement WHERE cause = 'claim'"],
    ("I16", "What was claimed"): [freed("sales_consignment"), "UPDATE sales_consignment SET claimed = 2"],
    ("I17", "Quantities and prices"): [
        FREE_LINES,
        "ALTER TABLE sales_line DROP CONSTRAINT line_quantity_is_in_bounds",
        "UPDATE sales_line SET quantity = 1000",
    ],
    ("I17", "Prices and costs"): [
        FREE_PRODUCTS,
        "ALTER TABLE stock_product DROP CONSTRAINT price_is_in_bounds",
        "UPDATE stock_product SET price = 2000000000",
    ],
    ("I18", "The log of decisions"): [FREE_SALES, "UPDATE sales_sale SET status = 'validated'"],
    ("I18", "The newest price"): [FREE_PRODUCTS, "UPDATE stock_product SET price = price + 1"],
    ("I18", "A reversed supply"): [freed("stock_supply"), "UPDATE stock_supply SET lot_price = 1 WHERE lots < 0"],
    ("I19", "The business date"): [
        FREE_SALES,
        "UPDATE sales_sale SET business_date = business_date + 1, paid_on = paid_on + 1",
    ],
    ("I19", "What the server's"): [
        freed("sales_expense"),
        "UPDATE sales_expense SET business_date = business_date + 1",
    ],
    ("I19", "Sales and closes"): [freed("bars_bar"), "UPDATE bars_bar SET currency = 'EUR'"],
    ("I20", "No sale comes"): [
        FREE_SALES,
        "ALTER TABLE sales_sale DROP CONSTRAINT no_sale_comes_from_the_future",
        "UPDATE sales_sale SET occurred_at = now() + interval '1 hour'",
    ],
    ("I20", "A sale that is to be"): [FREE_SALES, "UPDATE sales_sale SET review = '{}', status = 'needs_review'"],
    ("I21", "Closes that stand"): [
        FREE_CLOSES,
        "ALTER TABLE sales_dayclose DROP CONSTRAINT a_close_ends_after_it_begins",
        "UPDATE sales_dayclose SET since = since + 1",
    ],
    ("I21", "Closes are numbered"): [FREE_CLOSES, "UPDATE sales_dayclose SET number = number + 1"],
    ("I22", "A close that stands"): [freed("sales_addendum"), "DELETE FROM sales_addendum"],
    ("I22", "The sums"): [FREE_CLOSES, "UPDATE sales_dayclose SET difference = difference + 1"],
    ("I22", "A close opens"): [FREE_CLOSES, "UPDATE sales_dayclose SET carried_cash = carried_cash + 1"],
    ("I22", "The perpetual"): [FREE_CLOSES, "UPDATE sales_dayclose SET perpetual_total = 0"],
    ("I26", "The minutes"): ["UPDATE stats_salesminute SET revenue = revenue + 1"],
    ("I26", "The counts of finished days"): [
        "INSERT INTO sales_daycount (bar_id, utc_date, business_date, sales) SELECT bar_id,"
        " (occurred_at AT TIME ZONE 'UTC')::date, business_date, count(*) + 1 FROM sales_sale GROUP BY 1, 2, 3"
    ],
    ("I26", "The daily summary"): [
        "INSERT INTO stats_refreshlog (view, started_at, seconds, error)"
        " VALUES ('daily_sales_summary', now() + interval '3 days', 0, '')"
    ],
    ("I26", "The top products"): [
        "INSERT INTO stats_refreshlog (view, started_at, seconds, error)"
        " VALUES ('top_products_by_period', now() + interval '3 days', 0, '')"
    ],
    ("I28", "Every declared trigger"): ["DROP TRIGGER stock_moves_by_the_ledger ON stock_movement"],
    ("I28", "Every function"): [
        "CREATE OR REPLACE FUNCTION stock_move() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    ],
    ("I28", "No trigger"): [FREE_LINES],
    ("I29", "Every declared constraint"): ["ALTER TABLE stock_product DROP CONSTRAINT cost_is_never_negative"],
    ("I29", "Every constraint has been checked"): [
        "ALTER TABLE stock_product ADD CONSTRAINT cheap CHECK (price < 10) NOT VALID"
    ],
    ("I37", "What is reserved"): [FREE_PRODUCTS, "UPDATE stock_product SET reserved = reserved + 1"],
    ("I38", "A settlement is"): [freed("sales_settlement"), "UPDATE sales_settlement SET amount = amount + 1"],
    ("I38", "A tab is settled"): [
        freed("sales_tab"),
        "UPDATE sales_tab SET status = 'settled', settled_at = now() WHERE status = 'open'",
    ],
    ("I39", "What was refunded"): [freed("sales_return"), "UPDATE sales_return SET refund = refund + 1"],
    ("I40", "An applied stock count"): [
        freed("stock_countentry"),
        "UPDATE stock_stockcount SET status = 'applied', decided_at = now(), decided_by_id = opened_by_id",
        "UPDATE stock_countentry SET stock_then = stock_then + 1",
    ],
    ("I41", "The totals"): ["UPDATE stats_playertotal SET matches = matches + 1"],
    ("I41", "The records"): ["UPDATE stats_playerrecord SET matches = matches + 1"],
    ("I41", "What was recorded holds"): [
        freed("stats_gamestats"),
        """UPDATE stats_gamestats SET stats = stats || '{"goals": 1}'""",
    ],
    ("I42", "Who plays in a later"): [
        freed("stats_match"),
        "UPDATE stats_match SET home_id = NULL WHERE round = 2 AND state = 'scheduled'",
    ],
    ("I42", "Of a drawn"): [freed("stats_entry"), "UPDATE stats_entry SET seat = 64 WHERE seat = 4"],
    ("I42", "A live score"): [freed("stats_match"), "UPDATE stats_match SET away_score = 9 WHERE state = 'live'"],
}


def find(key):
    """The one invariant with this id and these first words."""
    (found,) = [one for one in all_invariants() if one.id == key[0] and one.sentence.startswith(key[1])]
    return found


@pytest.fixture
def trade(awa, koffi, beer, coke, other_bar):
    """Every kind of document and a pending sale, committed as far as a test can; a product of another bar."""
    factories.product(other_bar, "Awooyo")
    trade_once(koffi)
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(awa, {coke.pk: 1})
    settle()


def test_every_invariant_has_its_sabotage(db):
    assert sorted(one.sentence for one in all_invariants()) == sorted(find(key).sentence for key in SABOTAGE)


def test_an_honest_trade_breaks_nothing(trade):
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


@pytest.mark.parametrize("key", SABOTAGE, ids=lambda key: f"{key[0].lower()} {key[1]}")
def test_sabotage_is_found(trade, key):
    invariant = find(key)
    before = check(invariant)

    run(*SABOTAGE[key])

    assert (before.broken, before.rows) == (0, [])
    assert check(invariant).broken > 0


def test_i11_a_sale_announced_twice_is_found(trade):
    run(
        "INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at)"
        " SELECT stream, seq + 100, slot, topic, type, data, xid, created_at FROM realtime_event"
        " WHERE type = 'sale.created' AND stream LIKE 'bar.%'"
    )

    assert check(find(("I11", "Each sale was announced"))).broken == Sale.objects.count()


@pytest.mark.parametrize("trigger", written().triggers, ids=lambda trigger: f"{trigger.table} {trigger.name}")
def test_i28_each_trigger_is_missed_where_it_is_gone(trigger, db):
    run(f"DROP TRIGGER {trigger.name} ON {trigger.table}")

    finding = check(find(("I28", "Every declared trigger")))
    assert (finding.broken, json.loads(finding.rows[0])["name"]) == (1, trigger.name)


@pytest.mark.parametrize("trigger", written().triggers, ids=lambda trigger: f"{trigger.table} {trigger.name}")
def test_i28_each_trigger_is_found_where_it_is_switched_off(trigger, db):
    run(f"ALTER TABLE {trigger.table} DISABLE TRIGGER {trigger.name}")

    finding = check(find(("I28", "No trigger")))
    assert (finding.broken, json.loads(finding.rows[0])["name"]) == (1, trigger.name)


def test_i28_the_list_of_triggers_is_what_the_database_has(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgfoid::regproc::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        found = cursor.fetchall()

    assert sorted(found) == sorted(trigger[:3] for trigger in written().triggers)


def test_i28_the_list_of_functions_is_what_the_database_has(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
        )
        found = cursor.fetchall()

    assert sorted(name for (name,) in found) == sorted(written().functions)


def test_i28_an_edited_trigger_is_found(trade):
    run("DO $$ BEGIN EXECUTE (SELECT format('COMMENT ON TRIGGER %I ON sales_line IS ''edited''', tgname)"
        " FROM pg_trigger WHERE tgrelid = 'sales_line'::regclass AND tgname LIKE 'pgtrigger%'); END $$")  # fmt: skip

    assert check(find(("I28", "Every declared trigger"))).broken == 1


def test_verify_prints_a_line_for_each_invariant(trade, capsys):
    call_command("verify")

    printed = capsys.readouterr().out
    assert [sentence for sentence in (one.sentence for one in all_invariants()) if sentence not in printed] == []
    assert printed.endswith(f"All {len(all_invariants())} invariants hold.\n")


def test_verify_fails_and_shows_what_is_wrong(trade, beer, capsys):
    run(*SABOTAGE["I37", "What is reserved"], "UPDATE stock_product SET reserved = 0 WHERE name <> 'Beaufort'")

    with pytest.raises(SystemExit) as ended:
        call_command("verify")

    printed = capsys.readouterr()
    shown = [json.loads(line) for line in printed.out.splitlines() if line.startswith('  {"')]
    assert ended.value.code == 1
    assert printed.err == f"2 of {len(all_invariants())} invariants are broken.\n"  # the other: triggers are off
    assert {"id": str(beer.pk), "name": "Beaufort", "reserved": 1, "held": 0, "bar_id": str(beer.bar_id)} in shown


def test_at_most_five_rows_are_shown(trade, bar):
    for number in range(7):
        factories.product(bar, f"Drink {number}")
    settle()

    run(FREE_PRODUCTS, "UPDATE stock_product SET stock = stock + 1")

    finding = check(find(("I02", "Stock is the sum")))
    assert (finding.broken, len(finding.rows)) == (Product.objects.count(), 5)
