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
        if unknown := [view for view in asked if view not in VIEWS]:
            raise CommandError(f"There is no view {', '.join(unknown)}; there are {', '.join(VIEWS)}")
        views = [view for view in VIEWS if view in asked]  # each once, before those that are made of it
        failed = 0
        with progress() as tell:
            for done, view in enumerate(views):
                tell(view, done, len(views))
                failed += not self._refresh(view)
                tell(view, done + 1, len(views))
        if failed:
            raise CommandError(f"{failed} of {len(views)} views were not refreshed")

    def _refresh(self, view: str) -> bool:
        """Refresh one view and say how it went. A view that is being refreshed elsewhere is no failure."""
        log = refresh_view(view)
        if log is None:
            self.stdout.write(f"{view}: is being refreshed elsewhere")
        elif log.error:
            self.stderr.write(f"{view}: {log.error.splitlines()[0]}")
        else:
            self.stdout.write(f"{view}: {log.seconds:.2f} s")
        return log is None or not log.error
