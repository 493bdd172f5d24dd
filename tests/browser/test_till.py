"""The counter, tapped by a browser on the real servers."""

import json
import re

from playwright.sync_api import expect

from bars.models import Bar, Session
from sales.models import Sale, Tab
from stock.models import Product
from tests import factories
from tests.factories import PASSWORD, product

BEER = "[data-product]:has-text('Beaufort')"
CASH = "[data-pay=cash]"


def sold(page):
    """Waits until the server has answered for the last sale."""
    expect(page.locator(".toast")).to_contain_text(re.compile("Vendu|En attente"))


def all_sent(page):
    expect(page.locator("unsent-sales")).to_have_attribute("data-count", "0", timeout=30_000)


def sales():
    return list(Sale.objects.order_by("occurred_at").values_list("status", "payment", "total"))


def test_from_the_login_to_a_cash_beer_in_two_taps(visitor, koffi, beer):
    page = visitor.open("/")
    page.get_by_label("Nom d’utilisateur").fill("koffi")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").tap()
    page.get_by_role("link", name="Caisse").tap()
    page.locator("bar-till:defined").wait_for()
    taps = 0

    for target in (BEER, CASH):
        page.locator(target).tap()
        taps += 1
    expect(page.locator(".toast")).to_contain_text(re.compile(r"1\s000\sF\sCFA"))
    expect(page.locator(".toast")).to_contain_text("Vendu · Espèces")

    assert (taps, sales()) == (2, [("validated", "cash", 1000)])
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def test_a_double_tap_sells_once(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()

    page.locator(CASH).evaluate("(button) => { button.click(); button.click(); }")
    sold(page)
    page.locator(CASH).evaluate("(button) => button.click()")
    page.wait_for_timeout(300)

    assert sales() == [("validated", "cash", 1000)]


def test_a_waiters_sale_waits_for_the_manager(till, awa, beer):
    page = till(awa)

    page.locator(BEER).tap()
    page.locator("[data-pay=mobile_money]").tap()

    expect(page.locator(".toast")).to_contain_text("En attente du gérant · Mobile money")
    assert sales() == [("pending", "mobile_money", 1000)]


def test_what_another_till_sells_leaves_the_shelf_here(till, koffi, awa, beer, sell_by_api):
    page = till(koffi)
    expect(page.locator(BEER)).to_contain_text("24 en stock")

    sell_by_api(awa, beer, 20)
    expect(page.locator(BEER)).to_contain_text("Reste 4", timeout=1_000)

    sell_by_api(awa, beer, 4)
    expect(page.locator(BEER)).to_contain_text("Épuisé", timeout=1_000)
    expect(page.locator(BEER)).to_have_attribute("aria-disabled", "true")


def test_a_new_product_gets_a_tile_and_one_off_sale_loses_it(till, koffi, bar, beer):
    page = till(koffi)

    product(bar, "Flag", price=900)
    expect(page.locator("[data-product]:has-text('Flag')")).to_contain_text("900")

    Product.objects.filter(pk=beer.pk).update(is_active=False)
    expect(page.locator(BEER)).to_have_count(0)


def test_a_renamed_product_is_renamed_on_the_open_till(till, koffi, bar, beer):
    page = till(koffi)
    tile = page.locator(f"[data-product='{beer.pk}']")

    Product.objects.filter(pk=beer.pk).update(name="Flag", price=900)

    expect(tile).to_contain_text("Flag")
    expect(tile).to_contain_text("900")


def test_short_stock_keeps_the_basket_and_takes_what_is_left(till, koffi, beer, coke, sell_by_api):
    page = till(koffi)
    page.context.set_offline(True)  # the page doesn't hear of the sale elsewhere
    for _ in range(3):
        page.locator(BEER).tap()
    page.locator("[data-product]:has-text('Coca')").tap()
    sell_by_api(koffi, beer, 22)
    page.route("**/ws/", lambda route: route.abort())
    page.context.set_offline(False)

    page.locator(CASH).tap()

    notice = page.locator("sale-notice")
    expect(notice).to_contain_text("Beaufort : il en reste 2, le panier en compte 3.")
    expect(page.locator(".pay [data-total]").first).to_have_text(re.compile(r"3\s500"))
    notice.get_by_role("button", name="Prendre ce qui reste").tap()
    page.locator(CASH).tap()
    sold(page)
    assert sales()[1:] == [("validated", "cash", 2500)]


def test_a_refused_sale_waits_aside_while_the_next_client_is_served(till, koffi, beer, coke, sell_by_api):
    page = till(koffi)
    page.route("**/ws/", lambda route: route.abort())
    page.context.set_offline(True)  # the page doesn't hear of the sale elsewhere
    page.locator(BEER).tap()
    sell_by_api(koffi, beer, 24)
    page.context.set_offline(False)
    page.route("**/api/v1/bars/*/sales", lambda route: (page.wait_for_timeout(500), route.continue_()))

    page.locator(CASH).tap()
    page.locator("[data-product]:has-text('Coca')").tap()

    expect(page.locator("sale-notice")).to_contain_text("La vente précédente a été refusée")
    page.locator(CASH).tap()
    sold(page)
    page.locator("[data-unsent]").tap()
    page.get_by_role("button", name="Remettre dans le panier").tap()
    expect(page.locator(BEER).locator("[data-count]")).to_contain_text("1")
    assert sales()[1:] == [("validated", "cash", 500)]


def test_a_lost_answer_is_asked_for_again_and_sells_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose(route):
        lost.append(route.fetch().status)  # the server has sold, the phone never hears of it
        return route.abort()

    page.route("**/api/v1/bars/*/sales", lose)
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    sold(page)

    assert (lost, sales()) == ([201], [("validated", "cash", 1000)])
    expect(page.locator(BEER)).to_contain_text("23 en stock")


def test_a_reload_in_the_middle_of_a_sale_sells_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/v1/bars/*/sales", lose)
    page.route("**/api/v1/bars/*/sales/batch*", lambda route: route.abort())
    page.locator(BEER).tap()
    with page.expect_event("requestfailed"):
        page.locator(CASH).tap()
    page.unroute_all()
    page.reload()
    all_sent(page)

    assert (lost[0], sales()) == (201, [("validated", "cash", 1000)])
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def test_f30_a_sale_whose_answer_and_session_are_lost_is_sold_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        Session.objects.all().delete()  # whoever asks again gets 401
        return route.abort()

    page.route("**/api/v1/bars/*/sales", lose)
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    page.get_by_label("Nom d’utilisateur").fill("koffi")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").tap()
    page.locator("bar-till:defined").wait_for()
    all_sent(page)

    assert (lost, sales()) == ([201], [("validated", "cash", 1000)])


def test_a_basket_that_has_sold_elsewhere_is_told_of_and_sells_again_only_at_a_new_tap(till, koffi, beer, coke):
    page = till(koffi)
    page.locator(BEER).tap()
    kept = page.evaluate("Object.entries(sessionStorage)")
    page.locator(CASH).tap()
    sold(page)
    page.add_init_script(f"{json.dumps(kept)}.forEach(([name, text]) => sessionStorage.setItem(name, text))")
    page.reload()  # as a duplicated tab: the same basket, the same key
    expect(page.locator(CASH)).to_be_enabled()  # the kept basket is back

    page.locator("[data-product]:has-text('Coca')").tap()
    page.locator(CASH).tap()
    expect(page.locator("sale-notice")).to_contain_text("Déjà vendu.")
    assert len(sales()) == 1
    page.locator(CASH).tap()
    sold(page)

    assert sales() == [("validated", "cash", 1000), ("validated", "cash", 1500)]


def test_a_sale_is_undone_from_its_toast(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    sold(page)

    page.get_by_role("button", name="Annuler").tap()

    expect(page.locator(".toast")).to_contain_text("Annulé")
    expect(page.locator(BEER)).to_contain_text("24 en stock")
    assert sales() == [("cancelled", "cash", 1000)]


def test_the_same_round_again_takes_two_taps(till, koffi, beer, coke):
    page = till(koffi)
    for drink in (BEER, BEER, "[data-product]:has-text('Coca')", CASH):
        page.locator(drink).tap()
    sold(page)
    page.get_by_role("button", name="Fermer").last.tap()

    page.get_by_role("button", name="Même tournée").tap()
    page.locator(CASH).tap()
    sold(page)

    assert sales() == [("validated", "cash", 2500)] * 2


def test_a_sale_goes_on_a_new_tab_and_on_an_open_one(till, koffi, beer):
    page = till(koffi)

    def on_tab():
        page.locator(BEER).tap()
        page.get_by_role("button", name="Voir le panier").tap()
        page.locator("[data-pay=tab]").tap()

    on_tab()
    page.get_by_placeholder("Client ou table").fill("Table 4")
    page.get_by_role("button", name="Ouvrir et vendre").tap()
    sold(page)
    page.get_by_role("button", name="Fermer").last.tap()
    on_tab()
    page.get_by_role("button", name="Table 4").tap()
    sold(page)

    assert list(Tab.objects.values_list("name", "status")) == [("Table 4", "open")]
    assert set(Sale.objects.values_list("payment", "tab__name")) == {("tab", "Table 4")}
    assert len(sales()) == 2


def test_on_the_one_device_of_a_bar_the_manager_picks_who_has_sold(till, koffi, awa, beer, bar):
    Bar.objects.filter(pk=bar.pk).update(mode=Bar.Mode.SIMPLIFIED)
    page = till(koffi)

    page.get_by_text("Awa", exact=True).tap()
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    sold(page)

    assert list(Sale.objects.values_list("sold_by__username", "created_by__username")) == [("awa", "koffi")]


def test_a_reload_keeps_the_basket(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()
    page.locator(BEER).tap()

    page.reload()

    expect(page.locator(BEER).locator("[data-count]")).to_contain_text("2")
    page.locator(CASH).tap()
    sold(page)
    assert sales() == [("validated", "cash", 2000)]


def test_a_keyboard_finds_and_sells(till, koffi, beer, coke):
    page = till(koffi, viewport={"width": 1280, "height": 800})

    page.keyboard.press("/")
    page.keyboard.type("béau")
    expect(page.locator("[data-product]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.locator(CASH).focus()
    page.keyboard.press("Enter")
    sold(page)

    assert sales() == [("validated", "cash", 1000)]
    expect(page.locator(CASH)).to_be_focused()


def test_every_target_of_the_till_is_56_pixels(till, koffi, beer, coke):
    page = till(koffi)
    page.locator(BEER).tap()
    page.get_by_role("button", name="Voir le panier").tap()

    boxes = [button.bounding_box() for button in page.locator("bar-till button:visible").all()]

    assert len(boxes) > 8
    assert [box for box in boxes if min(box["width"], box["height"]) < 56] == []


def test_drinks_are_added_to_the_tab_that_one_comes_from(visitor, koffi, beer, bar):
    open_tab = factories.tab(koffi, "Table 4")
    page = visitor.open(f"/bars/{bar.pk}/tabs/{open_tab.pk}", koffi)
    page.get_by_role("link", name="Ajouter des boissons").tap()
    page.locator("live-status[data-status=live]").wait_for()

    page.locator(BEER).tap()
    page.get_by_role("button", name="Voir le panier").tap()
    page.locator("[data-pay=tab]").tap()
    sold(page)

    assert list(Sale.objects.values_list("payment", "tab")) == [("tab", open_tab.pk)]
