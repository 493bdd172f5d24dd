"""The operators' monitor: alive, readable on a phone and on a desktop, by night and by day, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import LOOKS

PAGE = "/admin/realtime/monitor/"


@pytest.mark.parametrize("look", LOOKS)
def test_the_monitor_shows_a_connection_within_seconds(look, visitor, operator, koffi, till):
    page = visitor.open(PAGE, operator, **LOOKS[look])
    shown = page.locator("[data-figure=connections]")
    expect(shown).to_have_text("0")

    till(koffi)

    expect(shown).to_have_text("1", timeout=10_000)
    expect(page.locator("[data-streams] tr", has_text=f"bar.{koffi.bar_id}")).to_contain_text("1 / 30")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visitor.complaints == []


def test_it_says_so_when_its_figures_are_old(visitor, operator):
    page = visitor.open(PAGE, operator)
    silent = page.locator("[data-silent]")
    expect(silent).to_be_hidden()

    page.context.set_offline(True)

    expect(silent).to_be_visible(timeout=10_000)
    visitor.complaints.clear()
