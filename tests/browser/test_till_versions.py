"""A new version of the till, and what an old one has left in the browser."""

import re
import signal

import pytest
from playwright.sync_api import expect

from config import pwa
from tests.browser.conftest import Visitor
from tests.browser.test_till import BEER, CASH, all_sent, sales
from tests.browser.test_till_offline import CHIP, sell, wait_until_kept
from tests.stack import Stack, end, url_of_test_database

# The database as version 1 of the till has made it, with one sale that was never sent.
KEEP_AT_VERSION_1 = """(sale) => new Promise((resolve, reject) => {
  const request = indexedDB.open("bartender", 1);
  request.onupgradeneeded = () => {
    const sales = request.result.createObjectStore("sales", { keyPath: "seq", autoIncrement: true });
    sales.createIndex("key", "key", { unique: true });
  };
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const writing = request.result.transaction("sales", "readwrite");
    writing.objectStore("sales").add(sale);
    writing.oncomplete = () => resolve(request.result.close());
  };
})"""
OPEN_VERSION_2 = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("bartender", 2);
  request.onblocked = () => reject(new Error("blocked"));
  request.onerror = () => reject(request.error);
  request.onsuccess = () => resolve(request.result.version);
})"""

SENDING = re.compile(r"/api/v1/bars/[^/]+/sales(/batch)?(\?|$)")  # of a sale alone, or of those that have waited
CSS = "async () => (await fetch('/static/sales/till.css')).text()"


class Server(Stack):
    """A web server of its own, that can be replaced by one of a newer version."""

    def become_newer(self):
        self.settings = "tests.settings_newer"
        end(self.web, signal.SIGTERM)
        self.start_web()


@pytest.fixture
def server(transactional_db, tmp_path, monkeypatch):
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer/till.css").write_text(pwa.text_of("sales/till.css") + "\n/* newer */\n")
    monkeypatch.setenv("NEWER", str(tmp_path / "newer"))
    server = Server(url_of_test_database(), tmp_path)
    server.start_web()
    yield server
    server.stop()


@pytest.fixture
def guest(server, browser):
    guest = Visitor(browser, server.url)
    yield guest
    for context in guest.contexts:
        context.close()


def shells(page):
    return page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('shell.'))")


def test_a_new_version_is_offered_between_two_clients_and_takes_over_with_what_is_unsent(server, guest, koffi, beer):
    page = guest.open(f"/bars/{koffi.bar_id}/till", koffi, service_workers="allow")
    offer = page.locator("app-update")
    wait_until_kept(page)
    old = shells(page)
    page.context.set_offline(True)
    sell(page)
    page.locator(BEER).tap()
    server.become_newer()
    page.route(SENDING, lambda route: route.abort())
    page.context.set_offline(False)

    page.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")
    expect(offer).not_to_have_attribute("hidden", "", timeout=30_000)
    expect(offer).to_be_hidden()  # the client at the counter goes first
    page.locator("[data-verb=unfold]").tap()
    page.locator("[data-verb=empty]").tap()
    expect(offer).to_be_visible()
    with page.expect_navigation():
        offer.get_by_role("button", name="Recharger").tap()

    expect(page.locator(CHIP)).to_have_text("1 à envoyer")
    expect(offer).to_be_hidden()
    wait_until_kept(page)
    assert (len(shells(page)), shells(page) == old, sales()) == (1, False, [])
    assert page.evaluate(CSS).endswith("/* newer */\n")
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    all_sent(page)

    assert sales() == [("validated", "cash", 1000)]


def test_what_version_1_has_kept_is_sent_by_the_till_of_today(visitor, koffi, beer, bar):
    page = visitor.open("/offline", koffi)
    key = "01890000-0000-7000-8000-000000000001"
    line = {"product": str(beer.pk), "quantity": 1, "price": 1000}
    sale = {
        "key": key,
        "bar": str(bar.pk),
        "tab": "old",
        "user": str(koffi.user_id),
        "name": "Koffi",
        "lines": [{**line, "name": "Beaufort", "total": 1000}],
        "total": 1000,
        "currency": "XOF",
        "digits": 0,
        "order": {"key": key, "payment": "cash", "lines": [line]},
        "soldAt": page.evaluate("() => new Date(Date.now() - 60_000).toISOString()"),
        "wasSent": False,
        "problem": None,
    }
    page.evaluate(KEEP_AT_VERSION_1, sale)
    assert sales() == []

    page.goto(f"/bars/{bar.pk}/till")
    all_sent(page)

    assert sales() == [("validated", "cash", 1000)]


def test_a_newer_page_is_not_kept_waiting_by_an_open_till_which_then_says_that_it_is_too_old(till, koffi, beer):
    page = till(koffi)
    sell(page)
    all_sent(page)
    newer = page.context.new_page()
    newer.goto("/offline")

    assert newer.evaluate(OPEN_VERSION_2) == 2

    page.locator(BEER).tap()
    page.locator(CASH).tap()
    expect(page.locator("sale-notice")).to_contain_text("Cette page est trop ancienne")
    expect(page.locator(BEER).locator("[data-count]")).to_contain_text("1")
