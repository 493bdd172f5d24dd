"""What a seller feels: from the tap on cash to the sale shown, and to the stock on another phone. In real browsers."""

import os
from typing import Any

from bench import runner

SALES = 100
# Both phones are on this machine, so their clocks are one.
WATCH = """
globalThis.seen = [];
const now = () => performance.timeOrigin + performance.now();
const painted = (then) => requestAnimationFrame(() => setTimeout(then));
document.querySelector("[data-pay=cash]").addEventListener("pointerdown", () => (globalThis.tapped = now()));
new MutationObserver((changes) => {
  if (changes.some(({ addedNodes }) => addedNodes.length)) painted(() => (globalThis.shown = now()));
}).observe(document.querySelector("bar-till toast-area"), { childList: true });
new MutationObserver(() => painted(() => globalThis.seen.push(now()))).observe(
  document.querySelector("[data-product] [data-stock]"), { childList: true, characterData: true, subtree: true });
"""


def measure() -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from tests import factories
    from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE, session_of

    os.environ["WHITENOISE_USE_FINDERS"] = "1"
    bar = factories.bar()
    factories.product(bar, "Beaufort", price=1000, stock=SALES + 10)
    sellers = [session_of(factories.member(bar, name, "manager")) for name in ("koffi", "afi")]
    with runner.servers() as stack, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        phones = []
        for session in sellers:
            context = browser.new_context(base_url=stack.url, viewport=PHONE, has_touch=True, locale="fr-FR")
            context.add_cookies([{"name": "sessionid", "value": session, "url": stack.url}])
            phones.append(context.new_page())
            phones[-1].goto(f"/bars/{bar.pk}/till")
            phones[-1].locator("live-status[data-status=live]").wait_for()
            phones[-1].evaluate(WATCH)
        shown, told = zip(*(one_sale(*phones) for _ in range(SALES)), strict=True)
        browser.close()
    return figure(list(shown), list(told))


def one_sale(here: Any, there: Any) -> tuple[float, float]:
    """Seconds from the tap on cash until the sale is shown here, and until the stock of it is shown there."""
    there.evaluate("globalThis.seen = []")
    here.locator("[data-product]").first.tap()
    here.evaluate("globalThis.shown = null")
    here.locator("[data-pay=cash]").tap()
    while not (shown := here.evaluate("globalThis.shown")) or not (seen := there.evaluate("globalThis.seen")):
        here.wait_for_timeout(5)
    tapped = here.evaluate("globalThis.tapped")
    here.locator(".toast-close").tap()
    return (shown - tapped) / 1000, (seen[0] - tapped) / 1000


def figure(shown: list[float], told: list[float]) -> dict[str, Any]:
    def p95(samples: list[float]) -> float:
        return round(sorted(samples)[int(len(samples) * 0.95)] * 1000, 1)

    print(f"tap → sale shown {runner.percentiles(shown)} ms, p95 {p95(shown)}")
    print(f"tap → stock on another phone {runner.percentiles(told)} ms, p95 {p95(told)}")
    return {
        "figure": "tap on cash → sale shown, p95",
        "value": p95(shown),
        "unit": "ms",
        "target": 100,
        "floor": "—",
        "stock_on_another_phone_p95": p95(told),
        "stock_target": 500,
    }


if __name__ == "__main__":
    runner.main("bench.faces", measure)
