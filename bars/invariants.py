"""What must always be true, as queries that must return no rows. Each app declares its own in <app>/invariants.py.

The ids are those of the list of invariants that docs and tests refer to; one id may stand for several queries.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.utils.module_loading import autodiscover_modules

from bars.tenancy import COMPOSITE_KEYS
from bars.written import written

MOST_SHOWN = 5
RUN = """
WITH broken AS MATERIALIZED ({query})
SELECT (SELECT count(*) FROM broken), to_jsonb(broken)::text FROM broken LIMIT {most}
"""

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Invariant:
    """`sentence` says what is true; `query` returns the rows that break it, filled with `params()`."""

    id: str
    sentence: str
    query: str
    params: Callable[[], Params] | None = None


class Finding(NamedTuple):
    """What a check has found: how many rows break the invariant, and a few of them as JSON."""

    invariant: Invariant
    broken: int
    rows: list[str]
    seconds: float


_declared: list[Invariant] = []


def declare(*invariants: Invariant) -> None:
    """Add invariants to those that `verify` runs."""
    _declared.extend(invariants)


def all_invariants() -> list[Invariant]:
    """Every declared invariant, by id."""
    autodiscover_modules("invariants")
    return sorted(_declared, key=lambda invariant: invariant.id)


def verify() -> Iterator[Finding]:
    """Check every invariant, one statement each: it sees one moment of the database and locks nothing."""
    return (check(invariant) for invariant in all_invariants())


def check(invariant: Invariant) -> Finding:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        statement = RUN.format(query=invariant.query, most=MOST_SHOWN)
        cursor.execute(statement, invariant.params() if invariant.params else None)
        rows = cursor.fetchall()
    return Finding(invariant, rows[0][0] if rows else 0, [row[1] for row in rows], time.perf_counter() - began)


def crossings() -> str:
    """Rows that refer to a row of another bar, or to none, over every composite key."""
    return " UNION ALL ".join(
        f"SELECT '{key.table}.{key.column}' AS reference, child.id::text FROM {key.table} AS child"
        f" LEFT JOIN {key.target} AS parent ON parent.id = child.{key.column}"
        f" WHERE child.{key.column} IS NOT NULL AND parent.bar_id IS DISTINCT FROM child.bar_id"
        for key in COMPOSITE_KEYS
    )


def expected_triggers() -> Params:
    triggers = written().triggers
    return {
        "tables": [trigger.table for trigger in triggers],
        "names": [trigger.name for trigger in triggers],
        "functions": [trigger.function for trigger in triggers],
        "hashes": [trigger.hash for trigger in triggers],
    }


def expected_functions() -> Params:
    functions = written().functions
    return {"names": list(functions), "bodies": list(functions.values())}


def expected_constraints() -> Params:
    """The constraints that the models and bars/tenancy.py declare."""
    named = {(key.table, f"{key.table}_{key.column}_in_bar") for key in COMPOSITE_KEYS}
    for model in apps.get_models():
        if model._meta.managed and model._meta.app_config.path.startswith(_project_path()):
            named |= {(model._meta.db_table, constraint.name) for constraint in model._meta.constraints}
    return {"tables": [table for table, _ in named], "names": [name for _, name in named]}


def _project_path() -> str:
    return apps.get_app_config("bars").path.removesuffix("bars")


declare(
    Invariant("I05", "No row refers to another bar's row.", crossings()),
    Invariant(
        "I10",
        "The events of a stream are numbered without a hole, up to its head.",
        """
        SELECT coalesce(head.stream, log.stream) AS stream, head.seq AS head, log.first, log.last, log.events
        FROM realtime_streamhead AS head
        FULL JOIN (
            SELECT stream, min(seq) AS first, max(seq) AS last, count(*) AS events
            FROM realtime_event GROUP BY stream
        ) AS log ON log.stream = head.stream
        WHERE log.events <> log.last - log.first + 1 OR log.last <> head.seq OR head.stream IS NULL
        """,
    ),
    Invariant(
        "I10",
        "A number of a stream is given once.",
        "SELECT stream, seq, count(*) AS events FROM realtime_event GROUP BY stream, seq HAVING count(*) > 1",
    ),
    Invariant(
        "I11",
        "No event is left staged by a transaction that has committed.",
        "SELECT * FROM realtime_staged WHERE xid IS DISTINCT FROM pg_current_xact_id_if_assigned()",
    ),
    Invariant(
        "I28",
        "Every declared trigger is installed as declared.",
        """
        SELECT expected.*, obj_description(present.oid, 'pg_trigger') AS found
        FROM unnest(%(tables)s::text[], %(names)s::text[], %(functions)s::text[], %(hashes)s::text[])
            AS expected (name_of_table, name, function, hash)
        LEFT JOIN pg_trigger AS present
            ON present.tgrelid = to_regclass(expected.name_of_table) AND present.tgname = expected.name
        WHERE present.oid IS NULL OR present.tgfoid IS DISTINCT FROM to_regproc(expected.function)
           OR obj_description(present.oid, 'pg_trigger') IS DISTINCT FROM expected.hash
        """,
        expected_triggers,
    ),
    Invariant(
        "I28",
        "Every function is as its migration or its model has written it.",
        """
        SELECT expected.name, present.prosrc AS found
        FROM unnest(%(names)s::text[], %(bodies)s::text[]) AS expected (name, body)
        LEFT JOIN pg_proc AS present ON present.oid = to_regproc(expected.name)
        WHERE present.prosrc IS DISTINCT FROM expected.body
        """,
        expected_functions,
    ),
    Invariant(
        "I28",
        "No trigger is switched off.",
        """
        SELECT tgrelid::regclass::text AS name_of_table, tgname AS name, tgenabled AS state
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = current_schema()::regnamespace AND tgenabled <> 'O'
        """,
    ),
    Invariant(
        "I29",
        "Every declared constraint is there.",
        """
        SELECT expected.*
        FROM unnest(%(tables)s::text[], %(names)s::text[]) AS expected (name_of_table, name)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint WHERE conrelid = to_regclass(expected.name_of_table) AND conname = expected.name
        ) AND NOT EXISTS (
            SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = to_regclass(expected.name_of_table) AND relname = expected.name AND indisunique
        )
        """,
        expected_constraints,
    ),
    Invariant(
        "I29",
        "Every constraint has been checked for all rows and is enforced; every index is whole.",
        """
        SELECT conrelid::regclass::text AS name_of_table, conname AS name
        FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND NOT (convalidated AND conenforced)
        UNION ALL
        SELECT indrelid::regclass::text, indexrelid::regclass::text
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = current_schema()::regnamespace AND NOT (indisvalid AND indisready)
        """,
    ),
)
