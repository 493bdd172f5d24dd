"""The drill of docs/backup.md: a bar is backed up while it sells, its server is killed, and it comes back."""

import contextlib
import dataclasses
import re
import shutil
import stat
from datetime import datetime, timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from bars.invariants import verify
from config.backups import programs
from config.backups.checking import verify_copy
from config.backups.folders import NAME, backups_in, prune, segments_in, write_about
from config.backups.noting import is_wal_received
from config.backups.programs import BackupRefused
from config.backups.restoring import LOCKS, Restored, copy, restored
from config.backups.sums import on_database
from config.models import TakenBackup
from config.postgres import SUPERUSER
from realtime.standing import standings
from sales.models import Sale
from tests.config.drill import Drill

BETWEEN = timedelta(milliseconds=1)  # after a backup's end, before a sale that was made later
LEFT_OUT = (" TRIGGER ", " FK CONSTRAINT ")
SECRET = "a-secret-of-the-copy"


pytestmark = pytest.mark.django_db  # nothing is written there: the schema is taken from it


@pytest.fixture(scope="module")
def lost(django_db_setup, django_db_blocker, tmp_path_factory):
    """The drill once its server is dead."""
    drill = Drill(tmp_path_factory.mktemp("drill"))
    try:
        with override_settings(DATABASE_URL=drill.cluster.url, DATA_DIR=drill.cluster.data_dir):
            with django_db_blocker.unblock():
                drill.run()
            yield drill
    finally:
        drill.stop()


@pytest.fixture
def backup(lost):
    return lost.taken.backup


def sales_on(server):
    with on_database(server.url):
        return set(Sale.objects.values_list("pk", flat=True))


def test_i36_f38_every_acknowledged_sale_is_restored_and_every_page_begins_anew(lost, tmp_path):
    with restored(lost.folder, tmp_path / "new") as (report, server):
        found = sales_on(server)
        with on_database(server.url):
            verdict = standings({lost.stream: lost.cursor_before})[lost.stream].verdict

    acknowledged = set(lost.seller.acknowledged)
    assert lost.sold_meanwhile > 0
    assert (acknowledged - found, len(found - acknowledged) <= 1) == (set(), True)  # the last may wait for its answer
    assert ([finding.invariant.id for finding in report.broken], verdict) == ([], "reset")
    assert report.sums["rows"]["sales_sale"] == len(found)


def test_i36_f38_a_restore_to_a_moment_holds_exactly_what_was_there_then(lost, tmp_path):
    with restored(lost.folder, tmp_path / "new", lost.moment) as (report, server):
        found = sales_on(server)

    assert len(lost.until_then) < len(lost.seller.acknowledged)
    assert (found, report.sums) == (lost.until_then, lost.sums_then)
    assert report.broken == []


def test_f38_without_the_wal_after_it_a_backup_lacks_what_was_sold_since(lost, tmp_path):
    """The control of the two above: what they find has come by the WAL."""
    shutil.copytree(lost.taken.backup.folder, tmp_path / "alone" / lost.taken.backup.name)

    with restored(tmp_path / "alone", tmp_path / "new") as (_report, server):
        found = sales_on(server)

    assert set() < found < set(lost.seller.acknowledged)
    assert found <= lost.backed_up


def test_a_backup_is_noted_while_wal_is_received_and_a_restored_database_has_none(lost, tmp_path):
    with restored(lost.folder, tmp_path / "new") as (_, server), on_database(server.url):
        after = TakenBackup.objects.count(), is_wal_received()

    assert (lost.noted, after) == (([lost.taken.backup.name], True), (0, False))
    assert lost.taken.is_noted


def flip(path, at):
    """One bit of one byte."""
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@contextlib.contextmanager
def flipped(path, at):
    flip(path, at)
    try:
        yield
    finally:
        flip(path, at)


