"""Pages of what waits, of what is owed, of what comes back, and of the end of the day."""

import uuid
from datetime import UTC, datetime, time, timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from bars.money import format_money
from sales.models import Expense, Return, Sale
from sales.services.closing import Count, close, reopen
from sales.services.consignments import claim
from sales.services.deciding import validate
from sales.services.expenses import Spending, spend, void
from sales.services.expiring import expire_sales_of
from sales.services.returns import approve_return
from sales.services.selling import sell
from sales.services.tabs import Payment, settle_tab
from sales.views.closing import day_to_close
from sales.views.tabs import today_of
from tests import factories
from tests.sales.test_sale_pages import Reader, shown


@pytest.fixture
def reader(client):
    return lambda member: Reader(client, member)


def xof(amount):
    return format_money(amount, "XOF", "fr")


# Pending


def test_what_waits_is_listed_with_its_sum_and_its_sellers(reader, koffi, awa, beer):
    issa = factories.member(awa.bar, "issa", "waiter")
    sales = [factories.sale(member, {beer.pk: 1}) for member in (awa, issa, awa)]
    manager = reader(koffi)

    page, of_issa = manager.text("pending"), manager.text("pending", seller=str(issa.user_id))

    assert shown(page.replace(' class="waiting"', "")) == [str(sale.pk) for sale in reversed(sales)]
    assert f"3 ventes en attente\xa0: {xof(3000)}" in page
    assert f"1 vente en attente\xa0: {xof(1000)}" in of_issa
    assert str(sales[0].pk) not in of_issa


def test_nothing_that_waits_says_what_will_show_here(reader, koffi):
    assert "Rien ne vous attend." in reader(koffi).text("pending")


def test_what_has_expired_is_shown_and_only_an_owner_is_told_to_revive(reader, koffi, yao, awa, beer):
    sale = factories.sale(awa, {beer.pk: 1})
    expire_sales_of(awa.bar_id, timezone.now() + timedelta(days=2))

    pages = [reader(member).text("pending") for member in (koffi, yao)]

    assert [str(sale.pk) in page for page in pages] == [True, True]
    assert ["Seul un propriétaire" in page for page in pages] == [True, False]


def test_the_stock_is_adjusted_from_a_sale_to_review_by_who_may(reader, koffi, yao, bar):
    beer = factories.product(bar, "Flag", stock=1)
    now = timezone.now()
    sell(koffi, factories.basket({beer.pk: 3}).kept_since(now), at=now)

    pages = [reader(member).text("pending") for member in (koffi, yao)]

    assert ["mais le stock dit 1" in page for page in pages] == [True, True]
    assert [f"/products/{beer.pk}" in page for page in pages] == [False, True]


def test_the_menu_counts_what_waits_for_whom(reader, koffi, awa, beer):
    sale = factories.sale(awa, {beer.pk: 2})
    validate(koffi, sale.pk)
    factories.returned(awa, sale.lines.get())
    factories.sale(awa, {beer.pk: 1})

    manager, waiter = reader(koffi).text("more"), reader(awa).text("more")

    assert (manager.count('<b class="count">1</b>'), waiter.count('<b class="count">1</b>')) == (2, 1)
    assert (f"/bars/{awa.bar_id}/pending" in waiter, f"/bars/{awa.bar_id}/expenses" in manager) == (False, False)


# Tabs and credits


def test_open_tabs_are_listed_with_what_is_due(reader, koffi, awa, beer):
    tab = factories.tab(awa, "Table 4")
    factories.sale_on(tab, koffi, {beer.pk: 2})
    factories.sale_on(tab, awa, {beer.pk: 1})

    page = reader(awa).text("tabs")

    assert all(text in page for text in ("Table 4", xof(2000), f"+ {xof(1000)} en attente", "1 bon ouvert"))


def test_a_tab_shows_a_waiter_own_sales_and_what_is_due_of_all(reader, koffi, awa, beer, coke):
    tab = factories.tab(awa)
    others = factories.sale_on(tab, koffi, {beer.pk: 2})
    own = factories.sale_on(tab, awa, {coke.pk: 1})

    waiter, manager = reader(awa).text(f"tabs/{tab.pk}"), reader(koffi).text(f"tabs/{tab.pk}")

    assert (shown(waiter), shown(manager)) == ([str(own.pk)], [str(own.pk), str(others.pk)])
    assert (xof(2000) in waiter, "Beaufort" in waiter) == (True, False)
    assert 'id="settle"' in manager  # once what waits is decided
    assert 'data-opens="settle"' not in manager


