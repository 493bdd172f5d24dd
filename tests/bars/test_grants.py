"""Grants after each migrate: of several that grant at once, each has its turn."""

import os
import subprocess
import sys

import pytest
from django.db import connection, transaction

from bars.grants import STATEMENTS, grant_application_role
from tests.races.gate import holding, through
from tests.sessions import together
from tests.stack import ROOT, url_of_test_database

pytestmark = pytest.mark.django_db(transaction=True)

STARTING = 30  # seconds that a process may take on a busy machine
CLASH = "tuple concurrently updated"
GRANTED = """
SELECT relname, relacl::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'm')
UNION ALL SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname = 'public'
UNION ALL SELECT datname, datacl::text FROM pg_database WHERE datname = current_database()
UNION ALL SELECT attrelid::regclass || '.' || attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL
ORDER BY 1
"""


def granted():
    with connection.cursor() as cursor:
        cursor.execute(GRANTED)
        return cursor.fetchall()


def holding_the_schema():
    """Somebody changes the grants of the schema, which is what the first statement does, and hasn't come to an end."""
    return holding(STATEMENTS[0])


def grant_out_of_turn():
    """The control: the same statements, and nobody waits for a turn."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement)


def grant():
    grant_application_role(sender=None)


@pytest.mark.parametrize(("granting", "errors"), [(grant_out_of_turn, [CLASH]), (grant, [])])
def test_two_who_grant_at_once_do_so_in_turn(granting, errors):
    before = granted()

    with holding_the_schema() as gate:
        said = through(gate, granting, granting)

    assert [str(one).strip() for one in said if one is not None] == errors
    assert granted() == before


def test_many_grant_at_once_again_and_again():
    """No gate: wherever in the fifty statements they meet."""
    before = granted()

    said = [together(*[grant] * 6) for _ in range(5)]

    assert said == [[None] * 6] * 5
    assert granted() == before


def test_two_migrates_at_once_both_end_well():
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = os.environ | {"DATABASE_URL": url_of_test_database(), "DATABASE_LOCK_TIMEOUT": "60s"}
    before = granted()

    with holding_the_schema() as gate:
        both = []
        for number in (1, 2):
            both.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
            gate.wait_for(number, seconds=STARTING)
        gate.open()
        said = [one.communicate(timeout=30)[1] for one in both]

    assert [(one.returncode, text) for one, text in zip(both, said, strict=True)] == [(0, ""), (0, "")]
    assert granted() == before
