"""The event loop's way to the database."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from channels.db import DatabaseSyncToAsync

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Run a function that queries the database in one of the loop's threads.

    Not thread-sensitive: without that, all of a process would queue for a single thread, and one
    slow figure would hold up every resume.
    """
    return DatabaseSyncToAsync(function, thread_sensitive=False)
