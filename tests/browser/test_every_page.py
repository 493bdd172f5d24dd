"""What is true of every page that links lead to: on a phone by night in French, on a desktop by day in English."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from bars.models import Member, User
from sales import seeding
from sales.demo import BARS, OPERATOR
from sales.seeding import seed_demo
from stats import demo as evening
from tests.browser.auditing import Audit
from tests.browser.crawling import reachable

LOOKS = {
    "phone, French, dark": {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "color_scheme": "dark"},
    "desktop, English, light": {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "light"},
}
GRAVE = {"serious", "critical"}
LEAST = {"owner": 35, "waiter": 6, "operator": 5}  # kinds of pages: a crawl that stops early proves nothing
SETTLED_MS = 200
PROBE = "<img src=x onerror=xss=1>"


def seed():
    """The two bars of the demo as they look at this moment."""
    now = timezone.now() - timedelta(minutes=1)
    seed_demo(now=now)
    evening.add_tonight(now)


@pytest.fixture
def demo(live_stack):
    seed()


def probed(bar):
    """A bar whose every name would run a script where a page takes text for HTML."""
    drinks = {
        f"{category}{PROBE}": [one._replace(name=f"{one.name}{PROBE}") for one in some]
        for category, some in bar.menu.items()
    }
    return bar._replace(name=f"{bar.name}{PROBE}", address=f"{PROBE}{bar.address}", menu=drinks)


@pytest.fixture
def hostile_demo(live_stack, monkeypatch):
    """The demo with a probe in every text that people type."""
    monkeypatch.setattr(seeding, "BARS", [probed(bar) for bar in BARS])
    monkeypatch.setattr(seeding, "PEOPLE", [(name, f"{first}{PROBE}", last) for name, first, last in seeding.PEOPLE])
    for name in ("TABS", "CLIENTS", "PLAYERS"):
        monkeypatch.setattr(evening, name, [f"{one}{PROBE}" for one in getattr(evening, name)])
    for name in ("SUPPLIER", "BOUGHT", "COMING", "CUP"):
        monkeypatch.setattr(evening, name, f"{getattr(evening, name)}{PROBE}")
    seed()


def everybody():
    """An owner, a waiter of the same bar, and who runs the platform."""
    owner = Member.objects.active().filter(role=Member.Role.OWNER).order_by("pk").first()
    waiter = Member.objects.active().filter(role=Member.Role.WAITER, bar=owner.bar, user__isnull=False).first()
    return {"owner": owner, "waiter": waiter, "operator": User.objects.get(username=OPERATOR)}


def text_of(request, path):
    answer = request.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return answer.text()


def findings(page, path, axe, audit, language):
    """What is wrong with a page, in lines."""
    page.goto(path)
    page.wait_for_timeout(SETTLED_MS)
    for fault in audit.faults(language):
        yield f"{path} {fault}"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{path} is {wide} px too wide"
    if (titles := page.locator("h1").count()) != 1:
        yield f"{path} has {titles} h1"
    for violation in axe.run(page).response["violations"]:
        if violation["impact"] in GRAVE:
            yield f"{path}: {violation['id']}: {[node['target'] for node in violation['nodes']][:4]}"


def twins(titles):
    """Pages that one can't tell apart by their titles, { path: title }, in lines."""
    return [
        f"{path} is called as another: {title}" for path, title in titles.items() if [*titles.values()].count(title) > 1
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", ["owner", "waiter", "operator"])
@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_grave_fault_for_who_cannot_see_or_has_a_small_screen(look, who, demo, visitor):
    context = visitor.context(everybody()[who], **LOOKS[look])
    page = visitor.listen(context.new_page())
    pages = reachable(lambda path: text_of(context.request, path), "/bars/")
    axe, audit, language = Axe(), Audit(page, visitor.url), LOOKS[look]["locale"][:2]
    wrong, titles = [], {}

    for path in pages.values():
        wrong += findings(page, path, axe, audit, language)
        titles[path] = page.title()

    assert "\n".join([*wrong, *twins(titles), *visitor.complaints]) == ""
    assert len(pages) >= LEAST[who], pages


@pytest.mark.timeout(300)
def test_no_page_runs_what_people_have_typed(hostile_demo, visitor):
    context = visitor.context(everybody()["owner"])
    page = visitor.listen(context.new_page())
    pages = reachable(lambda path: text_of(context.request, path), "/bars/")
    ran, shown = [], 0

    for path in pages.values():
        page.goto(path)
        page.wait_for_timeout(SETTLED_MS)
        shown += PROBE in page.locator("body").inner_text()
        ran += [path] if page.evaluate("'xss' in window || document.querySelectorAll('[onerror]').length > 0") else []

    assert (ran, visitor.complaints) == ([], [])
    assert shown > len(pages) / 2  # or nothing was tried
