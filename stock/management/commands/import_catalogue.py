from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from bars.access import find_member
from bars.faults import FileRefused
from bars.management.careful import CarefulCommand, progress
from bars.models import Bar, Member, User
from bars.permissions import Permission
from stock.files.catalogue import read_catalogue
from stock.files.products import read_products
from stock.files.sheets import MOST_BYTES, Format
from stock.services.cataloguing import check_catalogue, import_catalogue
from stock.services.importing import Imported, check_import, import_products


class Command(CarefulCommand):
    help = "Imports articles from a CSV or .xlsx file into the catalogue of all bars, or products into one bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--bar", default="", help="slug of the bar whose products these are (default: catalogue)")
        parser.add_argument("--by", default="", help="username of the bar's member who imports (default: its owner)")
        parser.add_argument("--check", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        file, slug, check = options["file"], options["bar"], options["check"]
        try:
            with progress() as tell:
                tell("reading", 0, 1)
                kind, content = kind_of(file), content_of(file)
                if slug:
                    member = importer(slug, options["by"])
                    rows = read_products(content, kind, member.bar.currency)
                    tell("writing", 0, len(rows))
                    done = (check_import if check else import_products)(member, rows)
                elif options["by"]:
                    raise CommandError("--by goes with --bar: the catalogue is nobody's")
                else:
                    articles = read_catalogue(content, kind)
                    tell("writing", 0, len(articles))
                    done = (check_catalogue if check else import_catalogue)(articles)
        except FileRefused as refused:
            raise CommandError(f"{file} was not imported:\n{refused}") from refused
        self.stdout.write(summary(done, check))


def summary(done: Imported, check: bool) -> str:
    start = "This would be: " if check else ""
    text = f"{start}{done.created} new, {done.changed} changed, {done.unchanged} as they were."
    if done.kept_stock:
        text += f" {done.kept_stock} keep another stock than the file says: adjust it, with a reason."
    return text


def kind_of(file: Path) -> Format:
    try:
        return Format(file.suffix.lower().removeprefix("."))
    except ValueError:
        raise CommandError(f"{file}: import a .csv or an .xlsx file") from None


def content_of(file: Path) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error


def importer(slug: str, username: str) -> Member:
    """The member of this bar in whose name products are added. Raises CommandError."""
    bar = Bar.objects.filter(slug=slug).first()
    if bar is None:
        raise CommandError(f"There is no bar {slug}{alike(slug)}")
    if not username:
        owner = bar.members.active().filter(role=Member.Role.OWNER).order_by("created_at", "id").first()
        if owner is None:
            raise CommandError(f"{slug} has no active owner: name who imports with --by")
        return owner
    user = User.objects.filter(username=username).first()
    member = find_member(user, bar.pk) if user else None
    if member is None or not member.can(Permission.EDIT_PRODUCTS):
        raise CommandError(f"{username} may not change the products of {slug}")
    return member


def alike(name: str) -> str:
    """The slugs of bars of this name: a name isn't one bar's alone."""
    slugs = Bar.objects.filter(name=name).order_by("slug").values_list("slug", flat=True)
    return f"; bars of that name are {', '.join(slugs)}" if slugs else ""
