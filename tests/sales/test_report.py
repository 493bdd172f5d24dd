"""The evening report: its figures from a lived evening, its text from figures."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sales.basket import Basket
from sales.models import Return, Sale, Tab
from sales.queries.reports import figures_of
from sales.report import LANGUAGES, report_text
from sales.services import closing
from sales.services.closing import Count
from sales.services.expenses import Spending, spend
from sales.services.selling import sell
from tests import factories

DAY = date(2026, 11, 18)
EVENING = datetime(2026, 11, 18, 20, tzinfo=UTC)

QUIET = {
    "bar": "Chez Yao", "business_date": "2026-11-18", "currency": "XOF",
    "net": 0, "sales": 0, "gross": 0, "refunds": 0, "discounts": 0, "expenses": 0, "by_payment": {}, "collected": {},
    "waiting": {}, "top_products": [], "by_seller": [], "low_stock": [], "open_tabs": {"tabs": 0, "owed": 0},
    "close": None,
}  # fmt: skip
FULL = QUIET | {
    "net": 123_000, "sales": 48, "gross": 125_000, "refunds": 2000, "discounts": 1500, "expenses": 15_000,
    "by_payment": {"cash": 90_000, "mobile_money": 20_000, "tab": 15_000}, "collected": {"cash": 4000},
    "top_products": [
        {"name": "Beaufort", "quantity": 48, "amount": 48_000}, {"name": "Coca", "quantity": 1, "amount": 500},
    ],
    "by_seller": [{"name": "Awa", "sales": 47, "amount": 124_000}, {"name": "Koffi", "sales": 1, "amount": 1000}],
    "low_stock": [{"name": "Castel", "available": 0}, {"name": "Flag", "available": 3}],
    "open_tabs": {"tabs": 2, "owed": 12_500},
    "waiting": {
        "pending": {"count": 2, "total": 3000},
        "expired": {"count": 1, "total": 1000},
        "needs_review": {"count": 1, "total": 2500},
    },
    "close": {
        "number": 12, "since": "2026-11-18", "business_date": "2026-11-18",
        "expected_cash": 79_000, "counted_cash": 78_000, "difference": -1000,
        "added": {"count": 1, "revenue": 2000, "cash": 2000},
    },
}  # fmt: skip

FRENCH = """\
*Chez Yao*
Mercredi 18 novembre 2026

*Recette : 123 000 F CFA*
48 ventes, panier moyen de 2 563 F CFA
Remboursements, déjà déduits : 2 000 F CFA
Remises accordées : 1 500 F CFA
Dépenses : 15 000 F CFA

*Paiements*
Espèces : 90 000 F CFA
Mobile money : 20 000 F CFA
Sur bons : 15 000 F CFA
Bons et crédits encaissés (espèces) : 4 000 F CFA

*Meilleures ventes*
1. Beaufort × 48 (48 000 F CFA)
2. Coca × 1 (500 F CFA)

*Par serveur*
Awa : 124 000 F CFA (47 ventes)
Koffi : 1 000 F CFA (1 vente)

*Stock bas*
Castel : épuisé
Flag : il en reste 3

*À suivre*
2 bons ouverts : 12 500 F CFA
2 ventes en attente : 3 000 F CFA
1 vente expirée : 1 000 F CFA
1 vente à vérifier : 2 500 F CFA

*Caisse (Z n° 12)*
Attendu : 79 000 F CFA
Compté : 78 000 F CFA
Écart : -1 000 F CFA
Ajouté après la clôture : +2 000 F CFA de recette, +2 000 F CFA en espèces
"""
ENGLISH = """\
*Chez Yao*
Wednesday, November 18, 2026

*Revenue: F CFA 123,000*
48 sales, average basket F CFA 2,563
Refunds, already taken off: F CFA 2,000
Discounts given: F CFA 1,500
Expenses: F CFA 15,000

*Payments*
Cash: F CFA 90,000
Mobile money: F CFA 20,000
On tabs: F CFA 15,000
Tabs and credits paid, cash: F CFA 4,000

*Best sellers*
1. Beaufort × 48 (F CFA 48,000)
2. Coca × 1 (F CFA 500)

*By waiter*
Awa: F CFA 124,000 (47 sales)
Koffi: F CFA 1,000 (1 sale)

*Low stock*
Castel: sold out
Flag: 3 left

