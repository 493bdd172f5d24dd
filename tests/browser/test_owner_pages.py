"""The owner's bars side by side, from across town."""

from playwright.sync_api import expect

from tests import factories
from tests.browser.test_tonight import money


def test_a_sale_in_one_bar_moves_its_card_and_the_sum(visitor, yao, koffi, beer, sell_by_api):
    second = factories.bar(name="Yao sur mer")
    type(yao).objects.create(bar=second, user=yao.user, role="owner")
    page = visitor.open("/owner/", yao)
    page.locator("live-status[data-status=live]").wait_for()
    mine, other = (page.locator(f"[data-bar='{bar.pk}'] [data-figure=revenue]") for bar in (koffi.bar, second))

    sell_by_api(koffi, beer, 20)

    expect(mine).to_have_text(money("20 000 F CFA"))
    expect(page.locator("[data-sum] [data-figure=revenue]")).to_have_text(money("20 000 F CFA"))
    expect(page.locator(f"[data-bar='{koffi.bar_id}'] [data-figure=low]")).to_have_text("1")
    expect(other).to_have_text(money("0 F CFA"))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visitor.complaints == []
