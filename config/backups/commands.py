"""What the three commands share: a refusal is one line and code 1, and Ctrl-C leaves nothing half."""

import sys
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from config.backups.programs import BackupRefused
from config.servers import ServerError, explain
from realtime.management.refusing import RefusingCommand

INTERRUPTED = 130


class BackupCommand(RefusingCommand):
    requires_system_checks: list[str] = []  # the database may be gone: that is what backups are for

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except KeyboardInterrupt:
            self.stderr.write("Stopped: nothing half is left.")
            sys.exit(INTERRUPTED)
        except (BackupRefused, ServerError) as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(explain(error)) from error


def moment(text: str) -> datetime:
    """An argument's type: a moment with its offset from UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError(f"{text} is not a moment such as 2026-11-21T23:40:00+00:00")
    return found
