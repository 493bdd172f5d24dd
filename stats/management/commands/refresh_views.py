from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand, progress
from stats.services import VIEWS, refresh_view


class Command(CarefulCommand):
    help = f"Refreshes the views, whatever the hour: all or those named: {', '.join(VIEWS)}."
    interrupted = "Stopped: views refreshed so far stay so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("views", nargs="*", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = options["views"] or VIEWS
        if unknown := [repr(view) for view in asked if view not in VIEWS]:
            raise CommandError(f"There is no view {', '.join(unknown)}; there are {', '.join(VIEWS)}")
        views = [view for view in VIEWS if view in asked]  # each once, before those that are made of it
        failures = []
        with progress() as tell:
            for done, view in enumerate(views):
                tell(view, done, len(views))
                failures += self._refresh(view)
                tell(view, done + 1, len(views))
        if failures:
            raise CommandError(f"{len(failures)} of {len(views)} failed: {'; '.join(failures)}")

    def _refresh(self, view: str) -> list[str]:
        """Refresh one view and say how it went. Returns its failure; being refreshed elsewhere is none."""
        log = refresh_view(view)
        if log is None:
            self.stdout.write(f"{view} left out: already being refreshed")
        elif log.error:
            return [f"{view}: {log.error.splitlines()[0]}"]
        else:
            self.stdout.write(f"{view}: {log.seconds:.2f} s")
        return []
