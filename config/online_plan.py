"""Which migrations would make those wait who sell, or fail the version that still runs. Pure: sizes come in.

Judged by Django's own operations and, for raw SQL, by its statements without the bodies of functions. What is judged
is about tables that are there: a new installation may do as it likes. A migration whose author knows better says so
with a reason, `online = "…"` in its class.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.postgres import operations as postgres
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, CheckConstraint, Field

BIG = 10_000  # rows: below, a scan under a lock takes some ten milliseconds

Sizes = Mapping[str, int]  # rows of each table that is there, about
Judge = Callable[[Any, str, ProjectState, ProjectState, Sizes], str | None]

CONCURRENT = (postgres.AddIndexConcurrently, postgres.RemoveIndexConcurrently, postgres.ValidateConstraint)
BODY = re.compile(r"(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/", re.DOTALL)
ONLY = r"(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?\"?(?P<table>\w+)"
# Of a big table; the first group `table` is which.
SLOW_SQL = (
    (rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)[^;]*?\sON\s+{ONLY}", "an index is made CONCURRENTLY"),
    (
        rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bADD\s+(?:CONSTRAINT\s+\"?\w+\"?\s+)?(?:CHECK|FOREIGN)\b(?![^;]*\bNOT\s+VALID\b)",
        "a constraint is added NOT VALID, and validated in a migration of its own",
    ),
    (
        rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bADD\s+(?:CONSTRAINT\s+\"?\w+\"?\s+)?(?:UNIQUE|PRIMARY|EXCLUDE)\b(?![^;]*\bUSING\s+INDEX\b)",
        "a unique index is made CONCURRENTLY first",
    ),
    (rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bSET\s+NOT\s+NULL\b", "every row is read under a lock"),
    (rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bTYPE\b", "every row is written anew under a lock"),
    (rf"\bUPDATE\s+{ONLY}\"?\s+(?:AS\s+\w+\s+)?SET\b", "rows are changed in portions by a command, not by a migration"),
    (rf"\bDELETE\s+FROM\s+{ONLY}", "rows are deleted in portions by a command, not by a migration"),
    (rf"\b(?:CLUSTER|VACUUM\s+FULL|LOCK(?:\s+TABLE)?|REINDEX\s+TABLE)\s+{ONLY}", "it shuts everybody out"),
)
# Of any table that is there.
BREAKING_SQL = (
    (rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bRENAME\b", "the version that runs knows the old name"),
    (rf"ALTER\s+TABLE\s+{ONLY}[^;]*\bDROP\s+COLUMN\b", "the version that runs may still use the column"),
    (rf"\bDROP\s+TABLE\s+{ONLY}", "the version that runs may still use the table"),
)
COMPILED = [
    *((re.compile(pattern, re.IGNORECASE), why, BIG) for pattern, why in SLOW_SQL),
    *((re.compile(pattern, re.IGNORECASE), why, 0) for pattern, why in BREAKING_SQL),
]


def dangers(migrations: Iterable[Migration], state: ProjectState, sizes: Sizes) -> list[str]:
    """A line for each operation that is refused, with what to do; `state` is that before the first migration."""
    found: list[str] = []
    for migration in migrations if sizes else ():
        before = state.clone()
        state = migration.mutate_state(state)
        if not getattr(migration, "online", ""):
            found += [f"{migration}: {why}" for why in _dangers_of(migration, before, sizes)]
    return found


def _dangers_of(migration: Migration, state: ProjectState, sizes: Sizes) -> Iterable[str]:
    label = migration.app_label
    for operation in migration.operations:
        after = state.clone()
        operation.state_forwards(label, after)
        for one in _in_database(operation):
            if why := _judge(one, label, state, after, sizes):
                yield f"{one.describe()}: {why}"
            if not migration.atomic and not _goes_concurrently(one):
                yield f"{one.describe()}: a migration that isn't atomic holds only what goes concurrently"
        state = after


def _in_database(operation: Any) -> list[Any]:
    """What an operation does to the database; its effect on the state alone is nobody's danger."""
    if isinstance(operation, operations.SeparateDatabaseAndState):
        return [each for one in operation.database_operations for each in _in_database(one)]
    return [operation]


def _goes_concurrently(operation: Any) -> bool:
    sql = _sql_of(operation) if isinstance(operation, operations.RunSQL) else ""
    return isinstance(operation, CONCURRENT) or "CONCURRENTLY" in sql.upper()


