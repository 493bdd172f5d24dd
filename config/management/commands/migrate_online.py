import argparse
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command

from config.online import NoRoom, apply, pending, table_sizes
from config.online_plan import dangers

PATIENCE = 300.0


class Command(BaseCommand):
    help = (
        "Migrates while people sell: refuses a plan that would make them wait or fail the version that runs, and "
        "applies the rest with limits, again and again while others are in the way. Run by the owner of the tables."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="judge the plan, and change nothing")
        parser.add_argument(
            "--patience", type=float, default=PATIENCE, metavar="S", help="seconds to try each (%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan, executor = pending()
        state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
        sizes = table_sizes()
        if found := dangers(plan, state, sizes):
            raise CommandError("Not beside people who sell; nothing was changed:\n  " + "\n  ".join(found))
        if options["check"]:
            self.stdout.write(f"{len(plan)} to apply, none of which makes anybody wait.")
            return
        for migration in plan if sizes else ():  # a new installation has nobody who waits, and goes in one go below
            self.stdout.write(f"{migration} …")
            try:
                apply(migration, options["patience"], self.stdout.write)
            except NoRoom as error:
                raise CommandError(f"{migration} found no room in {options['patience']:g} s: {error}") from error
        call_command("migrate", verbosity=0)  # what follows every migration: kinds and permissions
        self.stdout.write(f"Applied {len(plan)}.")
