from datetime import UTC, datetime, timedelta

import pytest

from tests import factories

EVENING = datetime(2026, 11, 20, 22, tzinfo=UTC)


@pytest.fixture
def manager(client, koffi):
    client.force_login(koffi.user)
    return client


def page_of(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_till_shows_what_can_be_sold_and_no_cost(manager, bar, beer, coke):
    beer.cost = "731.57"
    beer.save()

    page = page_of(manager, f"/bars/{bar.pk}/till")

    assert all(text in page for text in ("Beaufort", "24 en stock", "Coca", "12 en stock", 'data-since="'))
    assert "731.57" not in page
    assert "731,57" not in page


def test_a_name_is_text_whatever_it_holds(manager, bar):
    factories.product(bar, "</script><b>Bock</b>")

    page = page_of(manager, f"/bars/{bar.pk}/till")

    assert "<b>Bock" not in page
    assert "&lt;b&gt;Bock" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_history_costs_the_same_however_many_sales(count, manager, koffi, beer, django_assert_num_queries):
    for n in range(count):
        factories.sale(koffi, {beer.pk: 1}, at=EVENING + timedelta(minutes=n))

    with django_assert_num_queries(6 + 2 + 1 + 3 + 1):  # and the bell's, the chat's, the snapshot's, the team's
        page = page_of(manager, f"/bars/{koffi.bar_id}/sales")

    assert page.count('class="sale"') == count


def test_a_waiter_sees_own_sales_only(client, awa, koffi, beer, coke):
    factories.sale(koffi, {coke.pk: 1})
    factories.sale(awa, {beer.pk: 2})
    client.force_login(awa.user)

    page = page_of(client, f"/bars/{awa.bar_id}/sales")

    assert ("Beaufort" in page, "Coca" in page, "En attente" in page) == (True, False, True)


def test_the_next_page_goes_on_where_this_one_ends(manager, bar, koffi):
    beer = factories.product(bar, "Beaufort", stock=60)
    for n in range(51):
        factories.sale(koffi, {beer.pk: 1}, at=EVENING + timedelta(minutes=n))

    first = manager.get(f"/bars/{bar.pk}/sales")
    second = manager.get(f"/bars/{bar.pk}/sales", {"before": first.context["next"]})

    assert [len(page.context["sales"]) for page in (first, second)] == [50, 1]
    assert (second.context["sales"][0].occurred_at, second.context["next"]) == (EVENING, "")


def test_a_day_is_a_business_date(manager, bar, koffi, beer, coke):
    factories.sale(koffi, {beer.pk: 1}, at=datetime(2026, 11, 21, 2, tzinfo=UTC))
    factories.sale(koffi, {coke.pk: 1}, at=datetime(2026, 11, 21, 12, tzinfo=UTC))

    page = page_of(manager, f"/bars/{bar.pk}/sales?on=2026-11-20")

    assert ("Beaufort" in page, "Coca" in page, "Vendredi 20 novembre 2026" in page) == (True, False, True)


@pytest.mark.parametrize("query", ["on=2026-02-30", "on=yesterday", "before=x", "before=MjAyNi0xMS0yMCB4"])
def test_nonsense_in_the_address_is_said(query, manager, bar):
    response = manager.get(f"/bars/{bar.pk}/sales?{query}")

    assert response.status_code == 400
    assert "Cette adresse ne veut rien dire" in response.content.decode()
