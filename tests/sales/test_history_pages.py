"""Pages of the history by number: right to the row, whatever is counted already."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bars.grants import ROLE
from bars.invariants import all_invariants, check
from config.schedule import JOBS
from sales.models import DayCount, Sale
from sales.pager import Pager
from sales.queries import sales as queries
from sales.queries.sales import BadPage, NoSuchPage, Wanted, count_of_sales, page_of_sales, pages_of
from sales.services.counting import count_days
from sales.services.deciding import cancel, validate
from sales.services.selling import sell
from tests import factories
from tests.races.gate import holding
from tests.sales.test_queries import FILL, SALES, nodes
from tests.sessions import session, together
from tests.settling import run, settle

EVENING = datetime(2026, 11, 20, 22, tzinfo=UTC)
# The sale that is there, once more, as the service writes it.
SELL_AGAIN = """
WITH sale AS (
    INSERT INTO sales_sale (bar_id, key, fingerprint, status, mode, origin, payment, paid_with, reference, to_verify,
                            client, discount, total, sold_by_id, created_by_id, occurred_at, reason)
    SELECT bar_id, gen_random_uuid(), fingerprint, status, mode, origin, payment, paid_with, reference, to_verify,
           client, discount, total, sold_by_id, created_by_id, occurred_at, reason
    FROM sales_sale RETURNING id, bar_id
)
INSERT INTO sales_line (bar_id, sale_id, product_id, name, unit_price, unit_cost, quantity)
SELECT sale.bar_id, sale.id, product_id, name, unit_price, unit_cost, quantity FROM sale, sales_line
"""


@pytest.fixture
def three_a_page(monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)


def broken():
    return [one.sentence for one in all_invariants() if one.id == "I26" and check(one).broken]


def check_pages(member, wanted=None):
    """Each page by its number is that slice of the whole list, and there are no more."""
    wanted = wanted or Wanted()
    sales = Sale.objects.filter(bar_id=member.bar_id, **({"business_date": wanted.on} if wanted.on else {}))
    whole = list(sales.newest_first().values_list("pk", flat=True))
    total = count_of_sales(member, wanted)
    pages = [page_of_sales(member, wanted, number=number + 1)[0] for number in range(pages_of(total))]

    assert total == len(whole)
    assert [[sale.pk for sale in page] for page in pages] == [
        whole[place : place + 3] for place in range(0, max(1, len(whole)), 3)
    ]
    with pytest.raises(NoSuchPage):
        page_of_sales(member, wanted, number=len(pages) + 1)


def trade(chance, manager, waiter, beer):
    """Something of what happens at a counter, at moments of which some are the same."""
    at = timezone.now() - timedelta(hours=chance.choice([0, 1, 5, 20, 30, 47, 60, 71]), minutes=chance.randrange(2))
    what = chance.randrange(7)
    if what == 0:
        factories.sale(waiter, {beer.pk: 1}, at=at)  # waits
    elif what == 1:
        sell(manager, factories.basket({beer.pk: 1}, prices={beer.pk: 1}).kept_since(at), at=timezone.now())
    elif what == 2:
        cancel(manager, factories.sale(manager, {beer.pk: 1}, at=timezone.now()).pk, reason="x")
    elif what == 3:
        validate(manager, factories.sale(waiter, {beer.pk: 1}, at=at).pk)
    elif what == 4:
        settle()
        count_days()
    else:
        factories.sale(manager, {beer.pk: 1}, at=at)


@pytest.mark.parametrize("seed", range(8))
def test_a_page_by_its_number_is_that_slice_of_the_list(seed, three_a_page, koffi, awa, zoe):
    chance, beer = random.Random(seed), factories.product(koffi.bar, "Flag", stock=99)
    heineken = factories.product(zoe.bar, "Heineken", stock=99)
    for _ in range(chance.randrange(40)):
        trade(chance, koffi, awa, beer)
        factories.sale(zoe, {heineken.pk: 1})
    settle()

    check_pages(koffi)
    for day in {*Sale.objects.filter(bar=koffi.bar).values_list("business_date", flat=True), EVENING.date()}:
        check_pages(koffi, Wanted(on=day))
    assert broken() == []


def test_pages_are_right_where_clocks_turn_a_business_date_back(three_a_page, db):
    """At the Troll station two hours are lived twice, across the closing hour: days aren't in the order of moments."""
    bar = factories.bar("Troll", time_zone="Antarctica/Troll", closing_hour=2)
    koffi, beer = factories.member(bar, "koffi", "manager"), factories.product(bar, "Flag", stock=99)
    night = datetime(2025, 10, 25, 22, 20, tzinfo=UTC)
    sold = [factories.sale(koffi, {beer.pk: 1}, at=night + timedelta(minutes=15 * step)) for step in range(20)]
    settle()
    assert count_days() > 2

    days = [sale.business_date for sale in sold]
    assert days != sorted(days)
    check_pages(koffi)
    for day in set(days):
        check_pages(koffi, Wanted(on=day))


def kept(bar):
    return sorted(DayCount.objects.filter(bar=bar).values_list("utc_date", "sales"))


