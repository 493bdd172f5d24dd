"""Draws the app's icons from the one drawing, where they are served from: `python -m tests.browser.icons`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM

FOLDER = Path(__file__).resolve().parents[2] / "config/static/ui"
SIZES = (192, 512)
# A phone may cut a circle out of it, so the colour goes to the edge and the glass keeps to the middle.
PAGE = """
<body style="margin: 0; background: #0b6a4c">
<div style="display: grid; place-items: center; width: {size}px; height: {size}px">
<div style="width: 82%; height: 82%">{svg}</div></div></body>
"""


def main() -> None:
    svg = (FOLDER / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(PAGE.format(size=size, svg=svg))
            page.screenshot(path=FOLDER / f"icon-{size}.png")
        browser.close()


if __name__ == "__main__":
    main()
