"""The counter, tapped by a browser on the real servers."""

import json
import re

from playwright.sync_api import expect

from bars.models import Session
from sales.models import Sale
from stock.models import Product
from tests.factories import PASSWORD, product

BEER = "[data-product]:has-text('Beaufort')"
CASH = "[data-pay=cash]"


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

    assert (taps, sales()) == (2, [("validated", "cash", 1000)])
    expect(page.locator(".toast")).to_contain_text("Vendu · Espèces")
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def test_a_double_tap_sells_once(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()

    page.locator(CASH).evaluate("(button) => { button.click(); button.click(); }")
    page.locator(".toast").wait_for()
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
    page.locator(".toast").wait_for()
    assert sales()[1:] == [("validated", "cash", 2500)]


def test_a_lost_answer_is_asked_for_again_and_sells_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose_the_first(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)  # the server has sold, the phone never hears of it
        return route.abort()

    page.route("**/api/v1/bars/*/sales", lose_the_first)
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    page.locator(".toast").wait_for()

    assert (lost, sales()) == ([201], [("validated", "cash", 1000)])
    expect(page.locator(BEER)).to_contain_text("23 en stock")


def test_a_reload_in_the_middle_of_a_sale_sells_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/v1/bars/*/sales", lose)
    page.locator(BEER).tap()
    with page.expect_event("requestfailed"):
        page.locator(CASH).tap()
    page.unroute_all()
    page.reload()
    page.locator(".toast").wait_for()

    assert (lost[0], sales()) == (201, [("validated", "cash", 1000)])
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def test_a_sale_whose_answer_and_session_are_lost_is_sold_once(till, koffi, beer):
    page = till(koffi)
    lost = []

    def lose_the_first(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        Session.objects.all().delete()  # the second attempt gets 401
        return route.abort()

    page.route("**/api/v1/bars/*/sales", lose_the_first)
    page.locator(BEER).tap()
    page.locator(CASH).tap()
    page.get_by_label("Nom d’utilisateur").fill("koffi")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").tap()
    page.locator(".toast").wait_for()

    assert (lost, sales()) == ([201], [("validated", "cash", 1000)])
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def test_a_basket_that_has_sold_elsewhere_is_told_of_and_sells_again_only_at_a_new_tap(till, koffi, beer, coke):
    page = till(koffi)
    page.locator(BEER).tap()
    kept = page.evaluate("Object.entries(sessionStorage)")
    page.locator(CASH).tap()
    page.locator(".toast").wait_for()
    page.add_init_script(f"{json.dumps(kept)}.forEach(([name, text]) => sessionStorage.setItem(name, text))")
    page.reload()  # as a duplicated tab: the same basket, the same key
    expect(page.locator(CASH)).to_be_enabled()  # the kept basket is back

    page.locator("[data-product]:has-text('Coca')").tap()
    page.locator(CASH).tap()
    expect(page.locator("sale-notice")).to_contain_text("Déjà vendu.")
    assert len(sales()) == 1
    page.locator(CASH).tap()
    page.locator(".toast").wait_for()

    assert sales() == [("validated", "cash", 1000), ("validated", "cash", 1500)]


def test_without_network_the_basket_is_kept_and_sold_later_once(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()
    page.context.set_offline(True)

    page.locator(CASH).tap()
    expect(page.locator("sale-notice")).to_contain_text("Le panier est gardé", timeout=15_000)
    assert sales() == []
    page.context.set_offline(False)
    page.get_by_role("button", name="Réessayer").tap()
    page.locator(".toast").wait_for()

    assert sales() == [("validated", "cash", 1000)]


def test_a_reload_keeps_the_basket(till, koffi, beer):
    page = till(koffi)
    page.locator(BEER).tap()
    page.locator(BEER).tap()

    page.reload()

    expect(page.locator(BEER).locator("[data-count]")).to_contain_text("2")
    page.locator(CASH).tap()
    page.locator(".toast").wait_for()
    assert sales() == [("validated", "cash", 2000)]


def test_a_keyboard_finds_and_sells(till, koffi, beer, coke):
    page = till(koffi, viewport={"width": 1280, "height": 800})

    page.keyboard.press("/")
    page.keyboard.type("béau")
    expect(page.locator("[data-product]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.locator(CASH).focus()
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()

    assert sales() == [("validated", "cash", 1000)]
    expect(page.locator(CASH)).to_be_focused()


def test_every_target_of_the_till_is_56_pixels(till, koffi, beer, coke):
    page = till(koffi)
    page.locator(BEER).tap()
    page.get_by_role("button", name="Voir le panier").tap()

    boxes = [button.bounding_box() for button in page.locator("bar-till button:visible").all()]

    assert len(boxes) > 8
    assert [box for box in boxes if min(box["width"], box["height"]) < 56] == []
