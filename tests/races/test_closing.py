"""A close against what is under way: in the Z or in an addendum, never in both nor in none."""

import uuid
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from bars.invariants import all_invariants, check
from sales.models import Addendum, DayClose, Expense, Sale
from sales.services.closing import AlreadyClosed, Count, close, reopen
from sales.services.expenses import Spending, spend
from tests import factories
from tests.races.gate import holding, holding_stream, through

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 18)
EVENING = datetime(2026, 11, 18, 20, tzinfo=UTC)
COUNT = Count(DAY, 1000, 0)


@pytest.fixture
def evening(bar, koffi, yao, beer):
    """Who is there, and a sale of 1000 for cash: there is something to cancel, and events have begun."""
    sale = factories.sale(koffi, {beer.pk: 1}, at=EVENING)
    return SimpleNamespace(bar=bar, koffi=koffi, yao=yao, beer=beer, sale=sale)


@pytest.fixture
def without_the_lock(db):
    """The control: writers of the books no longer take part in their lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('bars_open_books'::regproc)")
        [whole] = cursor.fetchone()
        head, _, _ = whole.partition("AS $function$")
        cursor.execute(f"{head} AS $function$ SELECT $function$")
    yield
    with connection.cursor() as cursor:
        cursor.execute(whole)


def close_naively(member, count):
    """Looks first, then closes: who has looked at the same time gets the database's refusal, not the close."""
    if (stands := DayClose.objects.filter(bar=member.bar, business_date=count.business_date).first()) is None:
        with transaction.atomic():
            stands = DayClose.objects.create(
                bar=member.bar, business_date=count.business_date, counted_cash=count.counted_cash,
                left_cash=count.left_cash, closed_by=member.user,
            )  # fmt: skip
    return stands


def close_ours(member, count):
    return close(member, count).close


@pytest.mark.parametrize(
    ("closing", "refused"), [(close_naively, [IntegrityError]), (close_ours, [])], ids=["naively", "ours"]
)
def test_two_managers_who_close_at_once_make_one_z(closing, refused, evening):
    with holding("SELECT bars_open_books(%s)", evening.bar.pk) as gate:
        answers = through(gate, lambda: closing(evening.koffi, COUNT), lambda: closing(evening.yao, COUNT))

    made = [answer for answer in answers if isinstance(answer, DayClose)]
    assert [type(answer) for answer in answers if answer not in made] == refused
    assert ({answer.pk for answer in made}, DayClose.objects.count()) == ({DayClose.objects.get().pk}, 1)


def test_of_two_counts_at_once_one_is_refused(evening):
    with holding("SELECT bars_open_books(%s)", evening.bar.pk) as gate:
        answers = through(gate, lambda: close(evening.koffi, COUNT), lambda: close(evening.yao, Count(DAY, 999, 0)))

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyClosed", "Closed"]
    [refusal] = [answer for answer in answers if isinstance(answer, AlreadyClosed)]
    assert refusal.data["number"] == DayClose.objects.get().number == 1


def test_numbers_have_no_hole_whoever_closes_and_opens_again(evening):
    with holding("SELECT bars_open_books(%s)", evening.bar.pk) as gate:
        answers = through(
            gate, *(lambda day=day: close(evening.koffi, Count(day, 0, 0)) for day in days(17, 18, 18, 19))
        )
    last = DayClose.objects.order_by("business_date").last()
    reopen(evening.yao, last.pk, reason="Counted wrongly")
    close(evening.koffi, Count(last.business_date, 5, 0))

    made = DayClose.objects.count()
    assert sorted(DayClose.objects.values_list("number", flat=True)) == list(range(1, made + 1))
    assert {type(answer).__name__ for answer in answers} <= {"Closed", "LaterDayClosed"}
    assert broken() == []


def days(*numbers):
    return [date(2026, 11, number) for number in numbers]


def broken():
    return [(one.sentence, check(one).rows) for one in all_invariants() if one.id in ("I21", "I22") and check(one).rows]


def told():
    """(what the Z says, what its addenda add, what the books say) of revenue and of cash."""
    made = DayClose.objects.get()
    added = Addendum.objects.aggregate(revenue=Sum("revenue", default=0), cash=Sum("cash", default=0))
    sold = Sale.objects.validated().aggregate(total=Sum("total", default=0))["total"]
    spent = Expense.objects.aggregate(total=Sum("amount", default=0))["total"]
    return (
        (made.gross, added["revenue"], sold),
        (made.cash_in - made.cash_out, added["cash"], sold - spent),
    )


def sell_one(evening):
    factories.sale(evening.koffi, {evening.beer.pk: 2}, at=EVENING)


def cancel_one(evening):
    with transaction.atomic():
        Sale.objects.filter(pk=evening.sale.pk).update(
            status="cancelled", decided_by=evening.yao.user, reason="so it is"
        )


def spend_some(evening):
    spend(evening.yao, Spending(uuid.uuid4(), "water", 300, "cash"), at=EVENING)


CHANGES = [
    (sell_one, (3000, 3000), (2000, 2000)),
    (cancel_one, (0, 0), (-1000, -1000)),
    (spend_some, (1000, 700), (0, -300)),
]


@pytest.mark.parametrize(("change", "whole", "added"), CHANGES)
def test_i21_what_commits_before_the_close_is_in_it(change, whole, added, evening):
    with holding_stream(f"bar.{evening.bar.pk}") as gate:
        answers = through(gate, lambda: change(evening), lambda: close_ours(evening.koffi, COUNT))

    assert [type(answer).__name__ for answer in answers] == ["NoneType", "DayClose"]
    assert told() == tuple((said, 0, said) for said in whole)
    assert broken() == []


@pytest.mark.parametrize(("change", "whole", "added"), CHANGES)
def test_i21_what_commits_after_the_close_is_in_an_addendum(change, whole, added, evening):
    with holding_stream(f"bar.{evening.bar.pk}") as gate:
        answers = through(gate, lambda: close_ours(evening.koffi, COUNT), lambda: change(evening))

    assert [type(answer).__name__ for answer in answers] == ["DayClose", "NoneType"]
    assert told() == tuple((1000, late, said) for late, said in zip(added, whole, strict=True))
    assert broken() == []


@pytest.mark.parametrize(("change", "whole", "added"), CHANGES)
def test_i22_without_the_lock_on_the_books_the_close_misses_it(change, whole, added, without_the_lock, evening):
    """The control of the two tests above: the change is in neither, and the invariant says so."""
    with holding_stream(f"bar.{evening.bar.pk}") as gate:
        through(gate, lambda: change(evening), lambda: close_ours(evening.koffi, COUNT))

    assert told() == tuple((1000, 0, said) for said in whole)
    assert broken() != []
