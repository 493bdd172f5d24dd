"""Receipts: for who sold, and by a link for the client, who sees the ticket and nothing else."""

import uuid

import pytest
from django.test import Client

from realtime.rate import limiter
from sales.receipts import receipt_of, reference_of, sale_of_receipt
from sales.services.deciding import cancel
from tests import factories


@pytest.fixture
def sale(koffi, beer, coke):
    beer.cost = "731.5739"
    beer.save()
    return factories.sale(koffi, {beer.pk: 2, coke.pk: 1}, discount=100)


@pytest.fixture
def clients():
    """Who has the link, and no account."""
    return lambda sale: Client().get(f"/receipts/{receipt_of(sale.pk)}")


def test_a_client_sees_the_ticket(clients, sale, bar):
    page = clients(sale).content.decode()

    assert all(text in page for text in (bar.name, reference_of(sale.pk), "Beaufort", "Coca", "2\u202f000", "Espèces"))
    assert "-100" in page


def test_a_client_is_told_no_cost_no_name_of_people_and_no_id(clients, sale, koffi):
    page = clients(sale).content.decode()

    hidden = ["731.57", "731,57", "koffi", "Koffi", str(koffi.user_id), str(koffi.bar_id), str(sale.pk), str(sale.key)]
    assert [text for text in hidden if text in page] == []


def test_a_cancelled_sale_says_so(clients, sale, yao):
    before = clients(sale).content.decode()
    cancel(yao, sale.pk, reason="so it is")
    after = clients(sale).content.decode()

    assert ["ANNULÉE" in page for page in (before, after)] == [False, True]
    assert ["Cette vente ne compte pas" in page for page in (before, after)] == [False, True]


def test_nobody_guesses_a_receipt(sale):
    good = receipt_of(sale.pk)
    packed, _, signature = good.partition(".")
    other = receipt_of(uuid.uuid4()).partition(".")[0]
    bad = [
        packed,
        f"{packed}.",
        f"{packed}.{signature[:-1]}",
        f"{other}.{signature}",
        str(sale.pk),
        "x",
        "é.é",
        "." * 50,
    ]

    assert [Client().get(f"/receipts/{receipt}").status_code for receipt in bad] == [404] * len(bad)
    assert sale_of_receipt(good) == sale.pk


@pytest.mark.django_db
def test_a_signed_sale_that_is_not_there_is_404():
    assert Client().get(f"/receipts/{receipt_of(uuid.uuid4())}").status_code == 404


def test_a_receipt_is_not_for_search_engines_nor_for_caches(clients, sale):
    answer = clients(sale)

    assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "private, no-store")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_who_opens_receipts_all_the_time_waits(clients, sale, settings, monkeypatch):
    settings.RATE_LIMIT = 3
    taken = []
    take = limiter.take
    monkeypatch.setattr(limiter, "take", lambda who, limit: taken.append(who) or take(f"{who}.{sale.pk}", limit))

    answers = [clients(sale) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3]["Retry-After"]) > 0
    assert set(taken) == {"address.127.0.0.1"}


def test_who_sold_gets_the_ticket_and_the_link(client, sale, koffi):
    client.force_login(koffi.user)

    page = client.get(f"/bars/{koffi.bar_id}/sales/{sale.pk}/receipt").content.decode()

    assert f"http://testserver/receipts/{receipt_of(sale.pk)}" in page
    assert [cost for cost in ("731.57", "731,57") if cost in page] == []
