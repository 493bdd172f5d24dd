import time
from argparse import ArgumentParser
from typing import Any

from django.db.models import Sum

from bars.management.careful import CarefulCommand, whole
from realtime import clock
from sales.simulation import Crowd, check_is_no_production, find_bars
from stats.models import BarActivity


class Command(CarefulCommand):
    help = "Keeps selling made-up baskets until Ctrl-C or for some seconds, and says each second how it goes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=whole(1), default=1000, help="milliseconds between ticks (default: 1000)"
        )
        parser.add_argument("--amount", type=whole(1), default=1, help="sales at each tick (default: 1)")
        parser.add_argument("--duration", type=whole(1), help="seconds (default: until Ctrl-C)")
        parser.add_argument("--bars", default="all", help="slugs with commas between them (default: all)")
        parser.add_argument("--seed", type=whole(0), default=0, help="other seeds are other wishes (default: 0)")
        parser.add_argument("--even-here", action="store_true", help="also where this is no demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["even_here"]:
            check_is_no_production()
        named = options["bars"]
        self.bars = find_bars([] if named == "all" else [slug.strip() for slug in named.split(",")])
        self.crowd = Crowd(self.bars, seed=options["seed"])
        self.sold_before = 0
        began = time.monotonic()
        try:
            self._run(options["interval"] / 1000, options["amount"], options["duration"] or float("inf"))
        except KeyboardInterrupt:  # how one stops it: no error
            self.stdout.write("")
        seconds = time.monotonic() - began
        self.stdout.write(
            f"Sold {self.crowd.sold} baskets in {len(self.bars)} bars in {seconds:.1f} s "
            f"({self.crowd.sold / seconds:.1f}/s); {self.crowd.refused} were refused."
        )

    def _run(self, interval: float, amount: int, duration: float) -> None:
        """At each tick `amount` customers come; those whom the tick before still has in the queue go home."""
        began = next_tick = next_line = time.monotonic()
        queue = 0
        while (now := time.monotonic()) < began + duration:
            if now >= next_line:
                self._say(now - next_line + 1)
                next_line = now + 1
            if now >= next_tick:
                queue, next_tick = amount, max(next_tick + interval, now)
            if queue:
                self.crowd.buy(clock.now())
                queue -= 1
            else:
                time.sleep(max(0, min(next_tick, next_line, began + duration) - now))

    def _say(self, seconds: float) -> None:
        """One line about the last so many seconds; then the customers see what has come in meanwhile."""
        fresh, self.sold_before = self.crowd.sold - self.sold_before, self.crowd.sold
        load = BarActivity.objects.filter(bar__in=self.bars).aggregate(
            minutes=Sum("sales_last_5min", default=0), hour=Sum("sales_last_hour", default=0)
        )
        self.stdout.write(
            f"{clock.now():%H:%M:%S} {fresh / seconds:.1f} sales/s, {self.crowd.sold} in all, "
            f"{self.crowd.refused} refused; load: {load['minutes']} in 5 min, {load['hour']} in an hour"
        )
        self.stdout.flush()
        self.crowd.look_again()
