import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import CommandError

from bars.management.careful import CarefulCommand, progress, whole
from bars.models import User
from bars.money import CURRENCIES
from realtime import clock
from sales.basket_file import COLUMNS, FileBasket, FileRefused, Terms, read_baskets
from sales.demo import OWNER
from sales.importing import Imported, Plan, import_baskets


class Command(CarefulCommand):
    help = f"Imports past sales from a CSV with the columns {','.join(COLUMNS)}. Each store becomes a bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--time-zone", required=True, help="where the stores are, such as America/New_York")
        parser.add_argument("--currency", required=True, help="of the prices, such as USD")
        parser.add_argument(
            "--skipped-times",
            choices=("refuse", "shift"),
            default="refuse",
            help="a time that the clocks jumped over: refuse the file, or take it as a clock's not put forward",
        )
        parser.add_argument("--owner", default=OWNER, help=f"username of who owns and sells (default: {OWNER})")
        parser.add_argument("--spare", type=whole(0), default=24, help="what is left of each product (default: 24)")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        plan = Plan(
            owner=owner(options["owner"]),
            currency=currency(options["currency"]),
            zone=zone(options["time_zone"]),
            spare=options["spare"],
        )
        try:
            terms = Terms(plan.zone, plan.currency, clock.now(), shifts=options["skipped_times"] == "shift")
            baskets = read_baskets(content(options["file"]), terms)
            read = time.perf_counter()
            with progress() as tell:
                imported = import_baskets(baskets, plan, tell=tell)
        except FileRefused as refused:
            raise CommandError(f"{options['file']} was not imported:\n{refused}") from refused
        self.stdout.write(summary(baskets, imported, read - began, time.perf_counter() - read))


def summary(baskets: list[FileBasket], imported: Imported, reading: float, writing: float) -> str:
    lines = sum(len(basket.lines) for basket in baskets)
    timing = f"{lines} lines in {reading + writing:.1f} s (read {reading:.1f}, written {writing:.1f})"
    if not imported.sales:
        return f"Nothing new: all {len(baskets)} sales were imported before. {timing}"
    return (
        f"Imported {imported.sales} sales with {imported.lines} lines, {imported.products} new products, "
        f"{imported.bars} new bars. {timing}"
    )


def content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error


def owner(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no user {username}: name who owns the bars with --owner")
    return found


def currency(code: str) -> str:
    if code not in CURRENCIES:
        raise CommandError(f"{code} is not a currency, such as USD or XOF")
    return code


def zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise CommandError(f"{name} is not a time zone, such as America/New_York")
    return ZoneInfo(name)
