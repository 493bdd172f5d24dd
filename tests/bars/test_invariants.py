import json

import pytest
from django.core.management import call_command

from bars.invariants import all_invariants, check, verify
from tests import factories
from tests.settling import run, settle

ELSEWHERE = "(SELECT 'bar.' || id FROM bars_bar WHERE name = 'Le Maquis de Zoé')"
FREE_SALES, FREE_LINES, FREE_MOVEMENTS, FREE_PRODUCTS = (
    f"ALTER TABLE {table} DISABLE TRIGGER USER"
    for table in ("sales_sale", "sales_line", "stock_movement", "stock_product")
)

# How psql can break each, with what protects it taken away. By id and the first words of the sentence.
SABOTAGE = {
    ("I01", "Stock is never"): [
        FREE_PRODUCTS,
        "ALTER TABLE stock_product DROP CONSTRAINT reserved_is_between_0_and_stock",
        "UPDATE stock_product SET stock = -1",
    ],
    ("I02", "Stock is the sum"): [FREE_PRODUCTS, "UPDATE stock_product SET stock = stock + 1"],
    ("I03", "The total"): [FREE_SALES, "UPDATE sales_sale SET total = total + 1"],
    ("I04", "Every sale has"): [FREE_LINES, "DELETE FROM sales_line"],
    ("I05", "No row refers"): [
        FREE_LINES,
        "ALTER TABLE sales_line DROP CONSTRAINT sales_line_product_id_in_bar",
        "UPDATE sales_line SET product_id = (SELECT id FROM stock_product WHERE name = 'Awooyo')",
    ],
    ("I06", "Each line"): [FREE_MOVEMENTS, "DELETE FROM stock_movement WHERE cause = 'sale'"],
    ("I07", "A client's key"): [
        FREE_SALES,
        "ALTER TABLE sales_sale DROP CONSTRAINT a_key_sells_once_in_its_bar",
        "UPDATE sales_sale SET key = (SELECT key FROM sales_sale ORDER BY id LIMIT 1)",
    ],
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
        "UPDATE stock_movement SET quantity = -quantity",
    ],
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
    ("I19", "The business date"): [FREE_SALES, "UPDATE sales_sale SET business_date = business_date + 1"],
    ("I20", "No sale comes"): [FREE_SALES, "UPDATE sales_sale SET occurred_at = now() + interval '1 hour'"],
    ("I26", "The minutes"): ["UPDATE stats_salesminute SET revenue = revenue + 1"],
    ("I26", "The daily summary"): [
        "INSERT INTO stats_refreshlog (view, started_at, seconds, error)"
        " VALUES ('daily_sales_summary', now() + interval '1 day', 0, '')"
    ],
    ("I28", "Every declared trigger"): [
        """
        DO $$ BEGIN EXECUTE (
            SELECT format('DROP TRIGGER %I ON sales_sale', tgname) FROM pg_trigger WHERE tgname LIKE '%never_deleted%'
        ); END $$
        """
    ],
    ("I28", "No trigger"): [FREE_LINES],
    ("I29", "Every declared constraint"): ["ALTER TABLE stock_product DROP CONSTRAINT cost_is_never_negative"],
    ("I29", "Every constraint has been checked"): [
        "ALTER TABLE stock_product ADD CONSTRAINT cheap CHECK (price < 10) NOT VALID"
    ],
    ("I37", "What is reserved"): [FREE_PRODUCTS, "UPDATE stock_product SET reserved = reserved + 1"],
}


def find(key):
    """The one invariant with this id and these first words."""
    (found,) = [one for one in all_invariants() if one.id == key[0] and one.sentence.startswith(key[1])]
    return found


@pytest.fixture
def trade(awa, koffi, beer, coke, other_bar):
    """A validated and a pending sale, committed as far as a test can; a product of another bar."""
    factories.product(other_bar, "Awooyo")
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(awa, {coke.pk: 1})
    settle()


def test_every_invariant_has_its_sabotage(db):
    assert sorted(one.sentence for one in all_invariants()) == sorted(find(key).sentence for key in SABOTAGE)


def test_an_honest_trade_breaks_nothing(trade):
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


@pytest.mark.parametrize("key", SABOTAGE, ids=" ".join)
def test_sabotage_is_found(trade, key):
    invariant = find(key)
    before = check(invariant)

    run(*SABOTAGE[key])

    assert (before.broken, before.rows) == (0, [])
    assert check(invariant).broken > 0


def test_a_sale_announced_twice_is_found(trade):
    run(
        "INSERT INTO realtime_event (stream, seq, slot, topic, type, data, xid, created_at)"
        " SELECT stream, seq + 100, slot, topic, type, data, xid, created_at FROM realtime_event"
        " WHERE type = 'sale.created' AND stream LIKE 'bar.%'"
    )

    assert check(find(("I11", "Each sale was announced"))).broken == 2


def test_an_edited_trigger_is_found(trade):
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
    assert (finding.broken, len(finding.rows)) == (10, 5)
