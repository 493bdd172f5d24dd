"""The triggers by which the books are only added to, put to sleep for one transaction."""

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.db import connection, models

SLEEP = "SELECT set_config('pgtrigger.ignore', %s::text[]::text, true)"

Guard = tuple[models.Model, pgtrigger.Trigger]


def against_deleting() -> list[Guard]:
    """Every trigger that refuses a DELETE."""
    return [guard for guard in pgtrigger.registered() if is_against(guard[1], pgtrigger.Delete)]


def is_against(trigger: pgtrigger.Trigger, operation: Any) -> bool:
    return isinstance(trigger, pgtrigger.Protect) and str(operation) in str(trigger.operation)


def put_to_sleep(guards: Iterable[Guard]) -> None:
    """Until this transaction ends; for this connection alone."""
    with connection.cursor() as cursor:
        cursor.execute(SLEEP, [[trigger.get_pgid(model) for model, trigger in guards]])
