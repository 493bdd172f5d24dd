"""The folder that backups lie in: what is there, who works in it, and what may go."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from config.backups.programs import BackupRefused

NAME = "%Y%m%dT%H%M%SZ"
UNFINISHED = ".unfinished"
SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")


@dataclass(frozen=True)
class About:
    """What backup.json says. Moments are the server's; sums are those at the beginning, of what had been committed."""

    began: str
    ended: str
    postgres: int  # its major version
    cluster: str  # the cluster's own number
    database: str
    owner: str
    commit: str
    migrations: dict[str, str]  # the last of each app
    sums: dict[str, Any]


@dataclass(frozen=True)
class Backup:
    """One backup that was verified when it was taken."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @cached_property
    def about(self) -> About:
        try:
            told = json.loads((self.folder / "backup.json").read_text())
            return About(**{field.name: told[field.name] for field in fields(About)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupRefused(f"{self.folder / 'backup.json'} can't be read: {error!r}") from error

    @property
    def ended(self) -> datetime:
        return datetime.fromisoformat(self.about.ended)

    @cached_property
    def wal(self) -> tuple[int, str, str]:
        """The timeline, and where on it the WAL begins and ends without which the copy is none."""
        try:
            [one] = json.loads((self.data / "backup_manifest").read_text())["WAL-Ranges"]
            return one["Timeline"], one["Start-LSN"], one["End-LSN"]
        except (OSError, ValueError, KeyError) as error:
            raise BackupRefused(f"{self.data / 'backup_manifest'} can't be read: {error!r}") from error


class Segment(NamedTuple):
    """A file of WAL, of the length that all have."""

    timeline: int
    number: int
    path: Path

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".partial")


def backups_in(folder: Path) -> list[Backup]:
    """The finished ones, oldest first."""
    return [Backup(file.parent) for file in sorted(folder.glob("*/backup.json")) if file.parent.name != UNFINISHED]


def segments_in(folder: Path) -> list[Segment]:
    """The files of WAL in a folder, by timeline and number; a whole one stands before the same that isn't."""
    found = [
        Segment(int(name[1], 16), number(name[2], name[3], path.stat().st_size), path)
        for path in folder.glob("*")
        if (name := SEGMENT.fullmatch(path.name))
    ]
    return sorted(found)


def number(high: str, low: str, size: int) -> int:
    """Of a segment in its timeline, from its name's last two words; a file holds `size` bytes."""
    return (int(high, 16) << 32) // max(size, 1) + int(low, 16)


def segment_of(lsn: str, size: int) -> int:
    """The number of the segment that a place in the WAL, as 0/5000028, lies in."""
    high, low = lsn.split("/")
    return ((int(high, 16) << 32) + int(low, 16)) // size


def name_after(segment: Segment) -> str:
    """What the file is called that follows a segment of its timeline."""
    high, low = divmod(segment.number + 1, (1 << 32) // segment.path.stat().st_size)
    return f"{segment.timeline:08X}{high:08X}{low:08X}"


@contextmanager
def private() -> Iterator[None]:
    """What is made meanwhile is for us alone: a backup holds everything."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Makes the folder where there is none; BackupRefused while another command works there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"Another command works in {folder}: wait for it") from None
        yield


def write_about(folder: Path, about: About) -> None:
    with open(os.open(folder / "backup.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(about), file, indent=2, default=str)
        file.flush()
        os.fsync(file.fileno())


def prune(folder: Path, now: datetime, keep: timedelta) -> list[str]:
    """Remove the backups that ended before `keep` ago, the newest never, and WAL older than what is left needs.

    Returns the names of the backups that are gone. Call inside `alone_in`.
    """
    *others, _newest = backups = backups_in(folder)
    old = [backup for backup in others if backup.ended < now - keep]
    for backup in old:
        (backup.folder / "backup.json").unlink()  # first: half a backup must not look like a whole one
        shutil.rmtree(backup.folder)
    oldest = next(backup for backup in backups if backup not in old)
    _timeline, start, _end = oldest.wal
    for segment in segments_in(folder / "wal"):
        if segment.number < segment_of(start, segment.path.stat().st_size):
            segment.path.unlink(missing_ok=True)
    return [backup.name for backup in old]
