"""A bar that leaves takes its books along and is forgotten, to the last table; its neighbour keeps every row."""

import uuid
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.utils import timezone

from bars import leaving
from bars.invariants import verify
from bars.models import Bar, Member, User
from config.erasing import bars as erasing
from config.erasing.bars import BooksChanged, StillOpen, erase_bar
from config.erasing.people import erase_person
from realtime.models import Event, Feature, Usage
from sales.models import Sale
from sales.services.consignments import claim
from sales.services.counting import count_days
from sales.services.tabs import Payment, settle_sale
from stats.services import VIEWS, refresh_views
from tests import factories
from tests.config.test_erasing_people import found_in
from tests.settling import settle
from tests.stats import playing
from tests.things import THINGS
from tests.world import bar_with_owner

SPENT = ("requests", "statements", "messages", "bytes", "seconds")

pytestmark = pytest.mark.django_db(transaction=True)


def full(name):
    """A bar with one of everything, of which the admin has changed something, and that has a feature by its key."""
    cast = bar_with_owner(name)
    for thing in THINGS:
        cast.thing(thing)
    playing.play_once(cast.manager)
    claim(cast.manager, cast.thing("consignment"), key=uuid.uuid4(), quantity=1, at=timezone.now())
    settle_sale(cast.manager, cast.thing("sale:credit"), Payment(uuid.uuid4(), Sale.Payment.CASH), at=timezone.now())
    sell_late(cast)
    factories.supply(cast.manager, cast.product, at=datetime(2020, 1, 1, 12, tzinfo=UTC))  # of a day that is closed
    settle()
    count_days()
    refresh_views(*VIEWS)
    for about in (cast.bar, cast.product, cast.waiter):
        LogEntry.objects.create(
            user=cast.owner.user, content_type=ContentType.objects.get_for_model(about), object_id=str(about.pk),
            object_repr=str(about), action_flag=CHANGE, change_message=f'"{cast.word}"',
        )  # fmt: skip
    feature, _ = Feature.objects.get_or_create(name="tried")
    feature.keys.append(cast.bar.pk)
    feature.save()
    Usage.objects.create(stream=f"bar.{cast.bar.pk}", day=timezone.now().date(), **dict.fromkeys(SPENT, 1))
    return cast


def sell_late(cast):
    """Of a finished day: it is to be counted again."""
    return factories.sale(cast.manager, {cast.product.pk: 1}, at=timezone.now() - timedelta(days=3))


def closed(cast):
    Bar.objects.filter(pk=cast.bar.pk).update(is_active=False)


def rows_of(bar):
    """All rows of a bar's tables and streams, as text."""
    queries = {model._meta.db_table: leaving.query(model, bar) for model in leaving.tables()}
    for table in ("realtime_event", "realtime_streamhead", "realtime_notification", "realtime_usage"):
        queries[table] = f"SELECT * FROM {table} WHERE stream = 'bar.{bar.pk}' ORDER BY 1, 2"
    with connection.cursor() as cursor:
        kept = {}
        for table, query in queries.items():
            cursor.execute(query)
            kept[table] = cursor.fetchall()
    return kept


def types_told(member):
    """The types of the events on a person's own stream, which has no hole."""
    told = list(Event.objects.filter(stream=f"user.{member.user_id}").order_by("seq").values_list("seq", "type"))
    assert [seq for seq, _ in told] == list(range(1, len(told) + 1))
    return {type for _, type in told}


def test_c52_a_bar_that_leaves_takes_its_books_along_and_is_forgotten(tmp_path):
    ours, theirs = full("Chez Yao"), full("Le Maquis")
    sell_late(ours)
    closed(ours)
    before, neighbours = rows_of(ours.bar), rows_of(theirs.bar)
    assert [table for table, rows in before.items() if not rows] == []

    erased = erase_bar(ours.bar.pk, tmp_path / "books.zip")
    for username in erased.without_bar:
        erase_person(User.objects.get(username=username).pk)

    refresh_views(*VIEWS)
    assert found_in(ours.word) == set()
    assert {table for table, rows in rows_of(ours.bar).items() if rows} == set()
    assert rows_of(theirs.bar) == neighbours
    assert found_in(theirs.word) >= {"bars_bar", "sales_sale", "stock_product", "realtime_message"}
    assert [finding for finding in verify() if finding.broken] == []
    assert types_told(ours.manager) >= {"invalidate", "access.changed"}
    assert not types_told(ours.manager) & {"sale.created", "sale.changed"}
    assert types_told(theirs.manager) >= {"sale.created", "sale.changed"}
    assert Feature.objects.get(name="tried").keys == [theirs.bar.pk]
    with zipfile.ZipFile(tmp_path / "books.zip") as books:
        assert len(books.read("sales_sale.csv").splitlines()) == len(before["sales_sale"]) + 1