*To follow up*
2 open tabs: F CFA 12,500
2 sales wait: F CFA 3,000
1 sale has expired: F CFA 1,000
1 sale to review: F CFA 2,500

*Cash drawer (Z no. 12)*
Expected: F CFA 79,000
Counted: F CFA 78,000
Difference: -F CFA 1,000
Added after the close: +F CFA 2,000 of revenue, +F CFA 2,000 of cash
"""
QUIET_FRENCH = """\
*Chez Yao*
Mercredi 18 novembre 2026

*Recette : 0 F CFA*
Aucune vente ce jour-là.

La journée n’est pas encore clôturée.
"""


def plain(text):
    """With ordinary spaces, which are easier to compare."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("figures", "language", "expected"),
    [(FULL, "fr", FRENCH), (FULL, "en", ENGLISH), (QUIET, "fr", QUIET_FRENCH)],
    ids=["a full evening in French", "a full evening in English", "a day without a sale"],
)
def test_the_text_of_an_evening(figures, language, expected):
    assert plain(report_text(figures, language)) == expected


def test_a_right_drawer_says_so():
    close = FULL["close"] | {"difference": 0, "added": {"count": 0, "revenue": 0, "cash": 0}}

    text = plain(report_text(FULL | {"close": close}, "fr"))

    assert text.endswith("Compté : 78 000 F CFA\nLa caisse est juste.\n")


