#!/usr/bin/env python3
"""Django's command line, with one clear line where Python, a setting or the database is wrong."""

import os
import sys

NO_DATABASE = 3
INTERRUPTED = 130


def main() -> None:
    """Runs the command that sys.argv names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        sys.exit("Django is not installed for this Python: use `make run`, or .venv/bin/python manage.py")
    check_settings()
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):
            raise  # the server answered, and this is what it said of a statement
        exit_without_database(str(error))


def check_settings() -> None:
    """Ends the program if the environment holds a value that no setting can have."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.DATABASES  # noqa: B018 - the first look loads them all
    except (ImproperlyConfigured, ValueError) as error:
        sys.exit(f"Wrong setting: {error}")


def exit_without_database(error: str) -> None:
    """Ends the program with the address at which no database answers, or with the reason why it lets nobody in."""
    from django.db import connection

    host = connection.get_connection_params().get("host")
    refused = [line for line in error.splitlines() if "FATAL" in line]
    if refused:
        print(f"The database at {host} refuses: {refused[0].strip()}", file=sys.stderr)
    else:
        print(f"The database is not running at {host}: start it with `make run`", file=sys.stderr)
    sys.exit(NO_DATABASE)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it by hand may have an older one
        sys.exit(f"BarTender needs Python 3.11 or later; this is Python {sys.version_info[0]}.{sys.version_info[1]}")
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
