"""Pictures of the running demo: python -m tests.browser.screenshots [ADDRESS] [FOLDER]

Without a folder, the four of the README: docs/screenshots/{tonight,till}-{phone,desktop}.png. With one, every page that
links lead an owner and the operator to, on a phone and a desktop, by day and by night. Start the demo with `make run`,
and let `manage.py simulate_sales` give it an evening first.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, MISSING
from tests.browser.crawling import reachable

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
README = {"phone": PHONE | {"color_scheme": "dark"}, "desktop": DESKTOP | {"color_scheme": "light"}}
LOOKS = {
    f"{name}-{scheme}": device | {"color_scheme": scheme}
    for name, device in (("phone", PHONE), ("desktop", DESKTOP))
    for scheme in ("light", "dark")
}
OWNER, OPERATOR, PASSWORD = "yao", "operator", "bartender"  # of the demo, as `make run` prints them
BASKET = 3  # products tapped for the picture of the till
SETTLED_MS = 700


@contextmanager
def signed_in(browser: Browser, address: str, who: str = OWNER, **device) -> Iterator[Page]:
    context = browser.new_context(base_url=address, locale="fr-FR", reduced_motion="reduce", **device)
    page = context.new_page()
    page.goto("/login/")
    page.locator("[name=username]").fill(who)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator(".door-form button").click()
    page.wait_for_url("**/bars/")
    yield page
    context.close()


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


def shoot_readme(browser: Browser, address: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, device in README.items():
        with signed_in(browser, address, **device) as page:
            shoot_tonight(page, FOLDER / f"tonight-{name}.png")
            shoot_till(page, FOLDER / f"till-{name}.png")


def name_of(kind: str) -> str:
    """/bars/…/sales/… → bars-sales-one."""
    return "-".join(kind.replace("/bars/…", "/bars").replace("…", "one").split("/")).strip("-") or "home"


def shoot_every_page(browser: Browser, address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for look, device in LOOKS.items():
        for who in (OPERATOR, OWNER):  # the owner's are kept where both see a page
            with signed_in(browser, address, who, **device) as page:
                pages = reachable(lambda path, page=page: page.context.request.get(path).text(), "/bars/")
                for kind, path in pages.items():
                    page.goto(path)
                    page.wait_for_timeout(SETTLED_MS)
                    page.screenshot(path=folder / f"{name_of(kind)}-{look}.png", full_page=True)
                print(f"{who}, {look}: {len(pages)} pages")


def main(address: str = "http://127.0.0.1:8000", folder: str | None = None) -> None:
    if CHROMIUM is None:
        sys.exit(MISSING)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if folder:
            shoot_every_page(browser, address, Path(folder))
        else:
            shoot_readme(browser, address)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
