"""The durable transaction at a service's door: what it locks first, and what is tried again."""

import functools
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from realtime.errors import Problem

P = ParamSpec("P")
R = TypeVar("R")

LOCK_NOT_AVAILABLE = "55P03"
UNDONE = {"40001", "40P01"}  # serialisation failure, deadlock: Postgres has rolled back
CUT_OFF = ""  # the connection broke, or there was none, before Postgres could say why
LOST = ("57P01", "57P02", "57P03", "53300", "54000", "08")  # shut down, killed, no connection left, cut off
MOST_TRIES = 3
LONGEST_PAUSE = 0.05  # seconds
log = logging.getLogger(__name__)


class StillRunning(Problem):
    """Another request has held the key, a product or the bar's events for longer than the lock timeout."""

    status, code = 409, "in_progress"
    title = _("Another request is still being written: nothing was written, ask again with the same key.")


class KeyReused(Problem):
    status, code, title = 422, "key_reused", _("This key has already been used for something else: mint a new one.")


def durably(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service as one durable transaction, and again where Postgres has undone it or was lost.

    For services that answer alike when asked twice: by a client's key, or because what they ask for
    is a state. Whether the COMMIT of a lost connection arrived is then found out by asking again.
    Raises StillRunning where a lock was not to be had in time; nothing was written then.
    """
    return _repeatedly(service, nullcontext)


def durably_pipelined(service: Callable[P, R]) -> Callable[P, R]:
    """As `durably`, and a statement doesn't wait for the answers to those before: only who reads rows waits.

    Where the service reads none after its last statements, Postgres goes from one to the next and to COMMIT: what they
    lock is not held while answers travel. What goes wrong with a statement is raised where the next rows are read, or
    at COMMIT; how many rows it wrote isn't known before.
    """
    return _repeatedly(service, _pipeline)


@contextmanager
def _pipeline() -> Iterator[None]:
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _repeatedly(service: Callable[P, R], surroundings: Callable[[], AbstractContextManager[None]]) -> Callable[P, R]:
    @functools.wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for last in [False] * (MOST_TRIES - 1) + [True]:
            try:
                with surroundings(), transaction.atomic(durable=True):
                    return service(*args, **kwargs)
            except OperationalError as error:
                state = sqlstate(error)
                if state == LOCK_NOT_AVAILABLE:
                    raise StillRunning(retry_after=2) from error
                if last or not (state == CUT_OFF or state in UNDONE or state.startswith(LOST)):
                    raise
                connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0, LONGEST_PAUSE))
        raise AssertionError("unreachable")

    return run


def bar_by_bar(what: str, bars: Iterable[UUID], work: Callable[[UUID], int]) -> int:
    """The sum of `work` for each bar. A bar that can't be written now keeps no other: the next call takes it up."""
    done = 0
    for bar_id in bars:
        try:
            done += work(bar_id)
        except (Problem, OperationalError) as error:
            log.warning("%s of bar %s wait for the next round: %s", what, bar_id, error)
    return done


def sqlstate(error: OperationalError | InterfaceError) -> str:
    """The five characters by which Postgres names the error; empty where it had no time to."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def constraint_of(error: DatabaseError) -> str:
    """The name of the constraint that refuses; empty where the error names none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def open_books(bar_id: UUID) -> None:
    """Share the bar's books with its other writers until this transaction ends. Call before locking any row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bars_open_books(%s)", [bar_id])


def hold_books(bar_id: UUID) -> None:
    """Have the bar's books alone: waits for every writer under way, and lets none in. Call before any row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bars_hold_books(%s)", [bar_id])
