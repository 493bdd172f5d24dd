from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from bars.leaving import export_bar
from bars.management.careful import CarefulCommand, progress
from bars.models import Bar


class Command(CarefulCommand):
    help = "Writes the books of one bar, not its chat, into a zip of CSV files, one for each table, all of one moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the bar")
        parser.add_argument("file", type=Path, help="where to; must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        bar = Bar.objects.filter(slug=options["slug"]).first()
        if bar is None:
            raise CommandError(f"No bar has the slug {options['slug']}")
        try:
            with progress() as tell:
                rows = export_bar(bar, file, tell)
        except FileExistsError:
            raise CommandError(f"{file} is there already: name another file, or move that one away") from None
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}") from error
        self.stdout.write(f"Wrote {rows.total()} rows of {bar.name} to {file}.")
