"""What the project's commands share: one clear line for every bad input, and progress that people can see."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import override
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bars.copying import Tell
from bars.grants import ROLE
from realtime.errors import Problem
from realtime.management.refusing import RefusingCommand

INTERRUPTED = 130


class CarefulCommand(RefusingCommand):
    """A command that ends with one line and code 1 for whatever it refuses, and with 130 on Ctrl-C.

    It speaks English, whatever the language of the site. A database that isn't there is manage.py's affair.
    `interrupted` says what Ctrl-C has left behind.
    """

    requires_system_checks: list[str] = []  # the servers' affair: a command must work where they don't
    requires_migrations_checks = True
    interrupted = "Stopped: nothing was written."

    def execute(self, *args: Any, **options: Any) -> Any:
        with override("en"):  # what a Problem says is translated where it is told
            try:
                leave_superuser()
                return super().execute(*args, **options)
            except KeyboardInterrupt:
                self.stderr.write(self.interrupted)
                sys.exit(INTERRUPTED)
            except Problem as problem:
                raise CommandError(problem.detail) from problem
            except DatabaseError as error:
                if connection.connection is None:
                    raise
                raise CommandError(f"The database refused: {str(error).strip().splitlines()[0]}") from error

    def check_migrations(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database is behind the code: run manage.py migrate first")


def leave_superuser() -> None:
    """Who has signed in as a superuser of the database goes on as the application: no grant holds a superuser back.

    Raises CommandError where there is no such role.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, to_regrole(%s) IS NULL FROM pg_roles WHERE rolname = current_user", [ROLE])
        is_superuser, is_missing = cursor.fetchone()
    if not is_superuser:
        return
    if is_missing:
        raise CommandError(f"A superuser of the database runs nothing here: sign in as another, or create role {ROLE}")
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c role={ROLE}"  # for each connection that is made from now on
    connection.close()


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """An argument's type: a whole number of at least `least`, and of `most` at most."""
    allowed = f"from {least} on" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise ArgumentTypeError(f"{text} is not a whole number {allowed}")
        return int(text)

    return read


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar on stderr for the step under way, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("")
        yield lambda step, done, total: shown.update(task, description=step, completed=done, total=total)