@pytest.fixture
def leaver(bar, koffi, beer):
    """A closed bar that has sold."""
    factories.sale(koffi, {beer.pk: 2})
    Bar.objects.filter(pk=bar.pk).update(is_active=False)
    return bar


def all_there(bar, tables=("sales_sale", "sales_line", "stock_movement", "bars_member", "realtime_event")):
    kept = rows_of(bar)
    return all(kept[table] for table in tables)


def test_a_bar_that_is_open_is_not_erased(bar, tmp_path):
    with pytest.raises(StillOpen):
        erase_bar(bar.pk, tmp_path / "books.zip")

    assert Bar.objects.filter(pk=bar.pk).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_bar_that_is_opened_again_while_its_books_are_written_is_not_erased(leaver, tmp_path, monkeypatch):
    between(monkeypatch, lambda: Bar.objects.filter(pk=leaver.pk).update(is_active=True))
    with pytest.raises(StillOpen):
        erase_bar(leaver.pk, tmp_path / "books.zip")

    assert all_there(leaver)


def between(monkeypatch, do):
    """Something happens when the file is written and nothing is erased yet."""

    def write(*given):
        rows = leaving.export_bar(*given)
        do()
        return rows

    monkeypatch.setattr(erasing, "export_bar", write)


def test_what_is_not_in_the_file_is_not_erased(leaver, koffi, tmp_path, monkeypatch):
    between(monkeypatch, lambda: factories.product(leaver, "Flag"))
    with pytest.raises(BooksChanged):
        erase_bar(leaver.pk, tmp_path / "books.zip")

    assert all_there(leaver)
    monkeypatch.undo()
    assert erase_bar(leaver.pk, tmp_path / "again.zip").rows > 0
    assert not Bar.objects.filter(pk=leaver.pk).exists()


def test_a_file_that_is_there_is_kept_and_so_is_the_bar(leaver, tmp_path):
    (tmp_path / "books.zip").write_text("last year")
    with pytest.raises(FileExistsError):
        erase_bar(leaver.pk, tmp_path / "books.zip")

    assert (tmp_path / "books.zip").read_text() == "last year"
    assert all_there(leaver)


def test_what_was_sold_is_guarded_as_before(leaver, zoe, other_bar, tmp_path):
    factories.sale(zoe, {factories.product(other_bar, "Awooyo").pk: 1})
    erase_bar(leaver.pk, tmp_path / "books.zip")

    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="Cannot delete rows"):
        cursor.execute("DELETE FROM sales_sale")
    assert Sale.objects.filter(bar=other_bar).exists()


def test_the_application_may_not_erase_a_bar(leaver, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE bartender_app")
    try:
        with pytest.raises(ProgrammingError, match="permission denied"):
            erase_bar(leaver.pk, tmp_path / "books.zip")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")

    assert all_there(leaver)


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        call_command("erase_bar", *arguments)
    return str(refused.value)


def test_the_command_tells_what_it_would_do_and_does_it_when_told(leaver, koffi, other_bar, tmp_path, capsys):
    awa = factories.user("awa")
    for place in (leaver, other_bar):
        Member.objects.create(bar=place, user=awa, role="waiter")
    books = tmp_path / "books.zip"
    asked = refusal(leaver.slug, books)
    still = Bar.objects.filter(pk=leaver.pk).exists()
    call_command("erase_bar", leaver.slug, books, "--yes")

    assert f"This would erase {leaver.name} with its team of " in asked
    assert (still, Bar.objects.filter(pk=leaver.pk).exists(), books.exists()) == (True, False, True)
    told = capsys.readouterr().out
    assert f"{leaver.name} is erased. Its " in told
    assert "koffi" in told.splitlines()[1]
    assert "awa" not in told.splitlines()[1]  # who works in another bar


def test_the_command_refuses_what_it_can_not_do(leaver, bar, other_bar, tmp_path):
    there = tmp_path / "books.zip"
    there.touch()

    assert refusal("nowhere", tmp_path / "a.zip", "--yes") == "No bar has the slug nowhere"
    assert refusal(other_bar.slug, tmp_path / "a.zip", "--yes").startswith("A bar is erased once it is closed")
    assert refusal(leaver.slug, there, "--yes").endswith("is there already: name another file, or move that one away")
    assert refusal(leaver.slug, tmp_path / "no" / "a.zip", "--yes").endswith(
        "No such file or directory. Nothing was erased"
    )
    assert all_there(leaver)
