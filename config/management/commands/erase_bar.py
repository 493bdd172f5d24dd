from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand, progress
from bars.models import Bar
from config.erasing.bars import StillOpen, erase_bar


class Command(CarefulCommand):
    help = "Writes the books of a closed bar into a zip of CSV files, then erases the bar and all that was said in it."
    interrupted = "Stopped: nothing was erased."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the bar")
        parser.add_argument("file", type=Path, help="where its books go; must not exist")
        parser.add_argument("--yes", action="store_true", help="do it: there is no way back")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        bar = Bar.objects.filter(slug=options["slug"]).first()
        if bar is None:
            raise CommandError(f"No bar has the slug {options['slug']}")
        if bar.is_active:
            raise StillOpen()
        if not options["yes"]:
            people = bar.members.count()
            told = f"{bar.name} with its team of {people}, its sales, its stock and its chat"
            raise CommandError(f"This would erase {told}. There is no way back: say --yes to do it")
        try:
            with progress() as tell:
                erased = erase_bar(bar.pk, file, tell)
        except FileExistsError:
            raise CommandError(f"{file} is there already: name another file, or move that one away") from None
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}. Nothing was erased") from error
        self.stdout.write(
            f"{bar.name} is erased. Its {erased.rows} rows are in {file}, and for 35 days in the backups."
        )
        if erased.without_bar:
            names = ", ".join(erased.without_bar)
            self.stdout.write(f"Who works in no bar now: {names}. Forget them with erase_person.")