@pytest.mark.parametrize(
    ("currency", "language", "amount"),
    [
        ("XOF", "fr", "123 456 F CFA"),
        ("USD", "en", "$1,234.56"),
        ("EUR", "fr", "1 234,56 €"),
        ("JPY", "en", "¥123,456"),
    ],
)
def test_money_is_written_as_the_language_does(currency, language, amount):
    told = QUIET | {"currency": currency, "net": 123_456, "sales": 1}

    assert amount in plain(report_text(told, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_of_refunds_alone_has_a_negative_revenue(language):
    text = plain(report_text(QUIET | {"net": -1000, "refunds": 1000}, language))

    assert {"fr": "*Recette : -1 000 F CFA*", "en": "*Revenue: -F CFA 1,000*"}[language] in text


@pytest.fixture
def evening(bar, awa, koffi, yao, beer):
    """An evening with a bit of everything, in the books."""
    coke = factories.product(bar, "Coca", price=500, stock=12, alert_threshold=10)
    first = factories.sale(koffi, {beer.pk: 3}, at=EVENING)
    factories.sale(koffi, {beer.pk: 1, coke.pk: 2}, at=EVENING, payment=Sale.Payment.CARD)
    factories.sale(awa, {beer.pk: 2}, at=EVENING)
    expired = factories.sale(awa, {beer.pk: 1}, at=EVENING)
    Sale.objects.filter(pk=expired.pk).update(status="expired")
    mine = factories.sale(awa, {coke.pk: 2}, at=EVENING)
    Sale.objects.filter(pk=mine.pk).update(status="validated", decided_by=koffi.user)
    factories.sale(koffi, {beer.pk: 7}, at=EVENING - timedelta(days=1))
    tab = Tab.objects.create(bar=bar, key=uuid.uuid4(), name="Table 4", opened_by=koffi.user)
    sell(koffi, Basket(key=uuid.uuid4(), payment=Sale.Payment.TAB, quantities={beer.pk: 1}, tab=tab.pk), at=EVENING)
    spend(yao, Spending(uuid.uuid4(), "water", 700, "cash"), at=EVENING)
    Return.objects.create(
        bar=bar, key=uuid.uuid4(), sale=first, line=first.lines.get(), quantity=1, reason="defective",
        status="approved", refunds=True, restocks=False, created_by=yao.user, decided_by=yao.user,
    )  # fmt: skip


def test_the_figures_are_those_of_the_date(evening, bar):
    assert figures_of(bar, DAY) == {
        "bar": "Chez Yao",
        "business_date": "2026-11-18",
        "currency": "XOF",
        "sales": 4,
        "gross": 7000,
        "net": 7000,
        "discounts": 0,
        "refunds": 0,
        "by_payment": {"cash": 4000, "card": 2000, "tab": 1000},
        "collected": {},
        "cash_in": 4000,
        "cash_out": 700,
        "expenses": 700,
        "waiting": {"pending": {"count": 1, "total": 2000}, "expired": {"count": 1, "total": 1000}},
        "top_products": [
            {"name": "Beaufort", "quantity": 5, "amount": 5000},
            {"name": "Coca", "quantity": 4, "amount": 2000},
        ],
        "by_seller": [{"name": "Koffi", "sales": 3, "amount": 6000}, {"name": "Awa", "sales": 1, "amount": 1000}],
        "low_stock": [{"name": "Coca", "available": 8}],
        "open_tabs": {"tabs": 1, "owed": 1000},
        "close": None,
    }


def test_a_refund_is_told_on_the_day_it_is_given(evening, bar):
    today = figures_of(bar)

    assert (today["refunds"], today["net"], today["gross"]) == (1000, -1000, 0)


def test_products_and_sellers_add_up_to_the_net(evening, bar, koffi, beer):
    """Discounts and refunds of the day are taken off what they were given for, and off who has sold it."""
    sold = factories.sale(koffi, {beer.pk: 3, bar.products.get(name="Coca").pk: 2}, discount=333)
    factories.returned(koffi, sold.lines.get(product=beer), 1, Return.Reason.DEFECTIVE)

    today = figures_of(bar)

    assert today["net"] == 4000 - 333 - today["refunds"]
    assert sum(one["amount"] for one in today["by_seller"]) == today["net"]
    assert {one["name"]: one["quantity"] for one in today["top_products"]} == {"Coca": 2, "Beaufort": 1}


def test_the_drawer_and_what_came_after_it_are_told(evening, bar, koffi, beer):
    Sale.objects.filter(status="pending").update(status="rejected", decided_by=koffi.user, reason="Gone")
    closing.close(koffi, Count(DAY, 3000, 0))
    factories.sale(koffi, {beer.pk: 1}, at=EVENING)

    told = figures_of(bar, DAY)["close"]

    assert told == {
        "number": 1,
        "since": "2026-11-18",
        "business_date": "2026-11-18",
        "expected_cash": 3300,
        "counted_cash": 3000,
        "difference": -300,
        "added": {"count": 1, "revenue": 1000, "cash": 1000},
    }


@pytest.mark.parametrize(("name", "status"), [("awa", 403), ("zoe", 404), ("koffi", 200), ("yao", 200)])
def test_the_report_is_for_managers_of_the_bar(name, status, request, evening, bar):
    client = Client(headers=factories.bearer(request.getfixturevalue(name)))
    address = f"/api/v1/bars/{bar.pk}/report"

    answers = [client.get(one, {"on": str(DAY)}) for one in (address, f"{address}/figures")]

    assert [answer.status_code for answer in answers] == [status, status]
    assert ("Beaufort" in answers[0].content.decode()) == (status == 200)


def test_the_report_comes_as_text_and_with_its_figures(evening, bar, koffi):
    client = Client(headers=factories.bearer(koffi))
    address = f"/api/v1/bars/{bar.pk}/report"

    text = client.get(address, {"on": str(DAY), "language": "en"})
    both = client.get(f"{address}/figures", {"on": str(DAY), "language": "en"}).json()

    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.content.decode() == both["text"] == report_text(both["figures"], "en")
    assert plain(both["text"]).startswith("*Chez Yao*\nWednesday, November 18, 2026\n\n*Revenue: F CFA 7,000*\n")


@pytest.mark.parametrize("query", [{"on": "yesterday"}, {"language": "de"}, {"on": "2027-02-29"}], ids=str)
def test_a_wrong_question_is_refused(query, bar, koffi):
    client = Client(headers=factories.bearer(koffi))

    assert client.get(f"/api/v1/bars/{bar.pk}/report", query).status_code == 400


@pytest.mark.parametrize("sales", [1, 3])
def test_the_figures_cost_one_statement(sales, bar, koffi, beer, django_assert_num_queries):
    for _ in range(sales):
        factories.sale(koffi, {beer.pk: 1}, at=EVENING)

    with django_assert_num_queries(1):
        assert figures_of(bar, DAY)["sales"] == sales


def test_one_bars_report_tells_nothing_of_another(evening, zoe, other_bar):
    told = figures_of(other_bar, DAY)

    assert (told["sales"], told["top_products"], told["open_tabs"]) == (0, [], {"tabs": 0, "owed": 0})
    assert timezone.now().date() - date.fromisoformat(figures_of(other_bar)["business_date"]) <= timedelta(days=1)
