"""The line of a browser to the server: one for all its tabs, whatever happens to tabs, network and transports."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from stock.models import Product
from tests.browser.conftest import session_of

LIVE = "live-status[data-status=live]"
POLLING = "live-status[data-status=polling]"
FLAPS = 20


def money(text):
    return re.compile(text.replace(" ", r"\s"))


class Tabs:
    """Tabs of one browser; `lines` counts the WebSockets that are open now, `opened` all that ever were."""

    def __init__(self, context):
        self.context, self.opened = context, []

    @property
    def lines(self):
        return sum(not socket.is_closed() for socket in self.opened)

    def count(self, socket):
        self.opened.append(socket)

    def open(self, path, status=LIVE):
        page = self.context.new_page()
        page.on("websocket", self.count)
        page.goto(path)
        page.locator(status).wait_for()
        return page


@pytest.fixture
def tabs(visitor, koffi):
    return Tabs(visitor.context(koffi))


@pytest.fixture
def tonight(bar):
    return f"/bars/{bar.pk}/tonight"


@pytest.fixture
def sell(sell_by_api, koffi, beer):
    """So many beers are sold by somebody who isn't in this browser."""
    return lambda count=1: sell_by_api(koffi, beer, count)


def revenue(page):
    return page.locator("[data-figure=revenue]")


def test_two_tabs_share_one_line_and_both_are_told(tabs, tonight, bar, beer, sell):
    pages = [tabs.open(tonight), tabs.open(tonight), tabs.open(f"/bars/{bar.pk}/till")]

    sell(3)

    for page in pages[:2]:
        expect(revenue(page)).to_have_text(money("3 000 F CFA"), timeout=1_000)
    expect(pages[2].locator(f"[data-product='{beer.pk}']")).to_contain_text("21", timeout=1_000)
    assert (len(tabs.opened), tabs.lines) == (1, 1)


def test_without_locks_each_tab_has_its_own_line(tabs, tonight, sell):
    """The control: the count above can be two."""
    tabs.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    pages = [tabs.open(tonight), tabs.open(tonight)]

    sell(3)

    for page in pages:
        expect(revenue(page)).to_have_text(money("3 000 F CFA"), timeout=1_000)
    assert tabs.lines == 2


@pytest.mark.parametrize("end", ["close", "crash"])
def test_when_the_tab_with_the_line_ends_the_next_goes_on_and_misses_nothing(end, tabs, bar, beer, sell):
    first, second = tabs.open(f"/bars/{bar.pk}/till"), tabs.open(f"/bars/{bar.pk}/till")
    sell()
    expect(second.locator(f"[data-product='{beer.pk}']")).to_contain_text("23")

    {"close": first.close, "crash": lambda: crash(first)}[end]()
    for _ in range(3):
        sell()

    expect(second.locator(f"[data-product='{beer.pk}']")).to_contain_text("20", timeout=3_000)
    expect(second.locator(LIVE)).to_be_visible()
    assert len(tabs.opened) == 2


def crash(page):
    """The renderer dies without a last word."""
    with contextlib.suppress(Error):  # there is nobody left to answer
        page.goto("chrome://crash", timeout=2_000)


def test_flaps_of_the_network_lose_and_repeat_nothing(tabs, bar, beer, sell):
    page = tabs.open(f"/bars/{bar.pk}/till")

    for flap in range(FLAPS):
        tabs.context.set_offline(flap % 2 == 0)
        sell()
    tabs.context.set_offline(False)
    page.locator(LIVE).wait_for()
    sell()

    shown = page.locator(f"[data-product='{beer.pk}']")
    fresh = tabs.open(f"/bars/{bar.pk}/till").locator(f"[data-product='{beer.pk}']")
    expect(shown).to_have_text(fresh.inner_text(), use_inner_text=True)
    assert str(Product.objects.get(pk=beer.pk).stock) in fresh.inner_text()


def test_with_everything_blocked_a_page_polls_and_climbs_back_when_it_may(visitor, koffi, tonight, sell):
    page = visitor.open("/login/", koffi)
    page.clock.install()
    is_blocked = True
    page.route_web_socket("**/ws/", lambda socket: socket.close() if is_blocked else socket.connect_to_server())
    page.route("**/api/v1/sync/stream?*", lambda route: route.abort() if is_blocked else route.continue_())
    page.goto(tonight)
    page.locator(POLLING).wait_for(timeout=20_000)

    is_blocked = False
    with page.expect_request("**/api/v1/sync/stream?*"):
        page.clock.fast_forward(61_000)
    page.locator(LIVE).wait_for()
    with page.expect_websocket():
        page.clock.fast_forward(61_000)
    page.locator(LIVE).wait_for()
    sell()

    expect(revenue(page)).to_have_text(money("1 000 F CFA"), timeout=1_000)


def test_another_login_in_the_same_browser_has_its_own_line_and_the_first_is_signed_out(
    visitor, tabs, tonight, zoe, other_bar
):
    first = tabs.open(tonight)
    tabs.context.add_cookies([{"name": "sessionid", "value": session_of(zoe), "url": visitor.url}])
    second = tabs.open(f"/bars/{other_bar.pk}/tonight")
    assert tabs.lines == 2

    with first.expect_navigation():  # to sign in, and from there as Zoé to a page that isn't hers
        first.evaluate("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'))")

    expect(first.locator("live-status")).to_have_count(0)
    expect(second.locator(LIVE)).to_be_visible()


def test_a_session_that_ends_signs_all_tabs_out(tabs, tonight):
    pages = [tabs.open(tonight), tabs.open(tonight)]
    tabs.context.clear_cookies()

    pages[1].evaluate("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'))")

    for page in pages:
        page.wait_for_url("**/login/**")


def test_a_page_comes_back_from_the_back_cache_to_where_it_stood(tabs, tonight, sell):
    page = tabs.open(tonight)

    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.wait_for_function("document.querySelector('live-status').dataset.status === 'offline'")
    assert tabs.lines == 0
    sell()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(revenue(page)).to_have_text(money("1 000 F CFA"))
    expect(page.locator(LIVE)).to_be_visible()
