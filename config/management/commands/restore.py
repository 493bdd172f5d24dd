import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from config.backups.commands import BackupCommand, moment
from config.backups.restoring import Report, restored

SHOWN = ("bars_bar", "bars_user", "sales_sale", "stock_movement", "realtime_event")


class Command(BackupCommand):
    help = "Restores a backup and the WAL after it into a new data folder, all of it or to a moment, and checks it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups lie")
        parser.add_argument("--into", type=Path, required=True, metavar="NEW_DATA_DIR", help="must not exist")
        parser.add_argument("--at", type=moment, metavar="TIME", help="the last moment that comes back")
        parser.add_argument("--backup", default="", metavar="NAME", help="this one, not the newest")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, into = options["folder"].resolve(), options["into"].resolve()
        with restored(folder, into, options["at"], options["backup"]) as (report, server):
            self._tell(report)
        self.stdout.write(f"The data lie in {server.home}: DATA_DIR={into} starts our own Postgres on them.")
        if report.broken:
            self.stderr.write(f"{len(report.broken)} invariants are broken: see verify.")
            sys.exit(1)

    def _tell(self, report: Report) -> None:
        rows = ", ".join(f"{report.sums['rows'][table]} {table}" for table in SHOWN)
        took = ", ".join(f"{name} {seconds}" for name, seconds in report.seconds.items())
        self.stdout.write(f"Restored {report.backup}. The last sale is of {report.sums['last_sale']}.")
        self.stdout.write(f"Rows: {rows}. Sum of sales {report.sums['totals']}, bottles {report.sums['stock']}.")
        for slug, seq in report.heads.items():
            self.stdout.write(f"  {slug}: event {seq}")
        self.stdout.write(f"Epoch {report.epoch} begins: pages read their bars anew. Seconds: {took}.")
        for finding in report.broken:
            self.stdout.write(f"{finding.invariant.id}: {finding.invariant.sentence} Not in {finding.broken} rows:")
            self.stdout.writelines(f"  {row}\n" for row in finding.rows)
