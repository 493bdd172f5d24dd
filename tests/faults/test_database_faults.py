"""What may happen to Postgres under the event log."""

import contextlib
import os
import shutil
import subprocess
import time

import psycopg
import pytest

from realtime import lines
from realtime.relay import Relay
from tests.faults.clusters import running
from tests.realtime.numbering import stage
from tests.realtime.test_relay import Layer, at, until

V2 = ("number_events_v2.sql", "announcing_v1.sql", "number_events_v3.sql")
NOISE = "SELECT pg_notify('noise', repeat(md5(random()::text), 240))"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), max_notify_queue_pages="64") as made:
        yield made


@pytest.fixture
def one(cluster):
    cluster.begin_anew()
    return cluster


def fill_queue(one):
    """Bells that nobody takes away: somebody listens, and sits in a transaction."""
    stuck = one.session()
    stuck.execute("LISTEN noise")
    stuck.commit()
    stuck.execute("SELECT 1")
    with one.session() as noisy:
        noisy.autocommit = True
        with contextlib.suppress(psycopg.errors.ProgramLimitExceeded):
            while True:
                noisy.execute(NOISE)
    return stuck


def commit(one, stream, note):
    with one.session() as writer:
        stage(writer, stream, note)


def test_f11_a_full_queue_of_bells_fails_no_commit(one):
    stuck = fill_queue(one)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded):  # the control: the first version rang always
        commit(one, "bar.1", "a")
    one.install(*V2)

    commit(one, "bar.1", "b")
    commit(one, "bar.1", "c")

    full = seen(one, "SELECT pg_notification_queue_usage()")
    stuck.close()
    assert seen(one, "SELECT array_agg(seq ORDER BY seq) FROM realtime_event") == [1, 2]
    assert (full > 0.9, seen(one, "SELECT pg_notification_queue_usage()") < 0.1) == (True, True)


async def test_f02_what_was_committed_before_a_crash_of_postgres_is_published_after_it(one, monkeypatch):
    one.install(*V2)
    commit(one, "bar.1", "a")
    commit(one, "bar.1", "b")
    one.crash()
    one.start()
    assert seen(one, "SELECT count(*) FROM realtime_outbox") == 0  # the crash took it

    monkeypatch.setattr(lines, "parameters", lambda: psycopg.conninfo.conninfo_to_dict(one.url))
    began = time.monotonic()
    async with Relay.connected() as relay:
        relay.publisher = Layer()
        async with at(relay.run()):
            await until(lambda: relay.publisher.of("bar.1"))

    assert (relay.publisher.of("bar.1"), time.monotonic() - began < 2) == (["frame"], True)


def seen(one, statement):
    with one.session() as reader:
        return reader.execute(statement).fetchone()[0]


@contextlib.contextmanager
def disk(path, size):
    """A small one of its own."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


@pytest.fixture
def small_disk(tmp_path):
    """A Postgres on a disk of its own."""
    with disk(tmp_path, "256m"), running(tmp_path) as made:
        made.begin_anew()
        made.install(*V2)
        yield made


@pytest.fixture
def small_wal(tmp_path):
    """A Postgres whose write-ahead log has a disk of its own, with room for four files."""
    with running(tmp_path, max_wal_size="32MB", min_wal_size="32MB") as made:
        made.begin_anew()
        made.install(*V2)
        made.stop()
        wal = made.home / "pg_wal"
        aside, owner = wal.rename(tmp_path / "wal"), wal.parent.stat()
        wal.mkdir()
        with disk(wal, "64m"):
            for path in (wal, *shutil.copytree(aside, wal, dirs_exist_ok=True).rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)
            wal.chmod(0o700)
            made.start()
            yield made
            made.stop()


def fill(path):
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(1 << 20))


def commit_until_refused(one, stream, size=8000):
    """Events as large as a page, each committed; returns how many were acknowledged, and what refused the next."""
    for done in range(2000):
        try:
            commit(one, stream, str(done).ljust(size, "x"))
        except psycopg.Error as error:
            return done, error
    raise AssertionError("the disk is not full")


def test_f24_a_full_disk_refuses_and_loses_nothing_that_was_acknowledged(small_disk):
    ballast = small_disk.data_dir / "ballast"
    commit(small_disk, "bar.1", "before")
    fill(ballast)

    acknowledged, error = commit_until_refused(small_disk, "bar.1")
    ballast.unlink()
    commit(small_disk, "bar.1", "after")

    assert type(error) is psycopg.errors.DiskFull
    numbers = seen(small_disk, "SELECT array_agg(seq ORDER BY seq) FROM realtime_event")
    assert numbers == list(range(1, acknowledged + 3))


def test_f25_a_full_disk_of_the_write_ahead_log_ends_postgres_and_loses_nothing_that_was_acknowledged(small_wal):
    ballast = small_wal.home / "pg_wal" / "ballast"
    commit(small_wal, "bar.1", "before")
    fill(ballast)

    acknowledged, error = commit_with_much_wal_until_refused(small_wal, "bar.1")
    ballast.unlink()
    commit_at_last(small_wal, "bar.1", "after")

    numbers = seen(small_wal, "SELECT array_agg(seq ORDER BY seq) FROM realtime_event")
    in_doubt = len(numbers) - (acknowledged + 2)
    assert isinstance(error, psycopg.OperationalError)
    assert (numbers, in_doubt in (0, 1)) == (list(range(1, len(numbers) + 1)), True)
    assert "PANIC:  could not write to file" in small_wal.log.read_text()


def commit_with_much_wal_until_refused(one, stream):
    """Events, each with 4 MB of write-ahead log; returns how many were acknowledged, and what refused the next."""
    for done in range(100):
        try:
            with one.session() as writer:
                stage(writer, stream, done)
                writer.execute("SELECT pg_logical_emit_message(true, 'ballast', repeat('x', 4 << 20))")
        except psycopg.Error as error:
            return done, error
    raise AssertionError("the disk is not full")


def commit_at_last(one, stream, note, seconds=60):
    """Once it has recovered from its crash, by itself or, where its disk was still full then, started again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return commit(one, stream, note)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "Postgres has not come back"
            if not one.is_alive():
                one.start()
            time.sleep(0.05)