def test_days_are_counted_once_they_are_over_and_late_sales_with_them(bar, koffi, beer):
    today = datetime.now(UTC).replace(hour=12)
    old, yesterday = today - timedelta(days=2), today - timedelta(days=1)
    for at in (old, yesterday):
        factories.sale(koffi, {beer.pk: 1}, at=at)
    settle()

    added = [count_days(), count_days()]
    factories.sale(koffi, {beer.pk: 1}, at=old - timedelta(days=1))
    factories.sale(koffi, {beer.pk: 1}, at=old)
    factories.sale(koffi, {beer.pk: 1}, at=yesterday)
    settle()

    assert added == [1, 0]
    assert kept(bar) == [((old - timedelta(days=1)).date(), 1), (old.date(), 2)]
    assert count_of_sales(koffi) == 5
    assert broken() == []


def test_the_applications_role_counts_and_sells_late(bar, koffi, beer):
    old = timezone.now() - timedelta(hours=60)
    factories.sale(koffi, {beer.pk: 1}, at=old)
    settle()

    run(f"SET LOCAL ROLE {ROLE}")
    added = count_days()
    factories.sale(koffi, {beer.pk: 1}, at=old)
    settle()

    assert (added, kept(bar)) == (1, [(old.astimezone(UTC).date(), 2)])


def test_the_days_are_counted_each_hour():
    assert [(job.minute, job.hour) for job in JOBS if job.task == "sales.tasks.count_days"] == [("25", "*")]


WITHOUT_LOCK = "naive_count"


@pytest.fixture
def naive_count(db):
    """The control: the same without its lock."""
    with session() as owner:
        definition = owner.execute("SELECT pg_get_functiondef('sales_count_days'::regproc)").fetchone()[0]
        lock = definition[definition.index("pg_try_advisory") : definition.index(" THEN")]
        owner.execute(definition.replace("sales_count_days", WITHOUT_LOCK).replace(lock, "true"))
    yield
    with session() as owner:
        owner.execute(f"DROP FUNCTION {WITHOUT_LOCK}(uuid)")


@pytest.mark.parametrize(("function", "sentences"), [("sales_count_days", 0), (WITHOUT_LOCK, 1)])
@pytest.mark.django_db(transaction=True)
def test_no_sale_falls_between_its_commit_and_the_counting(function, sentences, koffi, beer, naive_count):
    """A sale of a day that isn't counted yet is about to commit, and then the day is counted."""
    factories.sale(koffi, {beer.pk: 1}, at=timezone.now() - timedelta(hours=60))
    with session() as seller:
        seller.execute(SELL_AGAIN)
        seller.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with session() as worker:
            worker.execute(f"SELECT {function}(%s)", [koffi.bar_id])
    count_days()

    assert (len(broken()), count_of_sales(koffi)) == (sentences, 2 - sentences)


