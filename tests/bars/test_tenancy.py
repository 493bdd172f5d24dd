"""Rows stay in their bar: the list of composite keys against the models and against the catalogue."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from bars.invariants import all_invariants, check
from bars.tenancy import COMPOSITE_KEYS, CompositeKey
from tests.settling import run, settle
from tests.trading import trade_once

WITH_BAR = "SELECT attrelid FROM pg_attribute WHERE attname = 'bar_id' AND NOT attisdropped"
# Foreign keys between two tables that both have bar_id: columns and targets as arrays, in order.
FOREIGN_KEYS = f"""
SELECT conrelid::regclass::text, confrelid::regclass::text,
       (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
       (SELECT array_agg(attname::text ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = number)
FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ({WITH_BAR}) AND confrelid IN ({WITH_BAR})
"""


def bar_of(model):
    """The column that carries the bar of a model's rows, if it has one."""
    return next((field.column for field in model._meta.fields if field.name == "bar"), None)


@pytest.fixture
def two_bars(koffi, zoe):
    """Each kind of row that refers to another, in both bars."""
    trade_once(koffi)
    trade_once(zoe)
    settle()


def cross(key):
    """SQL that sends a row of `key.table` to a parent of another bar, triggers off; one not referred to if it can."""
    return (
        f"ALTER TABLE {key.table} DISABLE TRIGGER USER",
        f"""
        UPDATE {key.table} AS child SET {key.column} = (
            SELECT parent.id FROM {key.target} AS parent WHERE parent.bar_id <> child.bar_id
            ORDER BY EXISTS (SELECT FROM {key.table} AS taken WHERE taken.{key.column} = parent.id), id LIMIT 1
        ) WHERE child.id = (SELECT id FROM {key.table} WHERE {key.column} IS NOT NULL ORDER BY id LIMIT 1)
        """,
    )


def each_key(test):
    return pytest.mark.parametrize("key", COMPOSITE_KEYS, ids=lambda key: f"{key.table}.{key.column}")(test)


def test_i05_the_list_is_what_the_database_has(db):
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS)
        found = cursor.fetchall()

    assert sorted(found) == sorted(
        (key.table, key.target, ["bar_id", key.column], ["bar_id", "id"]) for key in COMPOSITE_KEYS
    )


def test_i05_the_list_is_what_the_models_have():
    declared = {
        CompositeKey(model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and not model._meta.proxy and model._meta.managed
        if bar_of(model) and bar_of(field.related_model)
    }

    assert declared == set(COMPOSITE_KEYS)


@each_key
def test_c11_sql_cannot_send_a_row_to_another_bar(two_bars, key):
    with pytest.raises(IntegrityError, match=f"{key.table}_{key.column}_in_bar") as refusal, transaction.atomic():
        run(*cross(key), "SET CONSTRAINTS ALL IMMEDIATE")

    assert refusal.value.__cause__.sqlstate == "23503"


@each_key
def test_i05_a_row_in_another_bar_is_found_where_the_key_is_gone(two_bars, key):
    (crossings,) = [one for one in all_invariants() if one.id == "I05"]
    before = check(crossings).broken

    run(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.table}_{key.column}_in_bar", *cross(key))

    assert (before, check(crossings).broken) == (0, 1)