def _judge(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    for kind, judge in JUDGES.items():
        if isinstance(operation, kind):
            return judge(operation, label, before, after, sizes)
    return None


def _table(operation: Any, label: str, state: ProjectState) -> str:
    name = getattr(operation, "model_name", None) or getattr(operation, "old_name", None) or operation.name
    return state.models[label, name.lower()].options.get("db_table") or f"{label}_{name.lower()}"


def _column(operation: Any, label: str, state: ProjectState) -> Field:
    return state.apps.get_model(label, operation.model_name)._meta.get_field(operation.name)


def _added_field(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    table, field = _table(operation, label, before), _column(operation, label, after)
    if field.many_to_many or table not in sizes:
        return None
    if not field.null and field.db_default is NOT_PROVIDED and not field.generated:
        return "the version that runs writes rows without it: null, or a db_default"
    if sizes[table] <= BIG:
        return None
    if _has_index(field):
        return "an index is made by AddIndexConcurrently, in a migration of its own"
    return "every row is written anew under a lock" if field.generated or _is_computed(field) else None


def _has_index(field: Field) -> bool:
    return field.unique or getattr(field, "db_index", False)


def _is_computed(field: Field) -> bool:
    return hasattr(field.db_default, "resolve_expression") and not hasattr(field.db_default, "value")


def _altered_field(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    from django.db import connection

    table = _table(operation, label, before)
    old, new = _column(operation, label, before), _column(operation, label, after)
    if old.column != new.column and table in sizes:
        return "the version that runs knows the old name"
    if sizes.get(table, 0) <= BIG:
        return None
    types = [one.db_parameters(connection)["type"] for one in (old, new)]
    if types[0] != types[1] and not _only_widens(*types):
        return "every row is written anew under a lock: add a column, and fill it in portions"
    if old.null and not new.null:
        return "every row is read under a lock: AddConstraintNotValid IS NOT NULL, then ValidateConstraint"
    if _has_index(new) and not _has_index(old):
        return "an index is made by AddIndexConcurrently, in a migration of its own"
    return None


def _only_widens(old: str | None, new: str | None) -> bool:
    lengths = [re.fullmatch(r"varchar\((\d+)\)", one or "") for one in (old, new)]
    return bool(lengths[0]) and (new in ("text", "varchar") or (lengths[1] is not None and _grows(*lengths)))


def _grows(old: Any, new: Any) -> bool:
    return int(new[1]) >= int(old[1])


def _indexed(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    if isinstance(operation, CONCURRENT) or sizes.get(_table(operation, label, before), 0) <= BIG:
        return None
    return "nobody sells meanwhile: AddIndexConcurrently, in a migration with atomic = False"


def _constrained(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    if isinstance(operation, postgres.AddConstraintNotValid) or sizes.get(_table(operation, label, before), 0) <= BIG:
        return None
    if isinstance(operation.constraint, CheckConstraint):
        return "every row is read under a lock: AddConstraintNotValid, then ValidateConstraint in the next migration"
    return "its index is made under a lock: by SQL, CONCURRENTLY, then ADD CONSTRAINT … USING INDEX"


def _together(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    return "its index is made under a lock" if sizes.get(_table(operation, label, before), 0) > BIG else None


def _removed(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    return _if_there(
        operation, label, before, sizes, "the version that runs may still use it: drop it one version later"
    )


def _renamed(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    return _if_there(operation, label, before, sizes, "the version that runs knows the old name")


def _if_there(operation: Any, label: str, state: ProjectState, sizes: Sizes, why: str) -> str | None:
    return why if _table(operation, label, state) in sizes else None


def _python(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    return "nobody can tell what code locks: say it with `online`, or make it a command"


def _raw(operation: Any, label: str, before: ProjectState, after: ProjectState, sizes: Sizes) -> str | None:
    sql = _sql_of(operation)
    for pattern, why, most in COMPILED:
        for match in pattern.finditer(sql):
            if sizes.get(match["table"], 0) > most:
                return f"{match['table']}: {why}"
    return None


def _sql_of(operation: Any) -> str:
    given = operation.sql
    if isinstance(given, str):
        return BODY.sub(" ", given)
    return ";".join(BODY.sub(" ", one if isinstance(one, str) else one[0]) for one in given)


JUDGES: dict[type, Judge] = {
    operations.AddField: _added_field,
    operations.AlterField: _altered_field,
    operations.AddIndex: _indexed,
    operations.AddConstraint: _constrained,
    operations.AlterUniqueTogether: _together,
    operations.RemoveField: _removed,
    operations.DeleteModel: _removed,
    operations.RenameField: _renamed,
    operations.RenameModel: _renamed,
    operations.AlterModelTable: _renamed,
    operations.RunPython: _python,
    operations.RunSQL: _raw,
}
