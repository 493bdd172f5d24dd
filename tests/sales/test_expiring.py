"""Sales that nobody decided about: they expire when the day is over where the bar stands."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.schedule import JOBS
from sales.models import Decision, Sale
from sales.services.deciding import validate
from sales.services.expiring import NOT_DECIDED, expire_sales
from sales.services.selling import sell
from sales.tasks import expire_pending_sales
from tests import factories
from tests.books import books, shelf
from tests.races.gate import holding, run

SECOND = timedelta(seconds=1)


def next_closing(bar):
    """The moment at which the day of now is over in the bar."""
    wall = timezone.now().astimezone(ZoneInfo(bar.time_zone)).replace(tzinfo=None)
    closing = wall.replace(hour=bar.closing_hour, minute=0, second=0, microsecond=0)
    closing += timedelta(days=1) if closing <= wall else timedelta(0)
    return closing.replace(tzinfo=ZoneInfo(bar.time_zone)).astimezone(UTC)


def statuses():
    return dict(Sale.objects.values_list("pk", "status"))


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Africa/Abidjan", 6), ("Africa/Lagos", 4), ("Asia/Kathmandu", 0), ("America/New_York", 23)],
)
def test_a_sale_that_waits_expires_at_the_closing_hour_of_its_bar(zone, hour, db):
    bar = factories.bar("Chez Yao", time_zone=zone, closing_hour=hour)
    awa, beer = factories.member(bar, "awa", "waiter"), factories.product(bar, "Beaufort")
    sale = factories.sale(awa, {beer.pk: 5})
    closing = next_closing(bar)

    early, held = expire_sales(closing - SECOND), shelf(beer)
    late = expire_sales(closing)

    assert (early, held, late, shelf(beer)) == (0, [(24, 5)], 1, [(24, 0)])
    sale.refresh_from_db()
    assert (sale.status, sale.reason, sale.decided_by) == (Sale.Status.EXPIRED, NOT_DECIDED, None)
    assert list(Decision.objects.values_list("was", "became", "reason", "decided_by")) == [
        ("pending", "expired", NOT_DECIDED, None)
    ]


def test_each_bar_closes_at_its_own_hour(awa, beer, other_bar):
    """Chez Yao closes at 6, Zoé's bar at noon: what waits there waits on."""
    type(other_bar).objects.filter(pk=other_bar.pk).update(closing_hour=(timezone.now().hour + 12) % 24)
    other_bar.refresh_from_db()
    ama, flag = factories.member(other_bar, "ama", "waiter"), factories.product(other_bar, "Flag")
    ours, theirs = factories.sale(awa, {beer.pk: 1}), factories.sale(ama, {flag.pk: 1})
    first, second = sorted([(next_closing(awa.bar), ours.pk), (next_closing(other_bar), theirs.pk)])

    assert expire_sales(first[0]) == 1
    assert statuses() == {first[1]: "expired", second[1]: "pending"}
    assert expire_sales(second[0]) == 1


def test_only_what_waits_expires_and_only_once(awa, koffi, beer):
    validated, waiting = validate(koffi, factories.sale(awa, {beer.pk: 1}).pk), factories.sale(awa, {beer.pk: 2})
    review = sell(koffi, factories.basket({beer.pk: 1}, prices={beer.pk: 1}, sold_at=timezone.now()), at=timezone.now())
    tomorrow = timezone.now() + timedelta(days=1)

    first, before, again = expire_sales(tomorrow), books(), expire_sales(tomorrow)

    assert (first, again, books()) == (1, 0, before)
    assert statuses() == {validated.pk: "validated", waiting.pk: "expired", review.sale.pk: "needs_review"}


def test_a_sale_of_last_night_that_a_phone_brings_today_waits_all_day(awa, koffi, beer):
    """Its business date is over when it arrives; it is decided about today."""
    now = timezone.now()
    late = sell(awa, factories.basket({beer.pk: 1}, sold_at=now - timedelta(days=1)), at=now).sale

    assert (late.status, expire_sales(now), expire_sales(next_closing(awa.bar) - SECOND)) == ("pending", 0, 0)
    assert expire_sales(next_closing(awa.bar)) == 1


@pytest.mark.django_db(transaction=True)
def test_what_somebody_decides_about_just_now_is_left_to_them(awa, beer):
    held, free = factories.sale(awa, {beer.pk: 1}), factories.sale(awa, {beer.pk: 2})
    tomorrow = timezone.now() + timedelta(days=1)

    with holding("SELECT 1 FROM sales_sale WHERE id = %s FOR NO KEY UPDATE", held.pk):
        expired = expire_sales(tomorrow)

    assert (expired, statuses()) == (1, {held.pk: "pending", free.pk: "expired"})
    assert expire_sales(tomorrow) == 1


@pytest.mark.django_db(transaction=True)
def test_a_bar_that_can_not_be_written_does_not_keep_the_others(awa, beer, other_bar, caplog):
    ama, flag = factories.member(other_bar, "ama", "waiter"), factories.product(other_bar, "Flag")
    ours, theirs = factories.sale(awa, {beer.pk: 1}), factories.sale(ama, {flag.pk: 1})
    tomorrow = timezone.now() + timedelta(days=1)

    with holding("SELECT bars_hold_books(%s)", awa.bar_id):
        expired = run(lambda: expire_sales(tomorrow), lock_timeout="100ms")

    assert (expired, statuses()) == (1, {ours.pk: "pending", theirs.pk: "expired"})
    assert f"pending sales of bar {awa.bar_id} wait for the next round" in caplog.text
    assert expire_sales(tomorrow) == 1


@pytest.mark.parametrize("sales", [1, 3, 20])
@pytest.mark.django_db(transaction=True)
def test_expiring_a_bar_costs_three_statements_however_many_wait(sales, awa, beer):
    for _ in range(sales):
        factories.sale(awa, {beer.pk: 1})

    with CaptureQueriesContext(connection) as queries:
        assert expire_sales(timezone.now() + timedelta(days=1)) == sales

    statements = [query["sql"].split()[0] for query in queries.captured_queries]
    assert statements == ["SELECT", "BEGIN", "SELECT", "WITH", "COMMIT"]


def test_the_clock_calls_it_every_ten_minutes(awa, beer, monkeypatch):
    factories.sale(awa, {beer.pk: 1})
    monkeypatch.setattr("sales.tasks.clock.now", lambda: datetime.now(UTC) + timedelta(days=1))

    assert expire_pending_sales() == 1
    assert [(job.minute, job.hour) for job in JOBS if job.task == "sales.tasks.expire_pending_sales"] == [("*/10", "*")]
