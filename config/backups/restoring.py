"""Restoring a backup into a new data folder, to the last of its WAL or to a moment."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from bars.invariants import Finding, Invariant, all_invariants, check
from config.backups import programs
from config.backups.checking import Hole, following, refuse_damaged_wal, verify_copy
from config.backups.folders import Backup, backups_in
from config.backups.noting import forget_all
from config.backups.programs import BackupRefused
from config.backups.sums import heads, on_database, sums
from config.postgres import Postgres
from config.servers import ServerError
from realtime.retention import rotate_epoch

T = TypeVar("T")
DAY = 24 * 3600
MOST_CHECKS = 8  # at a time: each may sort on disk
HBA = "restoring_hba.conf"
LOCKS = ".s.PGSQL.*"  # of who was copied: its number may be another program's here
# For the time of the restore alone: nobody but us gets in, and nothing of the former life is waited for or written to.
RECOVERY = {
    "restore_command": "false",  # all WAL lies in pg_wal
    "recovery_target_action": "promote",
    "recovery_target_timeline": "current",
    "hot_standby": "off",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "ssl": "off",
}
LAST_COMMIT = re.compile(r"last completed transaction was at log time (.+)")


class Restored(Postgres):
    """Postgres on the copy of a backup, ready once it has read all WAL that it should."""

    start_seconds = DAY

    def __init__(self, data_dir: Path, backup: Backup, at: datetime | None) -> None:
        super().__init__(data_dir)
        self._backup = backup
        self._added = RECOVERY | ({"recovery_target_time": at.isoformat()} if at else {})
        self._own_programs = programs.server_folder()

    @property
    def url(self) -> str:
        return self._url(quote(self._backup.about.owner), quote(self._backup.about.database))

    def adopt(self, folder: Path) -> None:
        """Give what was copied to the user that the server runs as."""
        user = self._account.options()
        if "user" in user:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user["user"], user["group"], follow_symlinks=False)

    def _programs(self) -> Path:
        return self._own_programs or super()._programs()

    def _settings(self, home: Path) -> list[str]:
        added = self._added | {"hba_file": str(home / HBA)}
        return [*super()._settings(home), *(word for one in added.items() for word in ("-c", "=".join(one)))]

    def _provision(self) -> None:
        """Nothing is missing: all of it was backed up."""


@dataclass
class Report:
    """What came back."""

    backup: str
    seconds: dict[str, float] = field(default_factory=dict)
    sums: dict[str, Any] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    epoch: str = ""
    broken: list[Finding] = field(default_factory=list)

    def step(self, name: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        try:
            return work()
        finally:
            self.seconds[name] = round(time.monotonic() - began, 2)


@contextmanager
def restored(folder: Path, into: Path, at: datetime | None = None, name: str = "") -> Iterator[tuple[Report, Restored]]:
    """The report, and the server on the restored data, which is stopped at the end. Raises BackupRefused.

    Where it is refused, `into` is as before: it must not exist.
    """
    backup = choose(folder, at, name)
    if into.exists():
        raise BackupRefused(f"{into} is there already: name a new folder")
    report = Report(backup.name)
    report.step("verify", lambda: verify_copy(backup))
    server = Restored(into, backup, at)
    into.mkdir(mode=0o700, parents=True)
    try:
        hole = report.step("copy", lambda: copy(backup, folder / "wal", server, at))
        report.step("recover", lambda: recover(server, at, hole))
    except BaseException:
        server.stop()
        shutil.rmtree(into)
        raise
    try:
        with on_database(server.url):
            look(report, server)
        yield report, server
    finally:
        server.stop()
        (server.home / HBA).unlink(missing_ok=True)


def choose(folder: Path, at: datetime | None, name: str) -> Backup:
    """The newest backup, or the newest that was over by that moment."""
    backups = [backup for backup in backups_in(folder) if name in ("", backup.name)]
    if not backups:
        raise BackupRefused(f"There is no backup {name} in {folder}" if name else f"There is no backup in {folder}")
    if at is None:
        return backups[-1]
    before = [backup for backup in backups if backup.ended <= at]
    if not before:
        raise BackupRefused(f"{at.isoformat()} is before the end of the oldest backup, {backups[0].about.ended}")
    return before[-1]


def copy(backup: Backup, wal: Path, server: Restored, at: datetime | None) -> Hole | None:
    """The backup and the WAL after it, as the server's own, up to a hole; BackupRefused where all of it is wanted."""
    home = server.home
    shutil.copytree(backup.data, home, symlinks=True, ignore=shutil.ignore_patterns(LOCKS))
    home.chmod(0o700)
    segments, hole = following(backup, wal)
    if hole and at is None:
        told = f"{hole.missing} files, the first is {hole.first}; with --at you get what was before it"
        raise BackupRefused(f"WAL is missing in {wal} after the backup {backup.name}: {told}")
    for segment in segments:
        shutil.copyfile(segment.path, home / "pg_wal" / segment.name)
    if at is None:  # else the server itself refuses to end before that moment
        refuse_damaged_wal(backup, home / "pg_wal")
    (home / "recovery.signal").touch()
    (home / HBA).write_text("local all all trust\n")
    (home / "postgresql.conf").touch()  # a distribution keeps its own elsewhere
    server.adopt(home)
    return hole


def recover(server: Restored, at: datetime | None, hole: Hole | None) -> None:
    """Start the server, which reads the WAL first. Raises BackupRefused where that ends before the moment."""
    try:
        server.start()
    except ServerError as error:
        log = server.log.read_text(errors="replace")
        if at and "recovery ended before configured recovery target" in log:
            raise BackupRefused(unreached(at, LAST_COMMIT.findall(log), hole)) from error
        raise BackupRefused(str(error)) from error


def unreached(at: datetime, commits: list[str], hole: Hole | None) -> str:
    """Why a moment can't be had, and which can: Postgres knows that it is there by a commit after it."""
    last = commits[-1] if commits else ""
    until = f"the last commit in it is of {last}" if last else "there is no commit in it"
    if hole is None:
        return f"WAL ends before {at.isoformat()}: {until}; without --at you get all of it"
    can = f"you get any moment before {last}, of the last commit in it" if last else until
    return f"WAL ends before {at.isoformat()}, as {hole.first} is missing: {can}"


def look(report: Report, server: Restored) -> None:
    """Begin another life of the event log, and see whether everything is as it must be."""
    report.epoch, _streams = report.step("epoch", rotate_epoch)
    findings = report.step("invariants", lambda: check_all(server.url))
    report.broken = [finding for finding in findings if finding.broken]
    report.sums, report.heads = sums(), heads()
    forget_all()


def check_all(url: str) -> list[Finding]:
    """Every invariant, as many at a time as there are processors: nobody else needs them yet, and the bars wait."""

    def checked(invariant: Invariant) -> Finding:
        with on_database(url):
            return check(invariant)

    with ThreadPoolExecutor(min(MOST_CHECKS, os.cpu_count() or 1)) as pool:
        return list(pool.map(checked, all_invariants()))
