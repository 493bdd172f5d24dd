"""Services whose statements wait for no answers (bars/transactions.py)."""

import time

import pytest
from django.db import IntegrityError, connection

from bars.transactions import durably_pipelined

REFUSED = "DO $$ BEGIN RAISE check_violation; END $$"

pytestmark = pytest.mark.django_db(transaction=True)


@durably_pipelined
def refused_before_commit():
    """By a statement whose error has arrived when COMMIT is sent."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED)
    time.sleep(0.1)


def session():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_who_is_refused_at_commit_keeps_their_connection():
    before = session()

    with pytest.raises(IntegrityError):
        refused_before_commit()

    assert session() == before
