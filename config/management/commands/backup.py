from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from bars.management.careful import whole
from config.backups.commands import BackupCommand
from config.backups.taking import take_backup

LONGEST = 35  # days: what was erased ends in backups too


class Command(BackupCommand):
    help = "Copies the whole cluster into a folder of backups while it works, verifies the copy, and removes old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups lie")
        parser.add_argument(
            "--keep", type=whole(1, LONGEST), default=LONGEST, metavar="DAYS",
            help=f"how long, {LONGEST} days at most; the newest always stays",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].resolve()
        taken = take_backup(folder, timedelta(days=options["keep"]))
        self.stdout.write(f"Backup {taken.backup.name} is in {folder}, and verified.")
        for name in taken.removed:
            self.stdout.write(f"Removed {name}, which was too old.")
        if not taken.is_noted:
            self.stdout.write("The database could not note it, and will warn that there is none: run migrate.")
        if not taken.has_wal:
            self.stdout.write(
                f"No WAL arrives in {folder / 'wal'}: what is sold from now on is in no backup. Run receive_wal."
            )
