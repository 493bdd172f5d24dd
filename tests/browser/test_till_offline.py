"""The counter without network: the tests of the plan by their numbers, and what a phone in a bar goes through.

FLAPS=500 SEED=1 for more flaps of the network, or for the same again.
"""

import os
import random
import re
import signal
import subprocess
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sales.models import Sale
from stock.models import Product
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE, session_of
from tests.browser.test_till import BEER, CASH, all_sent, sales, sold
from tests.factories import product

FLAPS = int(os.environ.get("FLAPS", "60"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(10**6)
LIVE = "live-status[data-status=live]"
AT_ONCE = 500  # ms: the request itself waits for news
CHIP = "[data-unsent]"
KEPT = """async () => navigator.serviceWorker.controller !== null &&
(await (await caches.open("pages")).keys()).length > 0"""


def sell(page, drink=BEER):
    page.locator(drink).tap()
    page.locator(CASH).tap()
    expect(page.locator("sale-basket")).to_have_attribute("data-state", "empty")


def wait_until_kept(page):
    """The worker has come, and keeps the page. Asked from here: waiting in the page would take eval."""
    while not page.evaluate(KEPT):
        page.wait_for_timeout(50)


def keys_in_order():
    return list(Sale.objects.order_by("id").values_list("key", flat=True))


@pytest.fixture
def app(visitor, bar):
    """The till of the bar as an installed app: with its worker, and the page kept for when there is no network."""

    def open_app(member, **options):
        page = visitor.open(f"/bars/{bar.pk}/till", member, service_workers="allow", **options)
        wait_until_kept(page)
        return page

    return open_app


def test_1_two_waiters_and_the_last_bottle_one_sale_is_made_and_one_is_told_of_the_stock(till, awa, koffi, bar):
    product(bar, "Beaufort", price=1000, stock=1)
    pages = [till(awa), till(koffi)]
    for page in pages:
        page.locator(BEER).tap()

    for page in pages:  # neither waits for the other
        page.locator(CASH).evaluate("(button) => setTimeout(() => button.click(), 50)")

    expect(pages[0].locator(".toast, sale-notice:not([hidden])").first).to_be_visible()
    expect(pages[1].locator(".toast, sale-notice:not([hidden])").first).to_be_visible()
    for page in pages:
        all_sent(page)
    told = [page.locator("sale-notice:visible").count() for page in pages]
    assert (sorted(told), len(sales())) == ([0, 1], 1)
    short = pages[told.index(1)]
    expect(short.locator("sale-notice")).to_contain_text("Beaufort : il n’y en a plus")
    expect(short.locator(BEER).locator("[data-count]")).to_contain_text("1")  # the basket is kept


def test_2_fifteen_sales_in_five_minutes_let_those_who_poll_ask_every_15_seconds(
    visitor, bar, koffi, beer, sell_by_api
):
    context = visitor.context(koffi)
    context.add_init_script("localStorage.setItem('feed.mode', 'poll')")
    page, told = context.new_page(), [0]

    def hear(answer):
        if "/sync/poll" in answer.url and answer.ok:
            told.append(answer.json()["interval"])

    def wait_until_told(interval, seconds):
        end = time.monotonic() + seconds
        while told[-1] != interval and time.monotonic() < end:
            page.wait_for_timeout(100)
        return told[-1]

    page.on("response", hear)
    page.goto(f"/bars/{bar.pk}/tonight")
    before = wait_until_told(AT_ONCE, seconds=10)
    for _ in range(15):
        sell_by_api(koffi, beer)

    assert (before, wait_until_told(15_000, seconds=40)) == (AT_ONCE, 15_000)  # a pace once told holds for 15 s
    expect(page.locator("[data-figure=sales]")).to_have_text("15", timeout=20_000)


def test_3_a_network_that_comes_and_goes_loses_nothing(till, koffi, beer, sell_by_api):
    page = till(koffi)

    for flap in range(6):
        page.context.set_offline(flap % 2 == 0)
        sell(page)
        sell_by_api(koffi, beer)
    page.context.set_offline(False)
    page.locator(LIVE).wait_for()
    all_sent(page)

    assert len(sales()) == 12
    expect(page.locator(BEER)).to_contain_text("12 en stock")


def test_4_in_airplane_mode_the_app_opens_sells_and_syncs_when_the_network_is_back(app, koffi, beer):
    page = app(koffi)
    page.context.set_offline(True)

    page.goto("/till")  # as the phone opens it from its home screen
    page.locator("bar-till:defined").wait_for()
    sell(page)
    sell(page)

    expect(page.locator(".toast")).to_contain_text("Gardé, à envoyer · Espèces")
    expect(page.locator(CHIP)).to_have_text("2 à envoyer")
    expect(page.locator("live-status")).to_contain_text("Hors ligne", timeout=15_000)
    expect(page.locator(BEER)).to_contain_text("22 en stock")
    page.reload()
    expect(page.locator(BEER)).to_contain_text("22 en stock")
    assert sales() == []
    page.context.set_offline(False)
    all_sent(page)

    assert sales() == [("validated", "cash", 1000)] * 2
    assert set(Sale.objects.values_list("origin", flat=True)) == {"offline"}


def test_what_was_drunk_and_is_short_waits_for_the_manager_and_is_not_lost(till, koffi, beer, sell_by_api):
    page = till(koffi)
    page.context.set_offline(True)
    sell(page)
    sell_by_api(koffi, beer, 24)
    page.context.set_offline(False)
    all_sent(page)

    assert sorted(sales()) == [("needs_review", "cash", 1000), ("validated", "cash", 24000)]
    expect(page.locator(".toast")).to_contain_text("À vérifier par le gérant")


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(hours=-5)], ids=["ahead", "behind"])
def test_f27_what_a_phone_with_a_wrong_clock_has_sold_gets_the_time_that_it_was(ahead, till, koffi, beer):
    page = till(koffi)
    began = timezone.now()
    page.clock.set_fixed_time(began + ahead)
    sell(page)
    all_sent(page)
    page.context.set_offline(True)
    sell(page)
    page.context.set_offline(False)
    all_sent(page)

    assert sales() == [("validated", "cash", 1000)] * 2
    assert set(Sale.objects.values_list("origin", flat=True)) == {"online", "offline"}
    seconds = [(moment - began).total_seconds() for moment in Sale.objects.values_list("occurred_at", flat=True)]
    assert all(-60 < one < 60 for one in seconds), seconds


