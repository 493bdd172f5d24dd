from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand
from bars.models import User
from config.erasing.people import erase_person, owned_alone


class Command(CarefulCommand):
    help = "Forgets a person: signs them out for good and takes away what names them. What they did stays in the books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do it: there is no way back")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Nobody has the username {options['username']}")
        if owned := owned_alone(user):
            names = ", ".join(sorted(bar.name for bar in owned))
            raise CommandError(f"{user.username} is the only owner of {names}: name another one first")
        if not options["yes"]:
            bars = ", ".join(member.bar.name for member in user.memberships) or "no bar"
            told = f"{user.username} ({user.get_full_name() or 'without a name'}), who works in {bars}"
            raise CommandError(f"This would erase {told}. There is no way back: say --yes to do it")
        erased = erase_person(user.pk)
        self.stdout.write(
            f"{options['username']} is {erased.alias} from now on. Bars left: {erased.bars}; messages made blank: "
            f"{erased.messages}. Backups of 35 days still hold what was."
        )
