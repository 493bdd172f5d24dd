"""Lookups that every request makes: a queryset is made into SQL once, and asked with other values from then on.

Django does that anew each time it is asked, which takes several times as long as the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet, Value
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """Where the value of a parameter goes."""

    name: str


class Compiled(Generic[M]):
    """The rows of a queryset, in its order, with what it joins by `select_related`.

    `make` is called once, with an expression for each of its parameters, so it can choose nothing by their values.
    These are of types that psycopg knows: UUID, str, datetime.
    """

    def __init__(self, make: Callable[..., QuerySet[M]]) -> None:
        self._make = make

    def all(self, **values: Any) -> list[M]:
        sql, params, build = self._prepared
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[one.name] if isinstance(one, Place) else one for one in params])
            return [build(row) for row in cursor.fetchall()]

    def first(self, **values: Any) -> M | None:
        """Of a queryset that has one row at most."""
        return next(iter(self.all(**values)), None)

    @cached_property
    def _prepared(self) -> tuple[str, Sequence[Any], Callable[[Row], M]]:
        """The statement, its parameters, and what makes an instance of a row, as QuerySet does."""
        query = self._make(**{name: Value(Place(name)) for name in signature(self._make).parameters}).query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        select, of = compiler.select, compiler.klass_info
        assert select
        assert of
        if compiler.get_converters([column for column, *_ in select]):
            raise TypeError(f"{of['model']} has columns that Django converts: ask its queryset itself")
        first, last = of["select_fields"][0], of["select_fields"][-1] + 1
        names = [column.target.attname for column, *_ in select[first:last]]
        joined = get_related_populators(of, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of Django 6's stubs

        def build(row: Row) -> M:
            instance: M = of["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
            for one in joined:
                one.populate(row, instance)
            return instance

        return sql, params, build
