"""What every command does with arguments that it doesn't know."""

import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser


class RefusingCommand(BaseCommand):
    """Says in one line, and with exit code 1, what is wrong with its arguments; `--help` has the rest."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if parser.called_from_command_line:
            parser.error = self._refuse  # type: ignore[method-assign]
        return parser

    def _refuse(self, message: str) -> NoReturn:
        self.stderr.write(message)
        sys.exit(1)
