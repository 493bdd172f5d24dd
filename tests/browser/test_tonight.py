"""Figures that move by themselves, over each transport."""

import re
import signal

import pytest
from playwright.sync_api import expect

from tests.stack import end

LIVE, POLLING, OFFLINE = "Temps réel actif", "Mise à jour toutes les 5 s", "Hors ligne"
MODES = {"WebSocket": LIVE, "SSE": LIVE, "Toutes les 5 s": POLLING}
WITHIN = 1_000  # ms that a change may take: a poll waits for news, up to 5 s


def money(text):
    return re.compile(text.replace(" ", r"\s"))


@pytest.fixture
def tonight(visitor, bar, koffi, beer):
    """The page of the evening, as the manager sees it."""
    page = visitor.open(f"/bars/{bar.pk}/tonight", koffi)
    expect(page.locator("live-status")).to_have_text(LIVE)
    page.evaluate("window.neverReloaded = true")
    return page


@pytest.mark.parametrize("mode", MODES)
def test_a_sale_made_elsewhere_shows_within_a_second(mode, tonight, koffi, beer, sell_by_api):
    tonight.get_by_text(mode, exact=True).tap()
    expect(tonight.locator("live-status")).to_have_text(MODES[mode])
    revenue = tonight.locator("[data-figure=revenue]")
    expect(revenue).to_have_text(money("0 F CFA"))

    sell_by_api(koffi, beer, 3)
    expect(revenue).to_have_text(money("3 000 F CFA"), timeout=WITHIN)

    assert tonight.evaluate("window.neverReloaded") is True
    expect(tonight.locator("[data-figure=sales]")).to_have_text("1")
    expect(tonight.locator("[data-figure=average]")).to_have_text(money("3 000 F CFA"))
    expect(tonight.locator("[data-list=last_sales] li")).to_contain_text(["3 × Beaufort Koffi"])


def test_what_waits_and_what_runs_low_is_shown(tonight, awa, koffi, beer, sell_by_api):
    sell_by_api(awa, beer, 20)

    expect(tonight.locator("[data-figure=pending]")).to_have_text("1")
    expect(tonight.locator("[data-figure=pending_total]")).to_have_text(money("20 000 F CFA"))
    expect(tonight.locator("[data-list=last_sales]")).to_contain_text("En attente")
    expect(tonight.locator("[data-list=low_stock] li")).to_contain_text(["Beaufort"])
    expect(tonight.locator("[data-figure=revenue]")).to_have_text(money("0 F CFA"))


def test_the_chosen_mode_is_remembered(tonight):
    tonight.get_by_text("Toutes les 5 s").tap()
    expect(tonight.locator("live-status")).to_have_text(POLLING)

    tonight.reload()

    expect(tonight.locator("live-status")).to_have_text(POLLING)
    assert tonight.get_by_role("radio", name="Toutes les 5 s").is_checked()


def test_a_blocked_websocket_gives_way_to_sse(visitor, bar, koffi, beer, sell_by_api):
    page = visitor.open("/login/", koffi)
    page.route_web_socket("**/ws/", lambda socket: socket.close())

    with page.expect_request("**/api/v1/sync/stream?*", timeout=15_000):
        page.goto(f"/bars/{bar.pk}/tonight")
    expect(page.locator("live-status")).to_have_text(LIVE)
    sell_by_api(koffi, beer)

    expect(page.locator("[data-figure=revenue]")).to_have_text(money("1 000 F CFA"), timeout=1_000)


def test_with_nothing_but_short_requests_the_page_polls(visitor, bar, koffi, beer, sell_by_api):
    page = visitor.open("/login/", koffi)
    page.route_web_socket("**/ws/", lambda socket: socket.close())
    page.route("**/api/v1/sync/stream?*", lambda route: route.abort())

    page.goto(f"/bars/{bar.pk}/tonight")
    expect(page.locator("live-status")).to_have_text(POLLING, timeout=20_000)
    sell_by_api(koffi, beer)

    expect(page.locator("[data-figure=revenue]")).to_have_text(money("1 000 F CFA"), timeout=WITHIN)


def test_losing_the_network_is_said_and_made_good(tonight, koffi, beer, sell_by_api):
    tonight.context.set_offline(True)
    expect(tonight.locator("live-status")).to_have_text(OFFLINE)
    sell_by_api(koffi, beer)

    tonight.context.set_offline(False)

    expect(tonight.locator("live-status")).to_have_text(LIVE)
    expect(tonight.locator("[data-figure=revenue]")).to_have_text(money("1 000 F CFA"))


def test_a_restarted_server_is_met_again(stack, tonight, koffi, beer, sell_by_api):
    end(stack.web, signal.SIGTERM)
    stack.start_web()
    sell_by_api(koffi, beer)

    expect(tonight.locator("[data-figure=revenue]")).to_have_text(money("1 000 F CFA"))
    expect(tonight.locator("live-status")).to_have_text(LIVE)


def test_the_operators_figures_move_too(visitor, operator, koffi, beer, sell_by_api):
    page = visitor.open("/operator/", operator)
    expect(page.locator("live-status")).to_have_text(LIVE)
    expect(page.locator("[data-figure=today_sales]")).to_have_text("0")

    sell_by_api(koffi, beer, 2)

    expect(page.locator("[data-figure=today_sales]")).to_have_text("1", timeout=1_000)
    expect(page.locator("[data-list=today_revenue]")).to_have_text(money("2 000 F CFA"))
