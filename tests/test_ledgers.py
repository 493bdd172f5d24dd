"""What was written stays: what the application's role may not do, and what the database's owner isn't let do either."""

import pgtrigger
import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, InternalError, ProgrammingError, connection, models, transaction

from bars.grants import CHANGEABLE, LEDGERS, ROLE, WRITTEN_BY_TRIGGERS
from sales.models import Line, Sale
from stock.models import Movement
from tests import emptying, factories
from tests.books import books
from tests.settling import run, settle
from tests.trading import talk_once, trade_once

MODELS = {model._meta.db_table: model for model in apps.get_models() if not model._meta.proxy}
# Another value of each kind, never null.
ANOTHER = {
    models.UUIDField: "gen_random_uuid()",
    models.BooleanField: "NOT {0}",
    models.DateTimeField: "coalesce({0}, now()) + interval '1 hour'",
    models.DateField: "coalesce({0}, current_date) + 1",
    models.JSONField: """'{{"other": 1}}'""",
    models.CharField: "left(md5(coalesce({0}, '')), greatest(1, length({0})))",
    models.IntegerField: "coalesce({0}, 0) + 1",
    models.DecimalField: "coalesce({0}, 0) + 1",
}


def columns(table):
    return [field.column for field in MODELS[table]._meta.concrete_fields]


def changed(table, column):
    """SQL for a value that differs from the column's."""
    field = next(field for field in MODELS[table]._meta.concrete_fields if field.column == column)
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    return next(sql for known, sql in ANOTHER.items() if isinstance(kind, known)).format(column)


def protected(name):
    """Tables with a Protect trigger of this name."""
    return {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if isinstance(trigger, pgtrigger.Protect) and trigger.name == name
    }


FACTS = [
    (table, column)
    for table in CHANGEABLE
    for column in columns(table)
    if column not in CHANGEABLE[table] and table in protected("facts_stay") | protected("figures_stay")
]


@pytest.fixture
def sold(koffi, beer):
    return factories.sale(koffi, {beer.pk: 2})


@pytest.fixture
def trade(koffi):
    trade_once(koffi)
    talk_once(koffi)
    settle()


def as_application(*statements):
    """Run statements as the role of the web, relay and worker processes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("RESET ROLE")


def is_refused_to_the_application(*statements):
    with pytest.raises(ProgrammingError) as refusal:
        as_application(*statements)
    return isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)


# The application's role


@pytest.mark.parametrize("table", LEDGERS)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_c20_the_application_may_not_change_a_ledger(change, table, trade):
    before = books()

    assert is_refused_to_the_application(change.format(table))
    assert books() == before


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, name) for table in CHANGEABLE for name in columns(table) if name not in CHANGEABLE[table]],
)
def test_c20_the_application_may_not_change_what_a_document_says(table, column, db):
    as_application(f"UPDATE {table} SET {', '.join(f'{name} = {name}' for name in CHANGEABLE[table])} WHERE false")

    assert is_refused_to_the_application(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", CHANGEABLE)
def test_c20_the_application_may_not_delete_a_document(table, db):
    assert is_refused_to_the_application(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", WRITTEN_BY_TRIGGERS)
def test_c20_the_application_may_not_add_to_what_triggers_write(table, db):
    assert is_refused_to_the_application(f"INSERT INTO {table} DEFAULT VALUES")


@pytest.mark.parametrize("column", ["stock", "reserved"])
def test_c20_a_direct_update_of_stock_is_refused(column, beer):
    before = books()

    assert is_refused_to_the_application(f"UPDATE stock_product SET {column} = {column} + 1")
    assert books() == before


@pytest.mark.parametrize("column", ["stock", "reserved"])
def test_c20_nobody_has_granted_stock_to_the_application(column, db):
    """An update is refused without this too, in the same words, by a trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(%s, 'stock_product', %s, 'UPDATE')", [ROLE, column])
        assert cursor.fetchone() == (False,)


def test_c20_every_table_that_protects_its_rows_is_closed_to_the_application_too():
    assert protected("only_added") == set(LEDGERS)
    assert protected("never_deleted") <= set(CHANGEABLE)


