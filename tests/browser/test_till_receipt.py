"""The receipt of what was just sold, where a bar tries that."""

import re

from playwright.sync_api import expect

from realtime.models import Feature
from sales.models import Sale
from sales.receipts import receipt_of
from sales.views.till import TILL_RECEIPT
from tests.browser.test_till import BEER, CASH, sold

RECEIPT = ".toast [data-verb=receipt]"
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def sell(page):
    page.locator(BEER).tap()
    page.locator(CASH).tap()


def test_what_has_sold_opens_its_receipt_and_its_link_is_copied_where_nothing_can_share(till, koffi, beer, bar):
    Feature.objects.create(name=TILL_RECEIPT, keys=[bar.pk])
    page = till(koffi, **CLIPBOARD)

    sell(page)
    expect(page.locator(RECEIPT)).to_have_text("Ticket")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(RECEIPT).tap()
    sale = Sale.objects.get()
    expect(page).to_have_url(re.compile(f"/bars/{bar.pk}/sales/{sale.pk}/receipt$"))
    expect(page.locator("share-text [data-share]")).to_be_hidden()
    page.get_by_role("button", name="Copier le lien").tap()

    expect(page.locator("#toasts .toast")).to_contain_text("Lien copié.")
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/receipts/{receipt_of(sale.pk)}")


def test_the_receipt_of_a_sale_that_waits_comes_when_the_network_is_back(till, koffi, beer, bar):
    Feature.objects.create(name=TILL_RECEIPT, keys=[bar.pk])
    page = till(koffi)
    page.context.set_offline(True)

    sell(page)
    expect(page.locator(RECEIPT)).to_have_text("Ticket au retour du réseau")
    expect(page.locator(RECEIPT)).to_be_disabled()
    page.context.set_offline(False)

    expect(page.locator(RECEIPT)).to_have_text("Ticket")
    expect(page.locator(RECEIPT)).to_be_enabled()


def test_a_bar_that_does_not_try_it_sells_as_before(till, koffi, beer):
    page = till(koffi)

    sell(page)
    sold(page)

    expect(page.locator(RECEIPT)).to_have_count(0)