def test_a_paid_tab_is_found_among_the_paid_and_offers_nothing(reader, koffi, beer):
    tab = factories.tab(koffi)
    factories.sale_on(tab, koffi, {beer.pk: 1})
    settle_tab(koffi, tab.pk, Payment(uuid.uuid4(), Sale.Payment.CARD), at=timezone.now())
    manager = reader(koffi)

    lists = [str(tab.pk) in manager.text("tabs", **query) for query in ({}, {"status": "settled"})]
    page = manager.text(f"tabs/{tab.pk}")

    assert lists == [False, True]
    assert ("Carte" in page, 'id="settle"' in page, 'id="rename"' in page) == (True, False, False)


def test_settling_up_shows_waiters_their_own(reader, koffi, awa, beer):
    tab = factories.tab(koffi, "Table 9")
    factories.sale_on(tab, koffi, {beer.pk: 1})

    assert ["Table 9" in reader(member).text("tabs/by-seller") for member in (koffi, awa)] == [True, False]


def test_credits_are_told_by_client_and_then_by_sale(reader, koffi, beer):
    ama = [factories.sale(koffi, {beer.pk: n}, payment=Sale.Payment.CREDIT, client="Ama") for n in (1, 2)]
    factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Kodjo")
    factories.returned(koffi, ama[1].lines.get())
    manager = reader(koffi)

    clients, of_ama = manager.text("credits"), manager.text("credits", client="Ama")

    assert shown(clients) == ["Ama", "Kodjo"]
    assert (xof(2000) in clients, "2 ventes, depuis le" in clients) == (True, True)
    assert shown(of_ama) == [str(sale.pk) for sale in reversed(ama)]
    assert f"{xof(1000)} repris" in of_ama


def test_a_tab_of_another_bar_looks_like_none(reader, koffi, zoe):
    assert reader(koffi).get(f"tabs/{factories.tab(zoe).pk}").status_code == 404


# Returns and consignments


def asked_return(awa, koffi, beer, **fields):
    sale = factories.sale(awa, {beer.pk: 2})
    validate(koffi, sale.pk)
    return factories.returned(awa, sale.lines.get(), **fields)


def test_a_return_is_approved_by_another_than_who_asked(reader, awa, koffi, beer):
    asked = asked_return(awa, koffi, beer, reason=Return.Reason.OTHER, note="trop chaude")
    own = factories.returned(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get(), wait=True)

    page = reader(koffi).text("returns")

    assert page.count('data-opens="approve-') == 1
    assert ('data-opens="approve-other"' in page, "trop chaude" in page) == (True, True)
    assert "quelqu’un d’autre l’accepte" in page
    assert shown(page) == [str(own.pk), str(asked.pk)]


def test_a_waiter_sees_own_returns_and_decides_nothing(reader, awa, koffi, beer):
    own = asked_return(awa, koffi, beer)
    factories.returned(koffi, factories.sale(koffi, {beer.pk: 1}).lines.get())

    page = reader(awa).text("returns")

    assert (shown(page), "approve-" in page, "/restock" in page) == ([str(own.pk)], False, False)


def test_what_goes_back_on_the_shelf_waits_for_it(reader, awa, koffi, beer):
    wrong, broken = [
        approve_return(koffi, asked_return(awa, koffi, beer, reason=reason).pk)
        for reason in (Return.Reason.WRONG_ITEM, Return.Reason.DEFECTIVE)
    ]

    page = reader(koffi).text("returns")

    assert [f"/returns/{one.pk}/restock" in page for one in (wrong, broken)] == [True, False]


def test_bottles_that_end_soonest_come_first(reader, koffi, beer):
    line = factories.sale(koffi, {beer.pk: 3}).lines.get()
    now = timezone.now()
    late, soon = [
        factories.kept(koffi, line, client=client, until=now + timedelta(days=days))
        for client, days in (("Ama", 9), ("Kodjo", 1))
    ]
    manager = reader(koffi)

    assert shown(manager.text("consignments")) == [str(soon.pk), str(late.pk)]
    assert shown(manager.text("consignments", client="am")) == [str(late.pk)]
    assert "Finit demain" in manager.text("consignments")


def test_a_consignment_tells_what_was_handed_over_and_offers_the_rest(reader, koffi, beer):
    kept = factories.kept(koffi, factories.sale(koffi, {beer.pk: 3}).lines.get(), 2, phone="0708")
    manager = reader(koffi)
    pages = []
    for _ in range(2):
        claim(koffi, kept.pk, key=uuid.uuid4(), quantity=1, at=timezone.now())
        pages.append(manager.text(f"consignments/{kept.pk}"))

    assert ['data-opens="claim"' in page for page in pages] == [True, False]
    assert all(text in pages[1] for text in ("Ibrahim", "0708", "Récupérée"))


# The end of the day


def closed(member, day, cash):
    return close(member, Count(day, cash, cash)).close


