"""Pictures of the running demo for the README: python -m tests.browser.screenshots [ADDRESS]

Writes docs/screenshots/{tonight,till}-{phone,desktop}.png. Start the demo with `make run`, and let
`manage.py simulate_sales` give it an evening first.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, MISSING

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
DEVICES = {
    "phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
}
OWNER, PASSWORD = "yao", "bartender"  # of the demo, as `make run` prints them
BASKET = 3  # products tapped for the picture of the till


@contextmanager
def signed_in(address: str, **device) -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(base_url=address, locale="fr-FR", reduced_motion="reduce", **device).new_page()
        page.goto("/login/")
        page.locator("[name=username]").fill(OWNER)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator(".door-form button").click()
        yield page
        browser.close()


def shoot_tonight(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Ce soir").first.click()
    page.locator("live-status[data-status=live]").wait_for()
    page.screenshot(path=path)


def shoot_till(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Caisse").first.click()
    page.locator("live-status[data-status=live]").wait_for()
    for tile in page.locator("[data-level=ok]").all()[:BASKET]:
        tile.click()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=path)


def main(address: str) -> None:
    if CHROMIUM is None:
        sys.exit(MISSING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, device in DEVICES.items():
        with signed_in(address, **device) as page:
            shoot_tonight(page, FOLDER / f"tonight-{name}.png")
            shoot_till(page, FOLDER / f"till-{name}.png")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