def test_c20_the_catalogue_holds_these_grants_and_no_others(db):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT attrelid::regclass::text, attname::text FROM pg_attribute
            WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 AND NOT attisdropped
              AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')
            """,
            [[*LEDGERS, *CHANGEABLE], ROLE],
        )
        found = cursor.fetchall()

    assert sorted(found) == sorted((table, column) for table, names in CHANGEABLE.items() for column in names)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "DROP TABLE sales_line",
        "ALTER TABLE sales_line DISABLE TRIGGER USER",
        "SET LOCAL session_replication_role = replica",
        "TRUNCATE sales_sale",
    ],
)
def test_c20_the_application_may_not_touch_the_tables_themselves(statement, sold):
    assert is_refused_to_the_application(statement)


FOR_GOOD = {
    "terms": (["UPDATE bars_bar SET currency = 'USD', closing_hour = 1, time_zone = 'Asia/Tokyo'"], "has sold"),
    "sale": (["UPDATE sales_sale SET paid_with = 'card' WHERE settlement_id IS NOT NULL"], "was paid stays"),
    "tab": (["UPDATE sales_tab SET status = 'open', settled_at = NULL WHERE status = 'settled'"], "settled tab"),
    "expense": (
        [
            "UPDATE sales_expense SET voided_at = now(), void_reason = 'so', voided_by_id = created_by_id",
            "UPDATE sales_expense SET voided_at = NULL, void_reason = '', voided_by_id = NULL",
        ],
        "voided expense",
    ),
    "close": (
        [
            "UPDATE sales_dayclose SET reopened_at = now(), reopen_reason = 'so', reopened_by_id = closed_by_id",
            "UPDATE sales_dayclose SET reopened_at = NULL, reopen_reason = '', reopened_by_id = NULL",
        ],
        "opened again",
    ),
    "consignment": (
        [
            "UPDATE sales_consignment SET status = 'forfeited', decided_at = now(), decided_by_id = created_by_id",
            "UPDATE sales_consignment SET status = 'active', decided_at = NULL, decided_by_id = NULL",
        ],
        "consignment that has ended",
    ),
    "count": (
        [
            "UPDATE stock_stockcount SET status = 'discarded', decided_at = now(), decided_by_id = opened_by_id",
            "UPDATE stock_stockcount SET status = 'open', decided_at = NULL, decided_by_id = NULL",
        ],
        "stock count that was decided",
    ),
}


@pytest.mark.parametrize("case", FOR_GOOD)
def test_c20_what_is_for_good_stays_with_every_trigger_of_pgtrigger_switched_off(case, trade):
    *allowed, forbidden = FOR_GOOD[case][0]
    before = books()

    ignored = f"SELECT set_config('pgtrigger.ignore', '{{{','.join(emptying.triggers())}}}', true)"
    with pytest.raises(DatabaseError, match=FOR_GOOD[case][1]):
        as_application(ignored, *allowed, forbidden)

    assert books() == before


def test_what_is_paid_at_once_is_paid_on_its_business_date(sold):
    with pytest.raises(IntegrityError, match="paid_sale_has_its_date"), transaction.atomic():
        as_application("UPDATE sales_sale SET paid_on = '2001-01-01'")


def test_c20_the_application_sends_nobody_away_for_good(koffi):
    as_application("UPDATE bars_member SET is_active = is_active WHERE false")

    assert is_refused_to_the_application("DELETE FROM bars_member")


def test_the_application_may_sell(koffi, beer):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        sale = factories.sale(koffi, {beer.pk: 2})
        settle()
        cursor.execute("RESET ROLE")

    assert sale.total == 2000


def test_the_application_may_write_every_document(koffi):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        trade_once(koffi)
        settle()
        cursor.execute("RESET ROLE")

    assert Movement.objects.values("cause").distinct().count() == len(Movement.Cause)


# Functions that run as the owner

SIDE_DOOR = (
    "CREATE TEMP TABLE mine (product_id uuid, quantity bigint)",
    "CREATE TRIGGER mine AFTER INSERT ON mine REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
    " EXECUTE FUNCTION stock_move()",
    "INSERT INTO mine SELECT id, 1000 FROM stock_product",
)


def owners_functions(condition):
    """Functions that run with their owner's rights, of which the condition is true."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc"
            f" WHERE pronamespace = 'public'::regnamespace AND prosecdef AND {condition}"
        )
        return [name for (name,) in cursor.fetchall()]


