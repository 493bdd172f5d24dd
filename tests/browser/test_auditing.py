"""That the audit of every page finds what it looks for: pages made wrong on purpose, and one that is right."""

from pathlib import Path

import pytest

from tests.browser.auditing import Audit
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SETTLED_MS, twins

ORIGIN = "http://localhost"  # asked of nobody: the test answers
KEPT = {"cache-control": "max-age=60, public", "etag": "1"}
OWN = {"cache-control": "private"}
ICON = (Path(__file__).resolve().parents[2] / "config/static/ui/icon.svg").read_text()
RIGHT = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Till · BarTender</title>
  <link rel="icon" href="data:,">
  <style>
    button, .is-primary, .field { display: block; min-width: 24px; min-height: 24px }
    .is-primary { min-height: 44px }
    bar-till button { min-width: 56px; min-height: 56px }
  </style>
</head>
<body>
  <p style="font-size: 12px">A beer, <a href="#">and a sentence</a>.</p>
  <img src="/static/icon.svg" alt="" width="20" height="20">
  <label class="field"><input type="checkbox"> Tick</label>
  <button>More</button><button class="is-primary">Save</button><bar-till><button>Sell</button></bar-till>
  <svg viewBox="0 0 10 10" width="200" height="200"><text y="9" font-size="1">drawn larger</text></svg>
</body>
</html>
"""
FILES = {
    "/static/icon.svg": {"body": ICON, "content_type": "image/svg+xml", "headers": KEPT},
    "/static/loose.svg": {"body": ICON, "content_type": "image/svg+xml"},
    "http://elsewhere.test/": {"body": "", "content_type": "text/javascript"},
    "/old": {"body": "", "headers": OWN},
}
# What is found, by what is written instead of what.
WRONG = {
    "has no title of its own": ("Till · BarTender", " · BarTender"),
    "is in “”, not in en": (' lang="en"', ""),
    "is in “fr”, not in en": ('lang="en"', 'lang="fr"'),
    "has no viewport": ('name="viewport"', 'name="port"'),
    "<img> “http://localhost/static/icon.s” has no size": (' width="20" height="20"', ""),
    "“More” is 23 px to tap, not 24": ("<button>More", '<button style="min-height: 0; height: 23px">More'),
    "“Save” is 43 px to tap, not 44": ('"is-primary"', '"is-primary" style="min-height: 0; height: 43px"'),
    "“Sell” is 55 px to tap, not 56": ("<bar-till><button", '<bar-till><button style="min-height: 0; height: 55px"'),
    "<input> “” is": ('<label class="field">', "<label>"),
    "is of 11.0 px": ("12px", "11px"),
    "“drawn larger” is of 4.0 px": ('height="200"><text', 'height="40"><text'),
    "has moved by 0.": (
        "</body>",
        "<script>setTimeout(() => document.body.style.paddingTop = '300px', 50)</script></body>",
    ),
    "uses document.write": ("</body>", "<script>document.write('<p>more</p>')</script></body>"),
    "uses XMLHttpRequest": (
        "</body>",
        "<script>const asked = new XMLHttpRequest(); asked.open('GET', '/old', false); asked.send()</script></body>",
    ),
    "gets 404 for /static/gone.svg": ("/static/icon.svg", "/static/gone.svg"),
    "does not get http://localhost/static/cut.svg": ("/static/icon.svg", "/static/cut.svg"),
    "lets nobody keep /static/loose.svg": ("/static/icon.svg", "/static/loose.svg"),
    "asks elsewhere for a script": ("</head>", '<script src="http://elsewhere.test/"></script></head>'),
    "error: lost at http://localhost/": ("</body>", "<script>throw new Error('lost')</script></body>"),
    "odd at http://localhost/": ("</body>", "<script>console.warn('odd')</script></body>"),
}


@pytest.fixture(scope="module")
def audited(browser):
    """Opens a page that is this text; returns what is wrong with it. In one tab: each takes as long as it settles."""
    visitor, shown = Visitor(browser, ORIGIN), {"content_type": "text/html"}

    def answer(route):
        address = route.request.url.removeprefix(ORIGIN)
        if address == "/static/cut.svg":
            return route.abort("connectionrefused")
        return route.fulfill(**(shown if address == "/" else FILES.get(address, {"status": 404})))

    context = visitor.context(locale="en-GB")
    context.route("**/*", answer)
    page = visitor.listen(context.new_page())
    audit = Audit(page, ORIGIN)

    def find(html, headers=OWN):
        shown.update(body=html, headers=headers)
        visitor.complaints.clear()
        page.goto("/")
        page.wait_for_timeout(SETTLED_MS)
        return [*audit.faults("en"), *visitor.complaints]

    yield find
    context.close()


def test_nothing_is_found_on_a_page_that_is_right(audited):
    assert audited(RIGHT) == []


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_with_a_page_is_found(fault, audited):
    right, wrong = WRONG[fault]
    assert right in RIGHT

    found = audited(RIGHT.replace(right, wrong))

    assert [line for line in found if fault in line] != [], found


def test_a_page_that_a_cache_between_may_keep_is_found(audited):
    assert audited(RIGHT, headers={"cache-control": "max-age=60"}) == ["lets anybody keep /: “max-age=60”"]


def test_pages_of_one_title_are_found():
    assert twins({"/a": "Till", "/b": "Till", "/c": "More"}) == [
        "/a is called as another: Till",
        "/b is called as another: Till",
    ]
