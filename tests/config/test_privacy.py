"""It is known which personal data is kept: docs/privacy.md names each column that could hold some, and no other."""

import re

from django.apps import apps
from django.db import models

from tests.stack import ROOT

PAGE = ROOT / "docs" / "privacy.md"
COLUMN = re.compile(r"`([a-z_]+)\.([a-z_]+|\*)`")
HOLDING = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, models.BinaryField)


def could_hold(field):
    """Text that isn't one of a few words, JSON, or a list."""
    return (isinstance(field, HOLDING) and not field.choices) or hasattr(field, "base_field")


def columns():
    return {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        for field in model._meta.concrete_fields
        if could_hold(field)
    }


def named():
    """What the page names, in its order; a star stands for all columns of a table."""
    kept = columns()
    for table, column in COLUMN.findall(PAGE.read_text()):
        if column == "*":
            yield from sorted(one for one in kept if one[0] == table)
        else:
            yield table, column


def test_c50_the_page_names_each_column_that_could_hold_personal_data_once():
    found = list(named())

    assert sorted(columns() - set(found)) == []
    assert sorted(one for one in found if found.count(one) > 1) == []
    assert sorted(set(found) - columns()) == []


def test_c50_a_column_that_is_not_named_is_missed(monkeypatch, tmp_path):
    less = tmp_path / "privacy.md"
    less.write_text(PAGE.read_text().replace("`sales_consignment.phone`", "a number"))
    monkeypatch.setattr("tests.config.test_privacy.PAGE", less)

    assert columns() - set(named()) == {("sales_consignment", "phone")}