def test_functions_of_the_owner_look_names_up_in_one_place(db):
    assert len(owners_functions("true")) >= 12
    assert owners_functions("NOT coalesce('search_path=public, pg_temp' = ANY(proconfig), false)") == []


def test_functions_of_the_owner_are_called_by_triggers_alone_but_for_the_two_that_the_worker_calls(db):
    """One empties old events; the other says in four figures what the sessions of the server do."""
    callable_ = owners_functions(f"has_function_privilege('{ROLE}', oid, 'EXECUTE')")

    assert sorted(callable_) == ["config_activity()", "realtime_empty_next_slot()"]
    assert is_refused_to_the_application("SELECT stock_hold('{}', '{}')")


def test_a_table_of_ones_own_is_no_way_to_the_stock(beer):
    before = books()

    assert is_refused_to_the_application(*SIDE_DOOR)
    assert books() == before


def test_a_table_of_ones_own_would_be_a_way_if_it_were_not_refused(beer):
    """The control of the test above."""
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT TEMPORARY ON DATABASE {connection.settings_dict['NAME']} TO {ROLE}")
    assert is_refused_to_the_application(*SIDE_DOOR)

    run(f"GRANT EXECUTE ON FUNCTION stock_move TO {ROLE}")
    as_application(*SIDE_DOOR)
    beer.refresh_from_db()
    assert beer.stock == 1024


# The owner of the database


def is_refused_to_all(statement):
    with pytest.raises((InternalError, ProgrammingError), match="Cannot (update|delete)|stays"), transaction.atomic():
        run(statement)
    return True


@pytest.mark.parametrize("table", LEDGERS)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_i18_nobody_changes_a_ledger(change, table, trade):
    before = books()

    assert MODELS[table].objects.exists()
    assert is_refused_to_all(change.format(table))
    assert books() == before


@pytest.mark.parametrize(("table", "column"), FACTS)
def test_i18_nobody_changes_what_a_document_says(table, column, trade):
    before = books()

    assert MODELS[table].objects.exists()
    assert is_refused_to_all(f"UPDATE {table} SET {column} = {changed(table, column)}")
    assert books() == before


@pytest.mark.parametrize("table", sorted(protected("never_deleted")))
def test_i18_nobody_deletes_a_document(table, trade):
    assert MODELS[table].objects.exists()
    assert is_refused_to_all(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "change",
    [
        lambda sale: Movement.objects.filter(cause_id=sale.pk)._raw_delete("default"),
        lambda sale: Line.objects.filter(sale=sale).update(unit_price=1),
        lambda sale: Sale.objects.filter(pk=sale.pk).update(
            status="cancelled", total=1, reason="so", decided_by=sale.sold_by
        ),
        lambda sale: Sale.objects.filter(pk=sale.pk)._raw_delete("default"),
    ],
    ids=["a movement deleted", "a line changed", "a total along with the status", "a sale deleted"],
)
def test_i18_nor_does_the_orm(change, sold):
    before = books()

    with pytest.raises((InternalError, ProgrammingError), match="Cannot (update|delete)|stays"), transaction.atomic():
        change(sold)

    assert books() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_product SET stock = stock + 1",
        "UPDATE stock_product SET reserved = reserved + 1",
        "UPDATE stock_product SET name = 'x', stock = 0",
        "INSERT INTO stock_product (bar_id, category_id, name, sku, price, cost, stock, reserved, alert_threshold,"
        " is_active) SELECT bar_id, category_id, 'x', '', 1, 0, 5, 0, 0, true FROM stock_product",
        *(
            "INSERT INTO stock_movement (bar_id, product_id, quantity, cause, cause_id, created_by_id)"
            f" SELECT bar_id, product_id, quantity, '{cause}', uuidv7(), created_by_id FROM stock_movement"
            for cause in Movement.Cause.values
            if cause != Movement.Cause.OPENING
        ),
    ],
)
def test_c20_nobody_writes_stock_or_its_movements_by_hand(statement, sold):
    before = books()

    with pytest.raises(ProgrammingError) as refusal, transaction.atomic():
        run(statement)

    assert refusal.value.__cause__.sqlstate == "42501"
    assert books() == before
