from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from config.backups.commands import BackupCommand
from config.backups.receiving import receive_wal


class Command(BackupCommand):
    help = "Receives all that the database writes into a folder of backups, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups lie")
        parser.add_argument(
            "--synchronous", action="store_true",
            help="writes each commit at once, for a server with synchronous_standby_names = 'bartender_wal'",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        receive_wal(options["folder"].resolve(), *(["--synchronous"] if options["synchronous"] else []))
