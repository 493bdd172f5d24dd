"""The table of sabotage stays true to the code. That the tests turn red is shown by `make sabotage`: it takes long."""

import re

import pytest
from django.db import connection

from tests.sabotage.control import Edit, Statement
from tests.sabotage.table import CONTROLS
from tests.stack import ROOT

EDITS = [one for one in CONTROLS if isinstance(one.without, Edit)]
STATEMENTS = [one for one in CONTROLS if isinstance(one.without, Statement)]
by_id = {"ids": lambda one: one.id}


def test_ids_are_given_once():
    assert len({one.id for one in CONTROLS}) == len(CONTROLS) > 25


def test_every_control_that_has_a_test_is_taken_away():
    page = (ROOT / "docs/controls.md").read_text()
    listed = re.findall(r"^\*\*(C\d\d)\*\*.*\n((?:- .*\n)+)", page, re.MULTILINE)
    tested = {control for control, below in listed if re.search(r"^- [\w/]+\.py: ", below, re.MULTILINE)}

    assert len(tested) > 35
    assert tested - {one.id.partition("-")[0] for one in CONTROLS} == set()


@pytest.mark.parametrize("control", EDITS, **by_id)
def test_what_is_taken_away_stands_in_the_code_once(control):
    file, old, new = control.without

    assert ((ROOT / file).read_text().count(old), old == new) == (1, False)


@pytest.mark.parametrize("control", STATEMENTS, **by_id)
def test_what_is_taken_away_stands_in_the_database(control, db):
    """Taken away in the test's own transaction, which is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(control.without.sql)


@pytest.mark.parametrize("control", CONTROLS, **by_id)
def test_the_tests_of_a_control_are_there(control):
    file, _, name = control.tests[0].partition("[")[0].partition("::")
    names = re.findall(r"def (test_\w+)", (ROOT / file).read_text())

    assert name in names if name else any(control.tests[-1] in one for one in names)