def test_f39_a_flipped_bit_in_any_file_of_a_backup_is_found_and_the_file_named(backup):
    largest = sorted((backup.data / "base").rglob("*"), key=lambda path: path.stat().st_size)[-4:]
    files = [*largest, *(backup.data / name for name in ("global/pg_control", "backup_label", "PG_VERSION"))]
    verify_copy(backup)

    for path in files:
        with flipped(path, path.stat().st_size // 2), pytest.raises(BackupRefused) as refused:
            verify_copy(backup)
        assert f'"{path.relative_to(backup.data)}"' in str(refused.value)
    verify_copy(backup)


def test_f39_a_damaged_backup_is_not_restored(lost, backup, tmp_path):
    path = backup.data / "global/pg_control"

    with flipped(path, 100), pytest.raises(BackupRefused, match="global/pg_control"):
        restore(lost.folder, tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_f39_damaged_wal_is_named_and_what_was_before_it_can_be_restored(lost, backup, tmp_path):
    """Postgres itself takes it for the end, and would leave out what was sold afterwards without a word."""
    whole = [one for one in segments_in(lost.folder / "wal") if not one.path.name.endswith(".partial")]
    path = whole[-1].path

    with flipped(path, 4096):
        with pytest.raises(BackupRefused, match=f"WAL is damaged in {path.name}"):
            restore(lost.folder, tmp_path / "new")
        with restored(lost.folder, tmp_path / "new", backup.ended + BETWEEN) as (report, server):
            found = sales_on(server)

    assert (found < set(lost.seller.acknowledged), report.broken) == (True, [])


@contextlib.contextmanager
def hole_in(folder, aside):
    """The last but one of the files of WAL is away; its name."""
    path = segments_in(folder / "wal")[-2].path
    path.rename(aside / path.name)
    try:
        yield path.name
    finally:
        (aside / path.name).rename(path)


def test_f39_a_hole_in_the_wal_is_told(lost, tmp_path):
    with (
        hole_in(lost.folder, tmp_path) as name,
        pytest.raises(BackupRefused, match=f"WAL is missing in .* after the backup .*: 1 files, the first is {name};"),
    ):
        restore(lost.folder, tmp_path / "new")


def test_f39_a_moment_before_a_hole_is_restored_and_who_asks_for_a_later_one_is_told_which(lost, tmp_path):
    with hole_in(lost.folder, tmp_path) as name:
        with pytest.raises(BackupRefused) as refused:
            restore(lost.folder, tmp_path / "new", lost.moment)
        told = re.fullmatch(
            f"WAL ends before {re.escape(lost.moment.isoformat())}, as {name} is missing:"
            " you get any moment before (.+), of the last commit in it",
            str(refused.value),
        )
        last = datetime.fromisoformat(told[1])
        with pytest.raises(BackupRefused):
            restore(lost.folder, tmp_path / "new", last)
        moment = last - timedelta(microseconds=1)
        with restored(lost.folder, tmp_path / "new", moment) as (report, server):
            found = sales_on(server)
    with restored(lost.folder, tmp_path / "whole", moment) as (_report, server):
        there_then = sales_on(server)

    assert (found, report.broken) == (there_then, [])
    assert lost.backed_up <= found < lost.until_then


def test_a_lock_of_the_server_that_was_copied_stays_behind(lost, backup, tmp_path):
    """It names a process, which on the machine of the restore may be any."""
    lock = backup.data / ".s.PGSQL.1.lock"
    lock.touch()
    try:
        copy(backup, lost.folder / "wal", server := Restored(tmp_path, backup, None), None)
    finally:
        lock.unlink()

    assert (server.home / "PG_VERSION").exists()
    assert list(server.home.glob(LOCKS)) == []


def restore(folder, into, at=None):
    with restored(folder, into, at):
        pass


def refusal(*arguments):
    """The line with which a command ends."""
    with pytest.raises(CommandError) as refused:
        call_command(*arguments)
    [line] = str(refused.value).splitlines()
    return line


def test_a_moment_outside_of_what_was_kept_is_refused(lost, tmp_path):
    new = tmp_path / "new"
    said = {
        at: refusal("restore", lost.folder, "--into", new, "--at", at)
        for at in ("2020-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00", "23:40", "2026-11-21T23:40:00")
    }
    before, after, *vague = said.values()

    assert f"is before the end of the oldest backup, {lost.taken.backup.about.ended}" in before
    assert "WAL ends before 2100-01-01T00:00:00+00:00: the last commit in it is of 20" in after
    assert [("is not a moment" in line) for line in vague] == [True, True]
    assert not new.exists()


def test_a_folder_that_is_there_is_never_restored_into(lost, tmp_path):
    (tmp_path / "kept").write_text("mine")

    said = refusal("restore", lost.folder, "--into", tmp_path)
    none = refusal("restore", tmp_path, "--into", tmp_path / "new")

    assert (said, none) == (
        f"{tmp_path} is there already: name a new folder",
        f"There is no backup in {tmp_path}",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_c53_none_is_kept_for_longer_than_what_was_erased_may_last(lost, tmp_path):
    said = [refusal("backup", tmp_path / "backups", "--keep", days) for days in ("0", "36", "a month")]

    assert said == [
        f"Error: argument --keep: {days} is not a whole number from 1 to 35" for days in ("0", "36", "a month")
    ]
    assert not (tmp_path / "backups").exists()


def test_nobody_but_who_took_a_backup_can_read_it(lost):
    files = [lost.folder, *lost.folder.rglob("*")]

    assert len(files) > 100
    assert [path for path in files if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []


def test_c53_backups_end_after_35_days_with_the_wal_that_only_they_need_but_the_newest_stays(lost, tmp_path):
    folder, day = tmp_path / "backups", timedelta(days=1)
    shutil.copytree(lost.folder / "wal", folder / "wal")
    newest = lost.taken.backup
    for days in (40, 36, 35, 1):
        add_backup(folder, newest, newest.ended - days * day)
    (folder / "wal" / f"{0:024X}").write_bytes(bytes(16 * 1024 * 1024))  # older than any backup

    removed = prune(folder, newest.ended, 35 * day)
    later = prune(folder, newest.ended + 400 * day, 35 * day)

    assert (len(removed), len(later), len(backups_in(folder))) == (2, 1, 1)
    assert {one.name for one in segments_in(folder / "wal")} <= {one.name for one in segments_in(lost.folder / "wal")}
    assert segments_in(folder / "wal")


def add_backup(folder, like, ended):
    """One of another day, with as much of it as says so."""
    made = folder / ended.strftime(NAME)
    (made / "data").mkdir(parents=True)
    shutil.copy(like.data / "backup_manifest", made / "data")
    write_about(made, dataclasses.replace(like.about, ended=ended.isoformat()))


def test_a_password_goes_by_the_environment_and_never_by_the_command_line(settings):
    settings.DATABASE_BACKUP_URL = f"postgres://copier:{SECRET}@127.0.0.1:5433/bars"

    words, environment = programs.address()

    assert (SECRET in words, environment) == (False, {"PGPASSWORD": SECRET})
    assert "user=copier" in words


def test_without_an_address_of_its_own_a_backup_signs_in_as_its_own_role_by_pgpassfile(settings):
    settings.DATABASE_BACKUP_URL, settings.DATABASE_URL = "", f"postgres://bartender:{SECRET}@db.example.org:5433/bars"

    words, environment = programs.address()

    assert (SECRET in words, environment) == (False, {})
    assert {"user=bartender_backup", "host=db.example.org", "port=5433"} <= set(words.split())


def test_a_program_that_is_missing_or_of_another_major_version_is_named(settings, tmp_path, monkeypatch):
    settings.DATABASE_URL = "postgres://elsewhere/bars"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused, match="There is no postgres in PATH"):
        programs.server_folder()
    old = tmp_path / "pg_basebackup"
    old.write_text("#!/bin/sh\necho 'pg_basebackup (PostgreSQL) 15.4'\n")
    old.chmod(0o700)

    assert programs.client("pg_basebackup") == old
    with pytest.raises(BackupRefused, match="pg_basebackup is of Postgres 15, and this needs Postgres 18"):
        programs.refuse_another_major(old, 18)


def test_i28_i29_f40_a_dump_restored_without_triggers_is_found_by_verify(lost, tmp_path):
    with restored(lost.folder, tmp_path / "new") as (_report, server):
        dump = lost.dump(server.url, tmp_path / "dump")
        some = lost.list_without(dump, *LEFT_OUT)
        broken = [broken_after(lost, server, dump, *options) for options in ((), (f"--use-list={some}",))]

    assert broken[0] == set()
    assert broken[1] >= {"I28", "I29"}


def broken_after(lost, server, dump, *options):
    """The invariants that don't hold once the dump has been loaded into a new database."""
    with psycopg.connect(server._url(SUPERUSER, "postgres"), autocommit=True) as session:
        session.execute("DROP DATABASE IF EXISTS loaded")
        session.execute("CREATE DATABASE loaded OWNER bartender")
    lost.load(dump, server._url(SUPERUSER, "loaded"), *options)
    with on_database(server._url("bartender", "loaded")):
        return {finding.invariant.id for finding in verify() if finding.broken}
