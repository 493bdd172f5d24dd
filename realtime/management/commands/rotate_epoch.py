from typing import Any

from realtime.management.refusing import RefusingCommand
from realtime.retention import rotate_epoch


class Command(RefusingCommand):
    help = "After a restore: begins another life of the event log, so that every cursor from before is answered reset."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        epoch, streams = rotate_epoch()
        self.stdout.write(f"Epoch {epoch} begins: cursors of {streams} streams from before are answered with reset.")
