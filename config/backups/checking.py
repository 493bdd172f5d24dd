"""Whether a backup, and the WAL after it, is what was written: Postgres' own programs read every byte."""

import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from config.backups import programs
from config.backups.folders import Backup, Segment, name_after, segment_of, segments_in
from config.backups.programs import BackupRefused

# Where WAL may end: nothing was written there yet, or the file that would follow isn't there.
END = re.compile(r"expected at least \d+, got 0$|invalid magic number 0000 |could not find file")
PLACE = re.compile(r"[0-9A-F]+/[0-9A-F]+")


def verify_copy(backup: Backup) -> None:
    """Every file against the manifest, and the WAL that makes the copy whole."""
    program = programs.client("pg_verifybackup")
    programs.refuse_another_major(program, backup.about.postgres)
    run = programs.attempt(program, backup.data)
    if run.returncode:
        raise BackupRefused(f"The backup {backup.name} is damaged: {programs.errors_of(run.stderr)}")


class Hole(NamedTuple):
    """Files of WAL that are missing between others, and the first of them."""

    missing: int
    first: str


def following(backup: Backup, wal: Path) -> tuple[list[Segment], Hole | None]:
    """The files of received WAL that a backup doesn't hold itself, one after the other up to the first hole."""
    timeline, start, _end = backup.wal
    own = segments_in(backup.data / "pg_wal")
    held = {segment.name for segment in own}
    found = {
        segment.name: segment
        for segment in reversed(segments_in(wal))  # the whole one of two, which stands first
        if segment.timeline == timeline and segment.name not in held
        and segment.number >= segment_of(start, segment.path.stat().st_size)
    }  # fmt: skip
    there = sorted([*own, *found.values()])
    for one, after in pairwise(there):
        if after.number > one.number + 1:
            before = [segment for segment in found.values() if segment.number <= one.number]
            return before, Hole(after.number - one.number - 1, name_after(one))
    return list(found.values()), None


def refuse_damaged_wal(backup: Backup, wal: Path) -> None:
    """Read all WAL: a server takes a damaged record for the end, and would leave out what was sold after it."""
    timeline, start, _end = backup.wal
    words = [f"--path={wal}", f"--timeline={timeline}", f"--start={start}", "--quiet"]
    told = programs.errors_of(programs.attempt(programs.client("pg_waldump"), *words).stderr)
    if not END.search(told):
        size = next(wal.glob("0*")).stat().st_size
        place = segment_of((PLACE.findall(told) or [start])[-1], size)
        name = next((one.path.name for one in segments_in(wal) if one.number == place), str(place))
        raise BackupRefused(f"WAL is damaged in {name}: {told}; with --at you get what was before that")
