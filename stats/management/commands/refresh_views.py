from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand, progress
from stats.services import LIGHT_VIEWS, refresh_view


class Command(CarefulCommand):
    help = f"Refreshes materialised views, all or those named: {', '.join(LIGHT_VIEWS)}."
    interrupted = "Stopped: views refreshed so far stay so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("views", nargs="*", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        views = options["views"] or LIGHT_VIEWS
        if unknown := [view for view in views if view not in LIGHT_VIEWS]:
            raise CommandError(f"There is no view {', '.join(unknown)}; there are {', '.join(LIGHT_VIEWS)}")
        failed = 0
        with progress() as tell:
            for done, view in enumerate(views):
                tell(view, done, len(views))
                failed += not self._refresh(view)
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
