from argparse import ArgumentParser
from typing import Any

from bars.management.careful import CarefulCommand, progress
from realtime import clock
from sales.demo import LOGINS
from sales.seeding import seed_demo
from stats.demo import add_tonight


class Command(CarefulCommand):
    help = "Adds the demo: two bars, their people, products and two weeks of sales. A second run adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="add it to a database that has users of its own")

    def handle(self, *args: Any, **options: Any) -> None:
        with progress() as tell:
            now = clock.now()
            seeded = seed_demo(now=now, beside_others=options["force"], tell=tell)
        if seeded is None:
            self.stdout.write("The demo is already there: nothing was added.")
            return
        add_tonight(now)
        self.stdout.write(
            f"Added {seeded.bars} bars, {seeded.people} people, {seeded.products} products and {seeded.sales} sales."
        )
        for name, password, who in LOGINS:
            self.stdout.write(f"  {name} / {password}: {who}")
