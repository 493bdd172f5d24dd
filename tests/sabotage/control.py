"""One control: what is taken away, and which tests must then fail."""

from typing import NamedTuple


class Edit(NamedTuple):
    """In `file` of a copy of the tree `old`, which stands there exactly once, becomes `new`."""

    file: str
    old: str
    new: str


class Statement(NamedTuple):
    """SQL for a copy of the migrated database, as its owner."""

    sql: str


class Control(NamedTuple):
    id: str
    what: str
    without: Edit | Statement
    tests: tuple[str, ...]


def trigger(name: str, table: str) -> Statement:
    return Statement(f"DROP TRIGGER {name} ON {table}")


def constraint(name: str, table: str) -> Statement:
    return Statement(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def protection(name: str, table: str) -> Statement:
    """A trigger of pgtrigger's, whose name ends with a hash."""
    return Statement(
        "DO $$ DECLARE name text; BEGIN SELECT tgname INTO STRICT name FROM pg_trigger"
        f" WHERE tgrelid = '{table}'::regclass AND tgname LIKE 'pgtrigger\\_{name}\\_%';"
        f" EXECUTE format('DROP TRIGGER %I ON {table}', name); END $$"
    )
