"""The owner's bars side by side, for who may see figures: tonight, against a week ago, and by periods."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bars.models import Bar
from stats.figures.nights import before_by_now
from tests import factories
from tests.settling import settle

HOURS = [[(6 + place) % 24, 0, 100 * (place + 1)] for place in range(24)]


@pytest.fixture
def second(yao):
    """Another bar of Yao's, in dollars."""
    bar = factories.bar(name="Yao sur mer")
    Bar.objects.filter(pk=bar.pk).update(currency="USD")
    bar.refresh_from_db()
    type(yao).objects.create(bar=bar, user=yao.user, role="owner")
    return bar


@pytest.fixture
def page(client):
    def page(member, language="fr", **query):
        settle()
        client.force_login(member.user)
        return client.get("/owner/", query, headers={"Accept-Language": language})

    return page


def test_every_bar_has_its_card_and_every_currency_its_sum(page, yao, koffi, second, beer):
    factories.sale(koffi, {beer.pk: 3})

    shown = page(yao).content.decode()

    assert (shown.count('data-bar="'), shown.count("data-sum")) == (2, 2)
    assert shown.count("3\u202f000\u00a0F\u202fCFA") >= 2
    assert all(name in shown for name in ("Chez Yao", "Yao sur mer"))


def test_others_bars_are_not_there(page, yao, zoe):
    assert "Maquis" not in page(yao).content.decode()


def test_who_sees_no_figures_is_told_where_to_go(page, awa, koffi, beer):
    factories.sale(koffi, {beer.pk: 3})

    shown = page(awa)

    assert (shown.status_code, "night-figure" in shown.content.decode()) == (200, False)
    assert "Pas encore de chiffres pour vous." in shown.content.decode()
    assert "CFA" not in shown.content.decode().split("<main")[1]


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_a_period_is_compared_bar_by_bar(period, page, yao, koffi, beer):
    factories.sale(koffi, {beer.pk: 2})

    shown = page(yao, period=period).content.decode()

    assert shown.split("<tbody>")[1].count("<tr>") == 2
    assert "2\u202f000\u00a0F\u202fCFA" in shown.split("<tbody>")[1]


@pytest.mark.parametrize("query", [{"period": "decade"}, {"on": "x"}])
def test_what_is_no_period_or_date_is_refused(query, page, yao):
    assert page(yao, **query).status_code == 400


def test_days_before_are_a_tap_away(page, yao):
    past = (timezone.now() - timedelta(days=40)).date().isoformat()

    now, then = page(yao), page(yao, on=past)

    assert [b'rel="next"' in one.content for one in (now, then)] == [False, True]


@pytest.mark.parametrize("bars", [1, 3])
def test_it_costs_the_same_however_many_bars(bars, page, client, yao, django_assert_num_queries):
    for number in range(bars - 1):
        type(yao).objects.create(bar=factories.bar(name=f"Bar {number}"), user=yao.user, role="owner")
    page(yao)

    with django_assert_num_queries(7):
        client.get("/owner/")


@pytest.mark.parametrize(
    ("at", "before"),
    [("06:00", 0), ("06:30", 50), ("07:00", 100), ("05:59", sum(range(100, 2400, 100)) + 2400 * 59 // 60)],
)
def test_a_week_ago_is_counted_to_this_minute(at, before):
    moment = datetime.fromisoformat(f"2026-11-20T{at}").replace(tzinfo=UTC)

    assert before_by_now(HOURS, moment) == before