def test_the_close_shows_what_is_expected_and_what_stands_in_its_way(reader, koffi, awa, beer):
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(awa, {beer.pk: 1})
    factories.sale_on(factories.tab(koffi), koffi, {beer.pk: 1})

    page = reader(koffi).text("close")

    assert 'data-expected="2000"' in page
    assert "1 vente de cette journée attend" in page
    assert f"1 bon reste ouvert\xa0: {xof(1000)}" in page
    assert 'name="opening_cash"' in page


def test_a_closed_day_says_so_and_is_listed(reader, koffi, beer):
    factories.sale(koffi, {beer.pk: 2})
    made = closed(koffi, today_of(koffi.bar), 1500)
    manager = reader(koffi)

    page, told = manager.text("close"), manager.text(f"closes/{made.pk}")

    assert ("Z n°\xa01" in page, "close-count" in page) == (True, False)
    assert all(text in told for text in (xof(2000), xof(1500), xof(-500), "Clôturée par Koffi"))


def test_only_an_owner_opens_the_last_close_again(reader, koffi, yao, beer):
    today = today_of(koffi.bar)
    first, last = [closed(koffi, day, 0) for day in (today - timedelta(days=1), today)]

    offered = [
        'id="reopen"' in reader(member).text(f"closes/{one.pk}") for member in (koffi, yao) for one in (first, last)
    ]
    reopen(yao, last.pk, reason="Mal compté")

    assert offered == [False, False, False, True]
    assert "Mal compté" in reader(koffi).text(f"closes/{last.pk}")


def test_what_comes_after_a_close_is_added_below_it(reader, koffi, yao, beer):
    made = closed(koffi, today_of(koffi.bar), 0)
    factories.sale(koffi, {beer.pk: 1})

    page = reader(koffi).text(f"closes/{made.pk}")

    assert all(text in page for text in ("Ajouté après la clôture", "Vente tardive", f"+{xof(1000)}"))


def test_in_the_morning_last_night_is_closed(koffi, beer):
    yesterday = datetime.combine(today_of(koffi.bar) - timedelta(days=1), time(20), UTC)
    before = day_to_close(koffi.bar)["business_date"]
    factories.sale(koffi, {beer.pk: 1}, at=yesterday)
    after = day_to_close(koffi.bar)["business_date"]
    closed(koffi, after, 1000)

    assert (before, after) == (today_of(koffi.bar), yesterday.date())
    assert day_to_close(koffi.bar)["business_date"] == today_of(koffi.bar)


def test_the_evening_report_is_read_and_sent(reader, koffi, beer):
    factories.sale(koffi, {beer.pk: 3})

    page = reader(koffi).text("report")

    link = page.split('href="https://wa.me/?text=')[1].split('"')[0]
    assert f"*Recette : {xof(3000)}*".replace(" :", "\xa0:") in unquote(link)
    assert all(text in page for text in ("Beaufort", xof(3000), "Envoyer par WhatsApp"))


def test_expenses_are_summed_without_the_voided(reader, yao):
    spent = [
        spend(yao, Spending(uuid.uuid4(), category, 700, Expense.Payment.CASH, "Glace"), at=timezone.now()).expense
        for category in (Expense.Category.WATER, Expense.Category.TRANSPORT)
    ]
    void(yao, spent[0].pk, reason="Notée deux fois")
    owner = reader(yao)

    page, water = owner.text("expenses"), owner.text("expenses", category="water")

    assert f"Aujourd’hui\xa0: {xof(700)}" in page
    assert (page.count('data-opens="void"'), "Notée deux fois" in page) == (1, True)
    assert (str(spent[0].pk) in water, str(spent[1].pk) in water) == (True, False)


PAGES = (
    "tabs",
    "tabs/by-seller",
    "credits",
    "returns",
    "consignments",
    "close",
    "report",
    "expenses",
    "sales",
    "pending",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_nothing_on_it_says_what_to_do(page, reader, yao):
    text = reader(yao).text(page)

    assert 'class="nothing"' in text or "Aucune journée clôturée" in text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_however_much_is_on_it(page, reader, yao, bar, django_assert_max_num_queries):
    owner, counts = reader(yao), []
    for _ in range(2):
        fill_once(yao, factories.product(bar, f"Flag {uuid.uuid4().hex[:6]}"))
        with django_assert_max_num_queries(30) as captured:
            owner.text(page)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def fill_once(member, beer):
    """One of all that the pages list."""
    line = factories.sale(member, {beer.pk: 3}).lines.get()
    factories.returned(member, line)
    factories.kept(member, line)
    factories.sale_on(factories.tab(member), member, {beer.pk: 1})
    factories.sale(member, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client=f"Ama {beer.name}")
    waiter = factories.member(member.bar, f"w{uuid.uuid4().hex[:8]}", "waiter")
    factories.sale(waiter, {beer.pk: 1})
    spend(member, Spending(uuid.uuid4(), Expense.Category.WATER, 700, Expense.Payment.CASH, ""), at=timezone.now())
