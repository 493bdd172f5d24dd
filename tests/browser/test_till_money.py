"""Credit and discounts at the till, and a browser that won't promise to keep what is unsent."""

import re

from playwright.sync_api import expect

from bars.models import Bar
from sales.models import Sale
from tests.browser.test_till import BEER, CASH, all_sent, sold
from tests.browser.test_till_offline import sell
from tests.factories import sale

REFUSES_TO_KEEP = "navigator.storage.persist = async () => false"


def on_credit(page):
    page.locator("[data-verb=unfold]").tap()
    page.locator("[data-pay=tab]").tap()
    return page.locator("credit-form")


def test_a_beer_is_sold_on_credit_on_a_name_that_owes_already_and_without_network_on_a_typed_one(till, koffi, beer):
    sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Ibrahim")
    page = till(koffi)
    page.locator(BEER).tap()
    form = on_credit(page)
    form.get_by_label("À crédit, au nom de").tap()
    expect(form.locator("option")).to_have_attribute("value", "Ibrahim")
    form.get_by_label("À crédit, au nom de").fill("Ibrahim")
    heights = [form.locator(part).bounding_box()["height"] for part in ("input", "button")]
    form.get_by_role("button", name="Vendre à crédit").tap()
    sold(page)
    expect(page.locator(".toast")).to_contain_text("À crédit")

    page.context.set_offline(True)
    page.locator(BEER).tap()
    form = on_credit(page)
    form.get_by_label("À crédit, au nom de").fill(" Fatou ")
    form.get_by_role("button", name="Vendre à crédit").tap()
    expect(page.locator(".toast")).to_contain_text("Gardé, à envoyer")
    page.context.set_offline(False)
    all_sent(page)

    owed = list(Sale.objects.order_by("id").values_list("payment", "client", "paid_with", "total"))
    assert owed == [("credit", client, None, 1000) for client in ("Ibrahim", "Ibrahim", "Fatou")]
    assert min(heights) >= 56


def test_a_discount_is_refused_over_the_limit_sold_within_it_and_gone_with_the_next_client(till, koffi, beer):
    Bar.objects.filter(pk=koffi.bar_id).update(discount_limit=10)
    page = till(koffi)
    page.locator(BEER).tap()
    page.locator("[data-verb=unfold]").tap()
    field = page.get_by_label("Remise")
    expect(page.locator("[data-most]")).to_have_text(re.compile(r"Au plus 100\sF\sCFA"))
    field.fill("101")
    page.locator(CASH).tap()
    expect(page.locator("sale-notice")).to_contain_text("La remise dépasse")
    assert Sale.objects.count() == 0

    field.fill("100")
    expect(page.locator("sale-notice")).to_be_hidden()
    expect(page.locator(".pay [data-total]")).to_have_text(re.compile(r"^900\s"))
    page.context.set_offline(True)
    page.locator(CASH).tap()
    expect(page.locator(".toast")).to_contain_text("Gardé, à envoyer")
    page.context.set_offline(False)
    all_sent(page)
    sell(page)
    all_sent(page)

    expect(field).to_have_value("")
    told = Sale.objects.order_by("id").values_list("status", "discount", "total")
    assert list(told) == [("validated", 100, 900), ("validated", 0, 1000)]


def test_a_browser_that_may_clear_unsent_sales_says_so_once_while_there_are_some(visitor, koffi, beer, bar):
    context = visitor.context(koffi)
    context.add_init_script(REFUSES_TO_KEEP)
    page = context.new_page()
    page.goto(f"/bars/{bar.pk}/till")
    page.locator("live-status[data-status=live]").wait_for()
    note = page.locator("[data-clearable]")
    expect(note).to_be_hidden()

    context.set_offline(True)
    sell(page)
    expect(note).to_be_visible()
    expect(note).to_contain_text("ventes pas encore envoyées")
    context.set_offline(False)
    all_sent(page)
    expect(note).to_be_hidden()
    context.set_offline(True)
    sell(page)
    page.wait_for_timeout(3_500)
    expect(note).to_be_hidden()