def test_a_sale_that_waits_is_taken_back_before_anybody_hears_of_it(till, koffi, beer):
    page = till(koffi)
    page.context.set_offline(True)
    sell(page)

    page.get_by_role("button", name="Annuler").tap()
    expect(page.locator(".toast")).to_contain_text("Annulé")
    expect(page.locator(BEER)).to_contain_text("24 en stock")
    page.context.set_offline(False)
    page.locator(LIVE).wait_for()
    page.wait_for_timeout(300)

    assert sales() == []


def test_f30_nobody_signs_out_while_sales_of_theirs_wait(till, koffi, beer):
    page = till(koffi)
    page.context.set_offline(True)
    sell(page)

    page.locator(".menu summary").tap()
    page.get_by_role("button", name="Se déconnecter").tap()
    expect(page.get_by_text("Impossible de se déconnecter maintenant")).to_be_visible()  # or the sale goes first
    page.context.set_offline(False)
    expect(page.locator("unsent-sales dialog")).to_contain_text("Tout est envoyé.")
    page.locator("unsent-sales [data-closes]").tap()
    page.locator(".menu summary").tap()
    page.get_by_role("button", name="Se déconnecter").tap()
    expect(page).to_have_url(re.compile("/login/"))

    assert len(sales()) == 1


def test_another_who_signs_in_is_told_of_the_sales_that_wait_and_never_sends_them(visitor, till, awa, koffi, beer):
    page = till(awa)
    page.context.set_offline(True)
    sell(page)
    page.context.add_cookies([{"name": "sessionid", "value": session_of(koffi), "url": visitor.url}])
    page.context.set_offline(False)

    # What Awa's page sends is refused, and it goes by the door to Koffi's till.
    expect(page.locator(".till-note[data-others]")).to_contain_text("1 vente de Awa attend sur ce téléphone")
    expect(page.locator(CHIP)).to_be_hidden()
    sell(page)
    sold(page)
    assert list(Sale.objects.values_list("created_by__username", flat=True)) == ["koffi"]
    page.context.add_cookies([{"name": "sessionid", "value": session_of(awa), "url": visitor.url}])
    page.goto(f"/bars/{koffi.bar_id}/till")
    all_sent(page)

    assert sorted(Sale.objects.values_list("created_by__username", flat=True)) == ["awa", "koffi"]


