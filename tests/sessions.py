"""Other sessions on the test database, and threads that start together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import connection

from tests.stack import url_of_test_database


def session(**options):
    """A raw connection of its own; `options` are Postgres settings. Commits at the end of `with`."""
    settings = {"lock_timeout": "10s", "statement_timeout": "20s"} | options
    return psycopg.connect(url_of_test_database(), options=" ".join(f"-c {k}={v}" for k, v in settings.items()))


def together(*works):
    """Call each in a thread of its own, all at the same moment; returns what each returned or raised."""
    start = threading.Barrier(len(works))

    def run(work):
        start.wait(10)
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
