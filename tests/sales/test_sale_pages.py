"""The pages of the history and of one sale: what is shown to whom, and which steps are offered."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bars.money import format_money
from sales.models import Sale
from sales.services.deciding import UNDO_WITHIN, cancel, reject, validate
from sales.services.expiring import expire_sales_of
from sales.services.selling import sell
from tests import factories

STEPS = {"undo", "reject", "cancel", "settle", "take-back", "keep"}  # sheets
AT_ONCE = {"validate", "verify"}  # without one


class Reader:
    """Somebody who reads pages of a bar."""

    def __init__(self, client, member):
        client.force_login(member.user)
        self.client, self.bar_id = client, member.bar_id

    def get(self, path, **query):
        return self.client.get(f"/bars/{self.bar_id}/{path}", query)

    def text(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status_code == 200, path
        return answer.content.decode()


@pytest.fixture
def reader(client):
    return lambda member: Reader(client, member)


def steps_in(page):
    """Which steps a sale's page offers."""
    sheets = {name for name in STEPS if f'<dialog class="sheet" id="{name}"' in page}
    return sheets | {name for name in AT_ONCE if re.search(rf'data-url="[^"]*/{name}"', page)}


@pytest.fixture
def old(koffi, beer):
    """Sold by a manager longer ago than it could be undone."""
    return factories.sale(koffi, {beer.pk: 2}, at=timezone.now() - UNDO_WITHIN - timedelta(minutes=1))


@pytest.fixture
def waiting(awa, beer):
    return factories.sale(awa, {beer.pk: 1})


# One sale


def test_a_sale_shows_its_lines_its_people_and_what_was_decided(reader, koffi, awa, beer, coke):
    sale = factories.sale(awa, {beer.pk: 2, coke.pk: 1})
    reject(koffi, sale.pk, reason="Tapée deux fois")

    page = reader(koffi).text(f"sales/{sale.pk}")

    assert all(
        text in page for text in ("2&nbsp;×&nbsp;Beaufort", "1&nbsp;×&nbsp;Coca", format_money(2500, "XOF", "fr"))
    )
    assert all(text in page for text in ("Vendue par Awa", "Refusée · Koffi", "Tapée deux fois"))


def test_a_sale_shows_nobody_what_it_cost(reader, koffi, awa, bar):
    beer = factories.product(bar, "Flag", cost="731.57")
    sale = factories.sale(awa, {beer.pk: 1})

    pages = [reader(member).text(f"sales/{sale.pk}") for member in (koffi, awa)]

    assert [text for page in pages for text in ("731.57", "731,57") if text in page] == []


@pytest.mark.parametrize(
    ("who", "steps"),
    [("awa", {"undo"}), ("koffi", {"validate", "reject"}), ("yao", {"validate", "reject"})],
)
def test_of_a_waiting_sale_each_is_offered_what_they_may_do(who, steps, reader, waiting, request):
    page = reader(request.getfixturevalue(who)).text(f"sales/{waiting.pk}")

    assert steps_in(page) == steps


@pytest.mark.parametrize(("who", "steps"), [("koffi", {"take-back", "keep"}), ("yao", {"cancel", "take-back", "keep"})])
def test_of_a_validated_sale_each_is_offered_what_they_may_do(who, steps, reader, old, request):
    assert steps_in(reader(request.getfixturevalue(who)).text(f"sales/{old.pk}")) == steps


def test_an_own_sale_can_be_undone_for_ten_minutes(reader, koffi, old, beer):
    fresh = factories.sale(koffi, {beer.pk: 1})

    offered = ["undo" in steps_in(reader(koffi).text(f"sales/{sale.pk}")) for sale in (fresh, old)]

    assert offered == [True, False]


def test_a_waiter_asks_for_a_return_of_an_own_sale(reader, awa, koffi, beer):
    sale = factories.sale(awa, {beer.pk: 1})
    validate(koffi, sale.pk)

    page = reader(awa).text(f"sales/{sale.pk}")

    assert steps_in(page) == {"undo", "take-back"}
    assert ("Demander un retour" in page, 'name="refunds"' in page) == (True, False)


