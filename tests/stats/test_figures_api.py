"""Figures of any days by the API: what is asked, what comes, and the files."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bars.models import Member
from stats.figures.catalogue import FIGURES
from stats.figures.spans import running_date
from tests import factories
from tests.settling import settle


@pytest.fixture
def ask(client, koffi):
    """A GET of Koffi's, a manager."""
    headers = factories.bearer(koffi)

    def ask(path, **query):
        return client.get(f"/api/v1{path}", query, headers=headers)

    return ask


@pytest.fixture
def figures(bar, ask):
    def figures(path="", **query):
        settle()
        return ask(f"/bars/{bar.pk}/figures{path}", **query)

    return figures


LANGUAGES = [({}, "hour", "revenue"), ({"Accept-Language": "fr"}, "heure", "recette")]


@pytest.mark.parametrize(("asked", "hour", "revenue"), LANGUAGES)
def test_the_figures_are_listed_with_what_their_columns_hold(asked, hour, revenue, client, koffi):
    answer = client.get(f"/api/v1/bars/{koffi.bar_id}/figures", headers=factories.bearer(koffi) | asked)

    listed = {one["name"]: one for one in answer.json()}
    assert list(listed) == list(FIGURES)
    assert listed["hours"]["columns"][:2] == [
        {"name": "hour", "heading": hour, "kind": "hour"},
        {"name": "revenue", "heading": revenue, "kind": "money"},
    ]


def test_a_figure_is_a_compact_table_of_the_running_date(bar, koffi, beer, figures):
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(koffi, {beer.pk: 1}, at=timezone.now() - timedelta(days=2))
    today = running_date(bar).isoformat()

    assert figures("/days").json() == {
        "figure": "days",
        "currency": "XOF",
        "from": today,
        "to": today,
        "columns": ["business_date", "sales", "revenue", "basket", "gross", "refunds"],
        "rows": [[today, 1, 2000, 2000, 2000, 0]],
    }


def test_a_figure_of_days_without_trade_has_no_rows(figures):
    table = figures("/margin", period="year", on="2001-05-06").json()

    assert (table["from"], table["to"], table["rows"]) == ("2001-01-01", "2001-12-31", [])


@pytest.mark.parametrize(
    "query",
    [{"from": "2026-01-02"}, {"from": "2026-01-02", "to": "2026-01-01"}, {"from": "2020-01-01", "to": "2026-01-01"}],
)
def test_days_that_are_none_are_refused_with_what_to_ask(query, figures):
    answer = figures("/days", **query)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_days")


@pytest.mark.parametrize("query", [{"period": "decade"}, {"from": "1767225600", "to": "2026-01-01"}, {"on": "x"}])
def test_what_is_no_period_or_date_is_refused(query, figures):
    answer = figures("/days", **query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_an_unknown_figure_is_answered_with_those_that_there_are(figures):
    answer = figures("/profit")

    assert answer.status_code == 404
    assert "margin" in answer.json()["detail"]


def test_a_file_is_saved_under_the_bars_name_in_the_language_asked(bar, koffi, beer, figures):
    factories.sale(koffi, {beer.pk: 2})
    today = running_date(bar)

    french, english = (figures("/payments/file", language=language) for language in ("fr", "en"))

    assert french["Content-Disposition"] == f'attachment; filename="{bar.slug}-payments-{today}-{today}.csv"'
    assert french.content.decode("utf-8-sig").splitlines() == [
        "paiement,ventes,recette,part,recette brute,remboursements",
        "espèces,1,2000,100.0,2000,0",
    ]
    assert english.content.decode("utf-8-sig").splitlines()[1] == "cash,1,2000,100.0,2000,0"


def test_a_file_runs_no_formula_of_a_products_name(bar, koffi, figures):
    evil = factories.product(bar, "=HYPERLINK(1)")
    factories.sale(koffi, {evil.pk: 1})

    rows = list(csv.reader(io.StringIO(figures("/top_products/file").content.decode("utf-8-sig"))))

    assert rows[1][0] == "'=HYPERLINK(1)"


def test_an_excel_file_is_one(bar, koffi, beer, figures):
    factories.sale(koffi, {beer.pk: 2})

    answer = figures("/days/file", format="xlsx")

    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content[:4] == b"PK\x03\x04"


def test_bars_are_those_in_which_one_sees_figures(bar, koffi, beer, ask):
    """Koffi is a manager here, a waiter there, and a stranger elsewhere."""
    there, elsewhere = factories.bar("Là-bas", currency="USD", time_zone="Asia/Tokyo"), factories.bar("Ailleurs")
    Member.objects.create(bar=there, user=koffi.user, role="waiter")
    factories.sale(factories.member(elsewhere, "zoe", "owner"), {factories.product(elsewhere, "Gin").pk: 1})
    factories.sale(koffi, {beer.pk: 2})
    settle()
    as_waiter = ask("/figures/bars").json()
    Member.objects.filter(bar=there, user=koffi.user).update(role="manager")

    as_manager = ask("/figures/bars").json()

    names, revenue = (as_manager["columns"].index(name) for name in ("bar", "revenue"))
    assert [row[names] for row in as_waiter["rows"]] == [bar.name]
    assert [(row[names], row[revenue]) for row in as_manager["rows"]] == [(bar.name, 2000), ("Là-bas", 0)]
    assert ask("/figures/bars/file").content.decode("utf-8-sig").splitlines()[1].startswith(f"{bar.name},XOF,")


def test_an_operator_has_all_bars_and_the_platform_as_files(client, bar, koffi, beer, operator):
    crown = factories.bar("The Crown", currency="USD", time_zone="America/New_York")
    factories.sale(factories.member(crown, "ann", "owner"), {factories.product(crown, "IPA", price=799).pk: 1})
    factories.sale(koffi, {beer.pk: 2})
    settle()
    headers = factories.bearer(operator)

    bars, platform = (
        client.get(f"/api/v1/{path}/file?language=en", headers=headers).content.decode("utf-8-sig").splitlines()
        for path in ("admin/stats/bars", "admin/stats")
    )

    assert [line.split(",")[:2] for line in bars[1:]] == [["Chez Yao", "XOF"], ["The Crown", "USD"]]
    assert platform[0] == "users,consignments,sales,currency,revenue"
    assert [line.split(",")[2:] for line in platform[1:]] == [["2", "USD", "7.99"], ["", "XOF", "2000"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asked", [("figures/days", "stats_sales_days("), ("tonight", "stats_tonight(")])
def test_a_figure_is_computed_once_until_something_happens_in_the_bar(asked, bar, koffi, beer, ask):
    path, what = asked
    factories.sale(koffi, {beer.pk: 2})

    def computed():
        with CaptureQueriesContext(connection) as queries:
            answer = ask(f"/bars/{bar.pk}/{path}").json()
        return sum(what in one["sql"] for one in queries), answer

    first, again = computed(), computed()
    factories.sale(koffi, {beer.pk: 1})
    after = computed()

    assert ([first[0], again[0], after[0]], again[1]) == ([1, 0, 1], first[1])
    assert json.dumps(after[1]).count("3000") > json.dumps(first[1]).count("3000")
