"""The books of one bar, as files that any spreadsheet opens: for an owner who wants them, or who leaves.

Every table whose rows belong to one bar, and the names of its people; not what they wrote to each other in the chat.
"""

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from bars.copying import Tell, silent
from bars.models import Bar

# What opens something, or means something to the program alone.
WITHHELD = {"token", "digest", "fingerprint"}
PEOPLE = """
SELECT DISTINCT person.id, person.username, person.first_name, person.last_name
FROM bars_member AS member JOIN bars_user AS person ON person.id = member.user_id
WHERE member.bar_id = {bar} ORDER BY person.username
"""


def tables() -> list[type[models.Model]]:
    """The bar itself, and every table whose rows belong to one bar."""
    found = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    return [Bar, *sorted((model for model in found if has_bar(model)), key=lambda model: model._meta.db_table)]


def has_bar(model: type[models.Model]) -> bool:
    return any(field.column == "bar_id" for field in model._meta.concrete_fields)


def query(model: type[models.Model], bar: Bar) -> sql.Composable:
    """The rows of one bar, in the order of their keys."""
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column not in WITHHELD]
    return sql.SQL("SELECT {columns} FROM {table} WHERE {owner} = {bar} ORDER BY {key}").format(
        columns=names(columns),
        table=sql.Identifier(model._meta.db_table),
        owner=sql.Identifier("id" if model is Bar else "bar_id"),
        bar=sql.Literal(bar.pk),
        key=names(str(field.column) for field in model._meta.pk_fields),
    )


def names(columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join([sql.Identifier(column) for column in columns])


def export_bar(bar: Bar, path: Path, tell: Tell = silent) -> Counter[str]:
    """Write a zip of CSV files, one for each table, all of one moment; returns how many rows each holds, by its table.

    The file appears under its name when it is whole. Raises FileExistsError where there is one already.
    """
    queries = {model._meta.db_table: query(model, bar) for model in tables()}
    queries["people"] = sql.SQL(PEOPLE).format(bar=sql.Literal(bar.pk))
    rows = Counter[str]()
    with new_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, of_one_moment():
        for number, (name, wanted) in enumerate(queries.items()):
            tell(name, number, len(queries))
            with archive.open(f"{name}.csv", "w", force_zip64=True) as target:
                rows[name] = copy_out(wanted, target)
    return rows


def copy_out(wanted: sql.Composable, target: IO[bytes]) -> int:
    """One query as CSV with a heading; returns how many rows."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(wanted)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy:
                target.write(piece)
        return max(cursor.rowcount, 0)


@contextmanager
def of_one_moment() -> Iterator[None]:
    """What is committed meanwhile isn't seen; nothing is written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there when it is whole, readable by its owner alone."""
    if path.exists():
        raise FileExistsError(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        os.link(unfinished, path)  # never over another's
    finally:
        unfinished.unlink(missing_ok=True)
