"""What the till shows to whom."""

import json
import re

import pytest

from bars.models import Bar
from realtime.features import lot
from realtime.models import Feature
from sales.views.till import TILL_RECEIPT
from tests import factories


def part(page, name):
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page).group(1))


@pytest.fixture
def page(client, bar):
    def read(member):
        client.force_login(member.user)
        return client.get(f"/bars/{bar.pk}/till").content.decode()

    return read


def test_what_sells_most_comes_first_and_the_rest_stays_as_on_the_shelf(page, koffi, bar):
    drinks = [factories.product(bar, f"Drink {number:02}") for number in range(12)]
    before = [row["name"] for row in part(page(koffi), "shelf")]
    for drink in (drinks[11], drinks[9]):
        factories.sale(koffi, {drink.pk: 1})

    after = [row["name"] for row in part(page(koffi), "shelf")]

    assert before == [drink.name for drink in drinks]
    assert after[:3] == ["Drink 09", "Drink 11", "Drink 00"]


def test_open_tabs_can_be_chosen_and_settled_or_others_tabs_can_not(page, koffi, zoe):
    factories.tab(koffi, "Table 4")
    factories.tab(zoe, "Table of Zoé")

    assert [tab["name"] for tab in part(page(koffi), "open-tabs")] == ["Table 4"]


@pytest.mark.parametrize(("mode", "is_shown"), [("simplified", True), ("full", False)])
def test_the_names_of_the_team_are_on_the_one_device_of_a_bar_only(mode, is_shown, page, koffi, awa):
    Bar.objects.filter(pk=koffi.bar_id).update(mode=mode)
    koffi.bar.refresh_from_db()

    assert (f'value="{awa.user_id}"' in page(koffi)) == is_shown


def test_a_waiters_till_shows_no_cost_and_no_team(page, awa, koffi, beer):
    text = page(awa)

    assert "cost" not in json.dumps(part(text, "shelf"))
    assert str(koffi.user_id) not in text


def test_a_discount_can_be_given_by_who_may_within_the_bars_limit_only(page, awa, koffi, bar):
    def told(member):
        text = page(member)
        return re.findall(r'data-discount-limit="(\d+)"', text), "<discount-field" in text, "Remise" in text

    Bar.objects.filter(pk=bar.pk).update(discount_limit=15)
    assert [told(awa), told(koffi)] == [([], False, False), (["15"], True, True)]

    Bar.objects.filter(pk=bar.pk).update(discount_limit=0)
    assert told(koffi) == ([], False, False)


def test_the_receipt_is_tried_in_a_share_of_the_bars(page, koffi, bar):
    def is_offered(share):
        Feature.objects.update_or_create(name=TILL_RECEIPT, defaults={"share": share})
        return 'data-verb="receipt"' in page(koffi)

    mine = lot(TILL_RECEIPT, bar.pk)

    assert 'data-verb="receipt"' not in page(koffi)
    assert [is_offered(mine), is_offered(mine + 1)] == [False, True]  # of 100, those before it and then it too


def test_who_owes_is_proposed_to_those_who_see_all_sales(page, awa, koffi):
    assert ["credits/by-client" in page(one) for one in (awa, koffi)] == [False, True]
    assert 'name="client"' in page(awa)
