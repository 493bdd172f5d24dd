from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand, progress, whole
from realtime import clock
from sales.simulation import Crowd, check_is_no_production, find_bars


class Command(CarefulCommand):
    help = "Sells so many made-up baskets now, in all bars or in some."
    interrupted = "Stopped: the sales made so far stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=whole(1), default=100, help="how many sales (default: 100)")
        parser.add_argument("--bar", action="append", default=[], help="slug of a bar; may be repeated (default: all)")
        parser.add_argument("--seed", type=whole(0), default=0, help="other seeds are other wishes (default: 0)")
        parser.add_argument("--even-here", action="store_true", help="also where this is no demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["even_here"]:
            check_is_no_production()
        bars, count = find_bars(options["bar"]), options["count"]
        crowd = Crowd(bars, seed=options["seed"])
        with progress() as tell:
            while crowd.sold < count and not crowd.is_dry:
                crowd.buy(clock.now())
                tell("sales", crowd.sold, count)
        done = f"Sold {crowd.sold} of {count} baskets in {len(bars)} bars; {crowd.refused} were short of something."
        if crowd.sold < count:
            raise CommandError(f"{done} Nothing is left to sell.")
        self.stdout.write(done)
