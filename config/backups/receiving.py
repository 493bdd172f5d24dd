"""Receiving WAL as it is written, so that nothing is lost between two backups."""

import os
from pathlib import Path
from typing import NoReturn

from config.backups import programs


def receive_wal(folder: Path, *options: str) -> NoReturn:
    """Become pg_receivewal, which writes into wal/ of the folder until it is stopped, and comes back to a lost server.

    The server keeps for its slot what hasn't been received yet. With `--synchronous` each commit is written at once.
    """
    os.umask(0o077)
    wal = folder / "wal"
    wal.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = programs.client("pg_receivewal")
    words, environment = programs.address()
    common = [f"--dbname={words}", "--no-password", f"--slot={programs.SLOT}"]
    programs.said(program, *common, "--create-slot", "--if-not-exists", environment=environment)
    os.execve(program, [str(program), *common, f"--directory={wal}", *options], {**os.environ, **environment})