def test_what_hangs_on_a_sale_ties_it_and_takes_from_what_is_left(reader, yao, koffi, old):
    line = old.lines.get()
    factories.returned(koffi, line)
    factories.kept(koffi, line)

    page = reader(yao).text(f"sales/{old.pk}")

    assert steps_in(page) == {"take-back", "keep"}  # of other lines: none is left here
    assert page.count('data-opens="take-back"') == 0
    assert all(text in page for text in ("reste 0", "Erreur de commande", "gardé pour Ibrahim"))


def test_a_waiter_reads_no_clients_name_on_what_is_kept(reader, awa, koffi, beer):
    sale = factories.sale(awa, {beer.pk: 2})
    validate(koffi, sale.pk)
    factories.kept(koffi, sale.lines.get(), phone="07 08 09")

    page = reader(awa).text(f"sales/{sale.pk}")

    assert ("Ibrahim" in page, "07 08 09" in page, "gardé pour le client" in page) == (False, False, True)


def test_only_an_owner_is_offered_to_revive(reader, koffi, yao, awa, beer):
    sale = factories.sale(awa, {beer.pk: 1})
    expire_sales_of(awa.bar_id, timezone.now() + timedelta(days=2))

    pages = [reader(member).text(f"sales/{sale.pk}") for member in (koffi, yao)]

    assert [steps_in(page) for page in pages] == [set(), {"validate"}]
    assert "Rétablir cette vente" in pages[1]
    assert "Personne n’a décidé avant la fin de la journée" in pages[0]


def test_mobile_money_is_verified_and_a_credit_cashed_in(reader, koffi, beer):
    mobile = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY, reference="OM-1")
    credit = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Ama")

    offered = [steps_in(reader(koffi).text(f"sales/{sale.pk}")) for sale in (mobile, credit)]

    assert offered == [{"undo", "verify", "take-back", "keep"}, {"undo", "settle", "take-back"}]


def test_a_cancelled_sale_offers_nothing(reader, yao, old):
    cancel(yao, old.pk, reason="so it is")

    assert steps_in(reader(yao).text(f"sales/{old.pk}")) == set()


def test_a_waiters_own_sale_and_no_other_is_found(reader, awa, koffi, beer, zoe):
    own, others = factories.sale(awa, {beer.pk: 1}), factories.sale(koffi, {beer.pk: 1})
    foreign = factories.sale(zoe, {factories.product(zoe.bar, "Heineken").pk: 1})
    paths = [f"sales/{sale.pk}{end}" for sale in (own, others, foreign) for end in ("", "/receipt")]

    assert [reader(awa).get(path).status_code for path in paths] == [200, 200, 404, 404, 404, 404]


def test_from_a_sale_one_goes_to_its_neighbours_that_one_may_see(reader, awa, koffi, beer):
    now = timezone.now() - timedelta(hours=1)
    first, others, last = [
        factories.sale(member, {beer.pk: 1}, at=now + timedelta(minutes=n))
        for n, member in enumerate((awa, koffi, awa))
    ]

    page = reader(awa).text(f"sales/{first.pk}")

    assert f'rel="prev" href="/bars/{awa.bar_id}/sales/{last.pk}"' in page
    assert (str(others.pk) in page, 'rel="next"' in page) == (False, False)


@pytest.mark.parametrize("lines", [1, 3])
def test_a_sale_costs_the_same_however_many_lines(lines, reader, koffi, bar, django_assert_max_num_queries):
    products = [factories.product(bar, f"Beer {n}") for n in range(lines)]
    sale = factories.sale(koffi, {product.pk: 2 for product in products})
    for line in sale.lines.all():
        factories.returned(koffi, line)
        factories.kept(koffi, line)
    manager = reader(koffi)

    with django_assert_max_num_queries(25):
        page = manager.text(f"sales/{sale.pk}")

    assert page.count("gardé pour Ibrahim") == lines


