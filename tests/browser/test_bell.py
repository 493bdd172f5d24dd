"""The bell: what somebody should look at, counted on every page and on every device."""

import json
import re
import signal

import httpx
import pytest
from playwright.sync_api import expect

from realtime.notifications import notify
from tests.factories import bearer
from tests.stack import end

LIVE = "live-status[data-status=live]"
WITHIN = 1_000  # ms
LOW = 21  # of 24 beers: below the threshold
XSS = '<img src=x onerror="window.wasHit = true">'

ALERT = """async (text) => {
  const { SystemAlert } = await import(document.querySelector("link[href*=system_alert]").href);
  new SystemAlert(document.querySelector("notice-bell")).show({ level: "warning", text });
}"""


def count(page):
    return page.locator(".bell [data-count]")


def rows(page):
    return page.locator("[data-list] > .notice-row")


@pytest.fixture
def page(visitor, bar, koffi, beer):
    """The manager's evening on one device."""
    page = visitor.open(f"/bars/{bar.pk}/tonight", koffi)
    page.locator(LIVE).wait_for()
    return page


@pytest.fixture
def sell_low(sell_by_api, beer):
    """Somebody sells, elsewhere, so much that the beer runs low."""
    return lambda member: sell_by_api(member, beer, LOW)


@pytest.mark.parametrize("mode", ["WebSocket", "SSE", "Toutes les 5 s"])
def test_a_low_stock_from_a_sale_elsewhere_rings_within_a_second(mode, page, koffi, sell_low):
    page.get_by_text(mode, exact=True).tap()
    status = "polling" if mode == "Toutes les 5 s" else "live"
    page.locator(f"live-status[data-status={status}]").wait_for()
    expect(count(page)).to_be_hidden()

    sell_low(koffi)
    expect(count(page)).to_have_text("1", timeout=WITHIN)

    page.locator(".bell").click()
    expect(rows(page)).to_contain_text([re.compile(r"Beaufort\s: plus que 3")])
    assert page.get_by_role("button", name=re.compile("1 non lue")).count() == 1


def test_what_is_read_on_one_device_is_read_on_the_other(visitor, page, awa, koffi, sell_low):
    sell_low(awa)
    other = visitor.open("/bars/", koffi)
    for device in (page, other):
        expect(count(device)).to_have_text("2")

    page.locator(".bell").click()
    rows(page).filter(has_text="1 vente à valider").get_by_role("button", name="Marquer comme lu").click()
    expect(count(other)).to_have_text("1", timeout=WITHIN)
    page.get_by_role("button", name="Tout marquer lu").click()

    expect(count(other)).to_be_hidden(timeout=WITHIN)
    expect(count(page)).to_be_hidden()


def test_a_waiter_hears_nothing_of_stock_and_of_others_sales(visitor, page, awa, koffi, sell_low):
    waiter = visitor.open(f"/bars/{awa.bar_id}/till", awa)
    waiter.locator(LIVE).wait_for()

    sell_low(koffi)
    expect(count(page)).to_have_text("1")

    expect(waiter.locator("product-grid")).to_contain_text("Reste 3")
    expect(count(waiter)).to_be_hidden()


def test_the_keyboard_opens_the_sheet_deletes_with_an_undo_and_comes_back(page, koffi, sell_low):
    sell_low(koffi)
    expect(count(page)).to_have_text("1")

    page.locator(".bell").focus()
    page.keyboard.press("Enter")
    rows(page).get_by_role("button", name="Supprimer").press("Enter")
    expect(page.get_by_text("Supprimée")).to_be_visible()
    expect(page.get_by_role("button", name="Annuler")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page).get_by_role("link")).to_be_focused()
    rows(page).get_by_role("button", name="Supprimer").press("Enter")
    page.keyboard.press("Escape")

    expect(page.locator(".bell")).to_be_focused()
    expect(count(page)).to_be_hidden()
    page.locator(".bell").click()
    expect(page.get_by_text("Tout est calme.")).to_be_visible()


def test_a_kind_of_tomorrow_and_a_text_with_code_in_it_are_plain_words(page, bar):
    notify(f"bar.{bar.pk}", "sales", "dragon_seen", subject=XSS, data=json.dumps({"what": XSS}))
    page.evaluate(ALERT, XSS)  # a broadcast would reach the tests after this one: the servers outlive their rows

    expect(page.get_by_role("alert").filter(has_text=XSS)).to_be_visible()
    page.locator(".bell").click()
    expect(rows(page)).to_contain_text(["Quelque chose demande votre attention au bar"])
    assert page.evaluate("window.wasHit") is None


@pytest.fixture
def forgetful(running_stack):
    """Server that is started again after the test: it would tell the next pages, whose log is empty, once more."""
    yield running_stack.url
    end(running_stack.web, signal.SIGTERM)
    running_stack.start_web()


def test_a_word_of_the_operators_stands_on_every_page_at_once_until_it_is_closed(
    forgetful, visitor, bar, koffi, operator
):
    """On each device by itself; who hasn't signed in hears nothing."""
    paths = ["/bars/", *(f"/bars/{bar.pk}/{name}" for name in ("till", "tonight", "sales", "chat"))]
    pages = [visitor.open(path, koffi) for path in paths]
    pages[-1].locator(LIVE).wait_for()
    stranger = visitor.open("/login/")
    banners = [page.locator("[data-alert]") for page in pages]
    for banner in banners:
        expect(banner).to_be_hidden()

    word = {"text": "Maintenance à 4 h", "level": "critical"}
    answer = httpx.post(f"{forgetful}/api/v1/sync/broadcast", json=word, headers=bearer(operator))
    for banner in banners:
        expect(banner).to_have_text(re.compile(r"^\s*Maintenance à 4 h"))
        expect(banner).to_have_attribute("data-level", "critical")
    banners[1].get_by_role("button", name="Fermer").tap()

    expect(banners[1]).to_be_hidden()
    expect(banners[2]).to_be_visible()
    assert (answer.status_code, stranger.get_by_text("Maintenance").count()) == (202, 0)


def test_without_a_network_the_sheet_says_so_and_makes_it_good(page, koffi, sell_low):
    page.context.set_offline(True)
    sell_low(koffi)

    page.locator(".bell").click()
    expect(page.get_by_text("Pas de connexion.")).to_be_visible()
    page.context.set_offline(False)

    expect(rows(page)).to_contain_text(["Beaufort"], timeout=8_000)
    expect(page.get_by_text("Pas de connexion.")).to_be_hidden()


def test_the_till_reads_its_shelf_once_whatever_rings(till, koffi, sell_low):
    """Types that a page doesn't show make it read nothing again."""
    page = till(koffi)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/products") else None)

    sell_low(koffi)
    expect(count(page)).to_have_text("1")
    expect(page.locator("product-grid")).to_contain_text("Reste 3")

    assert asked == []
