"""One statement's rows as dicts."""

from typing import Any

from django.db import connection

from stats.figures.tables import Row


def rows_of(statement: str, **values: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