def test_a_kept_till_is_never_shown_to_another(app, visitor, koffi, beer, bar):
    page = app(koffi)
    page.goto("/bars/")
    page.locator(".menu summary").tap()
    page.get_by_role("button", name="Se déconnecter").tap()
    expect(page).to_have_url(re.compile("/login/"))

    page.context.set_offline(True)
    page.goto(f"/bars/{bar.pk}/till")

    expect(page.locator("main")).to_contain_text("Pas de réseau")
    assert page.locator("bar-till").count() == 0


def test_f31_a_full_phone_refuses_before_the_sale(till, koffi, beer):
    page = till(koffi)
    page.evaluate("""() => {
      const full = () => { throw new DOMException("full", "QuotaExceededError"); };
      IDBObjectStore.prototype.add = full;
    }""")
    page.locator(BEER).tap()
    page.locator(CASH).tap()

    expect(page.locator("sale-notice")).to_contain_text("Ce téléphone est plein : la vente n’est pas faite.")
    assert (page.locator(".toast").count(), sales()) == (0, [])
    expect(page.locator(BEER).locator("[data-count]")).to_contain_text("1")


def test_f29_a_browser_killed_with_30_sales_waiting_sends_each_once(visitor, koffi, bar, tmp_path):
    beer = product(bar, "Beaufort", stock=40)
    options = {"executable_path": CHROMIUM, "viewport": PHONE, "locale": "fr-FR", "base_url": visitor.url}
    options |= {"has_touch": True, "service_workers": "allow"}
    driver = visitor.browser.browser_type
    cookie = {"name": "sessionid", "value": session_of(koffi), "url": visitor.url, "expires": time.time() + 3600}
    context = driver.launch_persistent_context(tmp_path, args=ARGUMENTS, **options)
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"/bars/{bar.pk}/till")
    wait_until_kept(page)
    context.set_offline(True)
    for _ in range(30):
        sell(page)
    expect(page.locator(CHIP)).to_have_text("30 à envoyer")
    with context.expect_event("close"):
        kill(tmp_path)

    context = driver.launch_persistent_context(tmp_path, args=ARGUMENTS, **options)
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"/bars/{bar.pk}/till")
    all_sent(page)
    context.close()

    assert len(sales()) == 30
    assert Product.objects.get(pk=beer.pk).stock == 10


def kill(profile):
    """The browser of this profile, as the phone's battery does it."""
    found = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def test_f28_sales_through_a_network_that_flaps_at_random_arrive_once_each(till, koffi, bar):
    """Cut at any moment of asking, selling and answering: as the network goes, the server's answers are dropped."""
    beer = product(bar, "Beaufort", stock=FLAPS)
    page = till(koffi)
    dice = random.Random(SEED)
    print(f"SEED={SEED} FLAPS={FLAPS}")  # also where it never comes to the end
    context = page.context
    made = 0

    def mangle(route):
        ball = dice.random()
        if ball < 0.25:
            return route.abort()  # never arrived
        if ball < 0.5:
            route.fetch()
            return route.abort()  # has sold, and nobody hears of it
        return route.continue_()

    page.route("**/api/v1/bars/*/sales", mangle)
    page.route("**/api/v1/bars/*/sales/batch*", mangle)
    for _ in range(FLAPS):
        context.set_offline(dice.random() < 0.5)
        if dice.random() < 0.7:
            sell(page)
            made += 1
        page.wait_for_timeout(dice.choice([0, 10, 50, 150]))
        if dice.random() < 0.03:
            context.set_offline(False)
            page.reload()
            page.locator("bar-till:defined").wait_for()
    context.set_offline(False)
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator("unsent-sales")).to_have_attribute("data-count", "0", timeout=60_000)

    keys = keys_in_order()
    print(f"SEED={SEED}: {FLAPS} flaps, {made} sales, {made - len(keys)} lost, {len(keys) - len(set(keys))} double")
    assert (len(keys), len(set(keys))) == (made, made), f"SEED={SEED}"
    assert Product.objects.get(pk=beer.pk).stock == FLAPS - made
