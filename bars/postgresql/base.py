"""Django's backend for Postgres, whose transactions may be pipelined (bars/transactions.py)."""

from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg.errors import PipelineAborted


class DatabaseWrapper(base.DatabaseWrapper):
    def rollback(self) -> None:
        """Roll back; psycopg first raises for what was sent after the statement that failed, if that is unread.

        Django would close the connection for it, so that each sale which lost a race for the shelf made a new one.
        """
        try:
            super().rollback()
        except OperationalError as error:
            if not isinstance(error.__cause__, PipelineAborted):
                raise
            super().rollback()
