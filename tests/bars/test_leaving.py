"""The books of one bar, and nothing of another, in one file."""

import csv
import io
import stat
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bars import leaving
from bars.models import Invitation
from tests import factories
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(koffi, beer, zoe, other_bar):
    """A few sales here, and one elsewhere."""
    for _ in range(3):
        factories.sale(koffi, {beer.pk: 2})
    factories.sale(zoe, {factories.product(other_bar, "Awooyo", stock=9).pk: 1})


def exported(bar, folder):
    """Every file of an export as a list of dicts."""
    path = Path(folder, "bar.zip")
    call_command("export_bar", bar.slug, path)
    with zipfile.ZipFile(path) as archive:
        return {
            name: list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8"))) for name in archive.namelist()
        }


def test_c52_every_table_of_a_bar_is_there_with_all_its_rows_and_no_others(sold, bar, other_bar, tmp_path):
    files = exported(bar, tmp_path)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name) "
            "WHERE columns.table_schema = 'public' AND column_name = 'bar_id' AND table_type = 'BASE TABLE'"
        )
        kept = {name for [name] in cursor.fetchall()}
        counts = {}
        for name in kept:
            cursor.execute(f"SELECT count(*) FROM {name} WHERE bar_id = %s", [bar.pk])
            counts[f"{name}.csv"] = cursor.fetchone()[0]
    assert counts["sales_sale.csv"] == 3
    assert {name: len(rows) for name, rows in files.items()} == counts | {"bars_bar.csv": 1, "people.csv": 1}
    assert {row["bar_id"] for rows in files.values() for row in rows if "bar_id" in row} == {str(bar.pk)}
    assert not any(other_bar.slug in str(rows) or "zoe" in str(rows) for rows in files.values())


def test_c52_names_of_people_are_there_and_what_opens_something_is_not(sold, bar, koffi, tmp_path):
    Invitation.objects.create(
        bar=bar, role="waiter", digest="d" * 64, created_by=koffi.user, expires_at="2030-01-01T00:00Z"
    )
    secrets = {"d" * 64, koffi.user.password}

    files = exported(bar, tmp_path)

    assert [row["username"] for row in files["people.csv"]] == ["koffi"]
    assert len(files["bars_invitation.csv"]) == 1
    assert not any(secret in str(rows) for rows in files.values() for secret in secrets)
    assert leaving.WITHHELD & {column for rows in files.values() for row in rows for column in row} == set()
    assert {"token", "digest"} <= leaving.WITHHELD


def test_c52_it_is_of_one_moment(bar, beer, tmp_path, monkeypatch):
    """A product that is renamed while the files are written has its old name in all of them."""
    copy_out, done = leaving.copy_out, []

    def slowly(wanted, target):
        if done == ["first"]:
            with session() as writer:
                writer.execute("UPDATE stock_product SET name = 'Renamed' WHERE id = %s", [beer.pk])
        done.append("first")
        return copy_out(wanted, target)

    monkeypatch.setattr(leaving, "copy_out", slowly)

    assert [row["name"] for row in exported(bar, tmp_path)["stock_product.csv"]] == ["Beaufort"]


def test_a_file_that_is_there_stays_as_it_is(bar, tmp_path):
    path = tmp_path / "bar.zip"
    path.write_text("another's")

    with pytest.raises(CommandError, match=f"{path} is there already"):
        call_command("export_bar", bar.slug, path)

    assert path.read_text() == "another's"


def test_an_export_that_fails_leaves_no_file(sold, bar, tmp_path, monkeypatch):
    monkeypatch.setattr(leaving, "PEOPLE", "SELECT 1 / 0 AS {bar}")

    with pytest.raises(CommandError, match="The database refused"):
        call_command("export_bar", bar.slug, tmp_path / "bar.zip")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("slug", "file", "told"),
    [("nowhere", "bar.zip", "No bar has the slug nowhere"), (None, "no/folder/bar.zip", "No such file or directory")],
)
def test_nonsense_is_named_in_a_line(slug, file, told, bar, tmp_path):
    with pytest.raises(CommandError, match=told):
        call_command("export_bar", slug or bar.slug, tmp_path / file)


def test_only_who_has_exported_can_read_the_file(bar, tmp_path):
    call_command("export_bar", bar.slug, tmp_path / "bar.zip")

    assert stat.S_IMODE((tmp_path / "bar.zip").stat().st_mode) == 0o600
