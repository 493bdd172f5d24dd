"""The triggers and functions that the database must have: what the migrations have written, and what models declare.

Read from the migrations themselves, in their order, so that no list of names can go stale.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pgtrigger
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

# In the order of the text; a function's body is passed over with it.
STATEMENT = re.compile(
    r'CREATE (?:OR REPLACE )?FUNCTION (?:"?public"?\.)?(?P<function>\w+).*?\$\$(?P<body>.*?)\$\$'
    r"|DROP FUNCTION (?:IF EXISTS )?(?P<dropped_functions>[^;]+);?"
    r"|CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (?P<trigger>\w+)[^;]*? ON (?P<table>\w+)[^;]*?"
    r"EXECUTE (?:FUNCTION|PROCEDURE) (?P<called>\w+)"
    r"|DROP TRIGGER (?:IF EXISTS )?(?P<dropped_trigger>\w+) ON (?P<dropped_on>\w+)",
    re.DOTALL,
)


class Trigger(NamedTuple):
    """`hash` is what pgtrigger leaves as a comment; None where SQL was written by hand."""

    table: str
    name: str
    function: str
    hash: str | None


class Written(NamedTuple):
    """Triggers, and the body of each function by its name."""

    triggers: list[Trigger]
    functions: dict[str, str]


@cache
def written() -> Written:
    """What stands in the database when every migration has run."""
    triggers: dict[tuple[str, str], Trigger] = {}
    functions: dict[str, str] = {}
    for found in (match for text in _texts() for match in STATEMENT.finditer(text)):
        part = found.groupdict()
        if part["function"]:
            functions[part["function"]] = part["body"]
        elif part["trigger"]:
            triggers[part["table"], part["trigger"]] = Trigger(part["table"], part["trigger"], part["called"], None)
        elif part["dropped_trigger"]:
            triggers.pop((part["dropped_on"], part["dropped_trigger"]), None)
        else:
            for name in re.findall(r"(\w+)(?:\([^)]*\))?", part["dropped_functions"]):
                functions.pop(name, None)
    for model, trigger in pgtrigger.registered():
        compiled = trigger.compile(model)
        pgid = compiled.sql.pgid
        triggers[model._meta.db_table, pgid] = Trigger(model._meta.db_table, pgid, pgid, compiled.hash)
        functions |= {one["function"]: one["body"] for one in STATEMENT.finditer(compiled.install_sql) if one["body"]}
    return Written(sorted(triggers.values()), functions)


def _texts() -> Iterator[str]:
    """The SQL that migrations run, in the order in which they run."""
    graph = MigrationLoader(None).graph
    order = dict.fromkeys(node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf))
    for node in order:
        for operation in graph.nodes[node].operations:
            if isinstance(operation, RunSQL):
                yield operation.sql if isinstance(operation.sql, str) else ";\n".join(map(_text, operation.sql))


def _text(statement: str | tuple) -> str:
    return statement if isinstance(statement, str) else statement[0]
