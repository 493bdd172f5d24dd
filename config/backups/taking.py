"""Taking a backup: the cluster is copied while it works, the copy is verified, and what is too old goes."""

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from config.backups import programs
from config.backups.folders import (
    NAME,
    UNFINISHED,
    About,
    Backup,
    alone_in,
    backups_in,
    private,
    prune,
    segment_of,
    segments_in,
    write_about,
)
from config.backups.noting import note
from config.backups.programs import BackupRefused
from config.backups.sums import migrations, on_database, sums

SERVER = """
SELECT clock_timestamp() AS now, current_setting('server_version_num')::integer / 10000 AS major,
       (SELECT system_identifier::text FROM pg_control_system()) AS cluster,
       ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer AS timeline
"""


class Server(NamedTuple):
    """Who is copied, and when by its own clock."""

    now: datetime
    major: int
    cluster: str
    timeline: int


class Taken(NamedTuple):
    """A new backup, the names of those that it has replaced, and whether the WAL after it is being received.

    `is_noted` where the database knows of it, for the alert that one is missing.
    """

    backup: Backup
    removed: list[str]
    has_wal: bool
    is_noted: bool


def ask() -> Server:
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        return Server(*cursor.fetchone())


def take_backup(folder: Path, keep: timedelta) -> Taken:
    """Copy the cluster into the folder and verify the copy; raises BackupRefused, and leaves no half backup."""
    with private(), alone_in(folder), on_database(settings.DATABASE_URL):
        before = ask()
        refuse_another_cluster(folder, before)
        unfinished = folder / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)  # of one that was killed
        unfinished.mkdir(mode=0o700)
        try:
            held, done = sums(), migrations()
            copy(unfinished / "data", before.major)
            now = ask().now
            write_about(unfinished, about(before, now, sums=held, migrations=done))
            backup = Backup(unfinished.rename(folder / before.now.strftime(NAME)))
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        is_noted = note(backup, keep)
        return Taken(backup, prune(folder, now, keep), is_received(folder, backup), is_noted)


def refuse_another_cluster(folder: Path, server: Server) -> None:
    """WAL of two lives in one folder would overwrite each other."""
    for backup in backups_in(folder)[-1:]:
        if (backup.about.cluster, backup.wal[0]) != (server.cluster, server.timeline):
            raise BackupRefused(f"{folder} has backups of another cluster, or from before a restore: name a new folder")


def copy(to: Path, major: int) -> None:
    """The cluster with the WAL that makes the copy whole, and a manifest that it is verified by."""
    basebackup, verify = programs.client("pg_basebackup"), programs.client("pg_verifybackup")
    programs.refuse_another_major(basebackup, major)
    programs.refuse_another_major(verify, major)
    words, environment = programs.address()
    options = ["--no-password", "--wal-method=stream", "--checkpoint=fast"]
    programs.said(basebackup, f"--dbname={words}", f"--pgdata={to}", *options, environment=environment)
    programs.said(verify, to)


def about(before: Server, now: datetime, **held: Any) -> About:
    return About(
        began=before.now.isoformat(),
        ended=now.isoformat(),
        postgres=before.major,
        cluster=before.cluster,
        database=connection.settings_dict["NAME"],
        owner=connection.settings_dict["USER"],
        commit=commit_of_code(),
        **held,
    )


def commit_of_code() -> str:
    """Which code the data are of; empty where it isn't a clone."""
    words = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def is_received(folder: Path, backup: Backup) -> bool:
    """Whether the WAL that follows a backup arrives beside it."""
    timeline, _start, end = backup.wal
    last = max((one for one in segments_in(folder / "wal") if one.timeline == timeline), default=None)
    return last is not None and last.number >= segment_of(end, last.path.stat().st_size) - 1
