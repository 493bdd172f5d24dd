"""A real browser on the real servers. Its own pytest process: the driver keeps an event loop running."""

import os
import shutil
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # that loop is not Django's: tests read the database beside it

CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
MISSING = "no Chromium on the PATH: install Debian's chromium-headless-shell (or chromium) to run the browser tests"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
WORKERLESS = "Service Worker registration blocked by Playwright"  # at our wish
HERE = Path(__file__).parent
# Tells of what the content security policy has blocked; the console words it differently in each browser.
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


def pytest_collection_modifyitems(items):
    mine = [item for item in items if HERE in item.path.parents]
    if CHROMIUM or not mine:
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(MISSING)
    for item in mine:
        item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """Opens pages, by default a French phone's; `complaints` is all that their consoles have said."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        self.complaints, self.contexts = [], []

    def context(self, member=None, **options):
        """A browser of one person, signed in unless `member` is None."""
        # What a worker serves can't be routed by a test: those that are about it allow it.
        options = {"viewport": PHONE, "locale": "fr-FR", "has_touch": True, "service_workers": "block"} | options
        context = self.browser.new_context(base_url=self.url, **options)
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH_POLICY)
        self.contexts.append(context)
        if member:
            context.add_cookies([{"name": "sessionid", "value": session_of(member), "url": self.url}])
        return context

    def open(self, path, member=None, **options):
        page = self.listen(self.context(member, **options).new_page())
        page.goto(path)
        return page

    def listen(self, page):
        """Hears what the pages of a tab complain of."""
        page.on("console", lambda message: self.hear(message.type, message.text, page.url))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error} at {page.url}"))
        return page

    def hear(self, type_, text, url):
        if type_ in ("error", "warning") and not text.endswith(WORKERLESS):
            self.complaints.append(f"{text} at {url}")


def session_of(member):
    client = Client()
    client.force_login(getattr(member, "user", member))
    return client.cookies["sessionid"].value


@pytest.fixture
def visitor(live_stack, browser):
    visitor = Visitor(browser, live_stack)
    yield visitor
    for context in visitor.contexts:
        context.close()
    assert [text for text in visitor.complaints if text.startswith(("error:", "policy:"))] == []


@pytest.fixture
def till(visitor, bar):
    """Opens the till of the bar as somebody, once it is live."""

    def open_till(member, **options):
        page = visitor.open(f"/bars/{bar.pk}/till", member, **options)
        page.locator("live-status[data-status=live]").wait_for()
        return page

    return open_till


@pytest.fixture
def sell_by_api(live_stack):
    """A sale by somebody who isn't in this browser, with a bearer token."""
    import httpx

    from tests.factories import token

    def sell(member, product, quantity=1):
        body = {"key": str(os.urandom(16).hex()), "lines": [{"product": str(product.pk), "quantity": quantity}]}
        headers = {"Authorization": f"Bearer {token(member)}"}
        answer = httpx.post(f"{live_stack}/api/v1/bars/{member.bar_id}/sales", json=body, headers=headers)
        assert answer.status_code == 201, answer.text

    return sell