@pytest.mark.django_db(transaction=True)
def test_counting_waits_for_nobody(bar, koffi, beer):
    factories.sale(koffi, {beer.pk: 1}, at=timezone.now() - timedelta(hours=60))

    with holding("SELECT bars_open_books(%s)", bar.pk):
        busy = count_days()

    assert (busy, count_days()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_late_sellers_and_the_worker_at_once_lose_no_sale(bar, koffi):
    flag = factories.product(bar, "Flag", stock=99)
    moments = [timezone.now() - timedelta(hours=hours) for hours in (49, 60, 71, 80)]

    def sell_late():
        return [factories.sale(koffi, {flag.pk: 1}, at=at).pk for at in moments * 2]

    sold = together(sell_late, sell_late, lambda: [count_days() for _ in range(20)])
    count_days()

    assert [len(each) for each in sold] == [8, 8, 20]
    assert (count_of_sales(koffi), sum(sales for _, sales in kept(bar)), broken()) == (16, 16, [])


def test_a_deep_page_is_found_by_reading_one_day(koffi, awa):
    run("ALTER TABLE sales_sale DISABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"bar": koffi.bar_id, "sellers": [koffi.user_id, awa.user_id], "sales": SALES})
    count_days()
    run("ANALYZE sales_sale", "ANALYZE sales_daycount")

    with CaptureQueriesContext(connection) as captured:
        page, _ = page_of_sales(koffi, number=SALES // 50 - 7)

    plans = []
    for query in [one["sql"] for one in captured if "sales_sale" in one["sql"]][:2]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
            plans.append(next(node for node in nodes(cursor.fetchone()[0][0]["Plan"]) if "Index Name" in node))
    assert page[0].pk == Sale.objects.newest_first()[SALES - 400].pk
    assert [plan["Index Name"] for plan in plans] == ["sale_newest_first"] * 2
    assert [plan["Actual Rows"] <= 24 * 4 for plan in plans] == [True, True]
    assert "COUNT(" not in " ".join(query["sql"] for query in captured)


@pytest.mark.parametrize("wanted", [Wanted(status=Sale.Status.PENDING), Wanted(payment=Sale.Payment.CARD)])
def test_what_is_not_counted_has_no_numbers(wanted, koffi, awa):
    assert (count_of_sales(koffi, wanted), count_of_sales(awa)) == (None, None)
    with pytest.raises(BadPage):
        page_of_sales(koffi, wanted, number=1)
    with pytest.raises(BadPage):
        page_of_sales(awa, number=1)


# By the API


@pytest.fixture
def till(koffi):
    till = Client(headers=factories.bearer(koffi))
    till.address = f"/api/v1/bars/{koffi.bar_id}/sales"
    return till


@pytest.fixture
def busy(koffi):
    """120 sales over two business dates, 70 of them on the first."""
    beer = factories.product(koffi.bar, "Flag", stock=999)
    for n in range(120):
        factories.sale(koffi, {beer.pk: 1}, at=EVENING - timedelta(days=n // 50, minutes=n // 2))
    settle()
    return koffi


def test_the_api_answers_a_page_by_its_number(busy, till):
    whole = [str(pk) for pk in Sale.objects.newest_first().values_list("pk", flat=True)]

    pages = [till.get(till.address, {"page": number}).json() for number in (1, 2, 3)]

    assert [[sale["id"] for sale in page["sales"]] for page in pages] == [whole[:50], whole[50:100], whole[100:]]
    assert {(page["total"], page["pages"]) for page in pages} == {(120, 3)}
    assert till.get(till.address, {"before": pages[0]["next"]}).json() == pages[1]
    assert pages[2]["next"] == ""


def test_the_api_counts_the_pages_of_a_business_date(busy, till):
    answer = till.get(till.address, {"on": "2026-11-20", "page": 1}).json()

    assert (answer["total"], answer["pages"], len(answer["sales"])) == (50, 1, 50)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=4", "no_such_page"),
        ("page=10000000", "no_such_page"),
        ("page=2&on=2026-11-20", "no_such_page"),
        ("page=2&on=1990-01-01", "no_such_page"),
        ("page=0", "invalid"),
        ("page=-1", "invalid"),
        ("page=1.5", "invalid"),
        ("page=99999999999999999999", "invalid"),
        ("page=1&status=pending", "bad_page"),
        ("page=2&before=MjAyNi0xMS0yMCB4", "bad_page"),
    ],
)
def test_a_page_that_is_not_there_is_said(query, code, busy, till):
    answer = till.get(f"{till.address}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_filtered_list_and_a_waiters_tell_no_number(busy, till, awa):
    filtered = till.get(till.address, {"status": "validated"}).json()
    mine = Client(headers=factories.bearer(awa)).get(till.address).json()

    assert [(page["total"], page["pages"]) for page in (filtered, mine)] == [(None, None)] * 2
    assert len(filtered["sales"]) == 50


# On the page


@pytest.mark.parametrize(
    ("number", "pages", "around"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, 3, 4, 5]),
        (5, 9, [3, 4, 5, 6, 7]),
        (8, 9, [5, 6, 7, 8, 9]),
        (9, 9, [5, 6, 7, 8, 9]),
    ],
)
def test_five_numbers_stand_around_a_page(number, pages, around):
    pager = Pager(number, pages)

    assert [one for one, _ in pager.around] == around
    assert (pager.previous, pager.following) == (
        number - 1 if number > 1 else None,
        number + 1 if number < pages else None,
    )


def test_the_history_has_numbers_below(client, busy):
    client.force_login(busy.user)

    page = client.get(f"/bars/{busy.bar_id}/sales", {"page": 2})

    text = page.content.decode()
    assert (page.context["pager"], len(page.context["sales"])) == (Pager(2, 3), 50)
    assert "Page 2 sur 3 · 120 ventes" in text
    assert all(f'aria-label="{label}"' in text for label in ("Page précédente", "Page suivante", "Dernière page"))
    assert 'href="?page=3"' in text


def test_numbers_keep_the_business_date(client, busy, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 20)
    client.force_login(busy.user)

    text = client.get(f"/bars/{busy.bar_id}/sales", {"on": "2026-11-20"}).content.decode()

    assert "Page 1 sur 3 · 50 ventes" in text
    assert 'href="?page=2&amp;on=2026-11-20"' in text


def test_a_waiter_goes_on_without_numbers(client, bar, awa):
    beer = factories.product(bar, "Flag", stock=99)
    for _ in range(51):
        factories.sale(awa, {beer.pk: 1})
    settle()
    client.force_login(awa.user)

    first = client.get(f"/bars/{bar.pk}/sales")
    second = client.get(f"/bars/{bar.pk}/sales", {"before": first.context["next"]})

    assert ("pager" in first.content.decode(), "Ventes plus anciennes" in first.content.decode()) == (False, True)
    assert (len(second.context["sales"]), "Ventes les plus récentes" in second.content.decode()) == (1, True)


@pytest.mark.parametrize("query", ["page=9", "page=x", "page=0", "page=-1", "page=²", "page=1&before=x"])
def test_a_number_that_is_none_is_said(query, client, busy):
    client.force_login(busy.user)

    assert client.get(f"/bars/{busy.bar_id}/sales?{query}").status_code == 400
