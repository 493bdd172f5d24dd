"""Figures on their page: which, of which days, in words of the page's language."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from bars.days import Days
from stats.figures.catalogue import FIGURES
from stats.figures.shown import days_words
from tests import factories
from tests.settling import settle


@pytest.fixture
def page(client, bar, koffi):
    client.force_login(koffi.user)

    def page(language="fr", **query):
        settle()
        return client.get(f"/bars/{bar.pk}/figures", query, headers={"Accept-Language": language})

    return page


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_every_period_has_its_table(name, period, koffi, beer, page):
    factories.sale(koffi, {beer.pk: 2})

    answer = page(name=name, period=period)

    assert answer.status_code == 200
    assert str(FIGURES[name].title) in answer.content.decode()


def test_amounts_are_written_as_the_language_writes_them(koffi, beer, page):
    factories.sale(koffi, {beer.pk: 2})

    french, english = (page(language, period="day", name="payments").content.decode() for language in ("fr", "en"))

    assert ("2\u202f000\u00a0F\u202fCFA" in french, "100,0\u00a0%" in french, "Espèces" in french) == (True, True, True)
    assert ("F\u202fCFA\u00a02,000" in english, "100.0%" in english, "Cash" in english) == (True, True, True)


def test_days_without_trade_say_so(page):
    assert "Rien ces jours-là." in page(period="day", on="2001-02-03").content.decode()


def test_the_days_before_are_a_tap_away_and_those_to_come_are_not(page):
    today = timezone.now().date()
    now, past = page(period="week"), page(period="week", on=(today - timedelta(days=30)).isoformat())

    assert [b'rel="prev"' in now.content, b'rel="next"' in now.content] == [True, False]
    assert [b'rel="prev"' in past.content, b'rel="next"' in past.content] == [True, True]


@pytest.mark.parametrize("query", [{"name": "profit"}, {"period": "decade"}, {"on": "2026-13-01"}, {"on": "x"}])
def test_what_is_no_figure_period_or_date_is_refused(query, page):
    assert page(**query).status_code == 400


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31"])
def test_a_day_beyond_all_calendars_is_refused(on, page):
    assert page(period="week", on=on).status_code == 400


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), "Samedi 21 novembre 2026", "Saturday, November 21, 2026"),
        (date(2026, 11, 16), date(2026, 11, 22), "16 nov. – 22 nov. 2026", "16 Nov – 22 Nov 2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "Février 2024", "February 2024"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026", "2026"),
    ],
)
def test_days_are_told_as_people_tell_them(first, last, french, english):
    assert [days_words(Days(first, last), language) for language in ("fr", "en")] == [french, english]