def test_a_name_is_text_wherever_it_shows(reader, koffi, yao, bar):
    beer = factories.product(bar, "<b>Bock</b>")
    tab = factories.tab(koffi, "<b>Table</b>")
    factories.sale_on(tab, koffi, {beer.pk: 1})
    sale = factories.sale(koffi, {beer.pk: 2}, payment=Sale.Payment.CREDIT, client="<b>Ama</b>")
    factories.returned(koffi, sale.lines.get(), note="<b>note</b>")
    paid = factories.sale(koffi, {beer.pk: 1})
    factories.kept(koffi, paid.lines.get(), client="<b>Kodjo</b>")

    pages = [
        reader(yao).text(path)
        for path in ("sales", f"sales/{sale.pk}", f"sales/{sale.pk}/receipt", "tabs", f"tabs/{tab.pk}",
                     "tabs/by-seller", "credits", "credits?client=Ama", "returns", "consignments", "report", "close")
    ]  # fmt: skip

    assert [page for page in pages if re.search("<b>(Bock|Table|Ama|note|Kodjo)", page)] == []
    assert sum("&lt;b&gt;" in page for page in pages) == len(pages) - 1  # all but the close


# The list


def shown(page):
    return re.findall(r'<li data-key="([^"]+)">', page)


def test_the_history_is_filtered_by_status_payment_and_seller(reader, koffi, awa, beer):
    cash = factories.sale(koffi, {beer.pk: 1})
    card = factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CARD)
    waiting = factories.sale(awa, {beer.pk: 1})
    manager = reader(koffi)

    found = [
        shown(manager.text("sales", **query))
        for query in ({"status": "pending"}, {"payment": "card"}, {"seller": str(awa.user_id)}, {"status": "validated"})
    ]

    assert found == [[str(waiting.pk)], [str(card.pk)], [str(waiting.pk)], [str(card.pk), str(cash.pk)]]


def test_a_filter_stays_while_going_on(reader, koffi, bar):
    beer = factories.product(bar, "Flag", stock=99)
    for _ in range(51):
        factories.sale(koffi, {beer.pk: 1})

    page = reader(koffi).text("sales", status="validated")

    assert re.search(r'rel="next" href="\?status=validated&amp;before=[\w-]+"', page)


@pytest.mark.parametrize("query", ["status=gone", "payment=gold", "seller=me", "on=2026-02-30"])
def test_a_filter_that_is_none_is_said(query, reader, koffi):
    assert reader(koffi).get(f"sales?{query}").status_code == 400


def test_a_waiter_filters_own_sales_and_hears_of_no_seller(reader, awa, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    own = factories.sale(awa, {beer.pk: 1})

    page = reader(awa).text("sales", seller=str(koffi.user_id))
    mine = reader(awa).text("sales")

    assert (shown(page), shown(mine)) == ([], [str(own.pk)])
    assert ('name="seller"' in mine, "Koffi" in mine) == (False, False)


# What a phone has brought late


@pytest.fixture
def late(koffi, bar):
    """Sold without network: more than there is, at a price that never was."""
    beer = factories.product(bar, "Flag", price=800, stock=2)
    now = timezone.now()
    return sell(koffi, factories.basket({beer.pk: 5}, prices={beer.pk: 1}).kept_since(now), at=now).sale


def test_what_speaks_against_a_sale_is_said_to_who_decides(reader, koffi, late):
    page = reader(koffi).text(f"sales/{late.pk}")

    assert "Flag : vendu 5, mais le stock dit 2" in page.replace("\xa0", " ")
    assert "Flag a été vendu à 1" in page
    assert {"validate", "reject"} <= steps_in(page)


def test_stock_that_was_put_right_is_said_too(reader, koffi, yao, late):
    factories.supply(koffi, late.lines.get().product)

    page = reader(koffi).text(f"sales/{late.pk}")

    assert "il y en a assez maintenant (26)" in page
