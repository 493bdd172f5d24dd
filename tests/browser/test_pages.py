"""What is true of every page, in both languages, on a phone and on a desktop, by night and by day."""

import pytest
from playwright.sync_api import expect

from config.api import api
from tests.factories import sale

LOOKS = {
    "phone, French, dark": {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "color_scheme": "dark"},
    "desktop, English, light": {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "light"},
}


@pytest.fixture
def paths(bar, koffi, beer):
    sale(koffi, {beer.pk: 2})
    return [
        "/login/",
        "/bars/",
        f"/bars/{bar.pk}/till",
        f"/bars/{bar.pk}/tonight",
        f"/bars/{bar.pk}/sales",
        f"/bars/{bar.pk}/sales?on=2020-01-01",
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_complains_or_scrolls_sideways(look, visitor, paths, koffi):
    for path in paths:
        page = visitor.open(path, None if path == "/login/" else koffi, **LOOKS[look])
        page.wait_for_load_state("networkidle") if path == "/login/" else page.wait_for_timeout(400)

        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert page.locator("h1").count() == 1, path
    assert visitor.complaints == []


def test_the_watch_would_see_a_page_that_breaks_the_policy(visitor):
    page = visitor.open("/login/")

    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(100)

    assert any(text.startswith("policy: style-src") for text in visitor.complaints)
    visitor.complaints.clear()


def test_the_operators_page_does_not_either(visitor, operator):
    page = visitor.open("/operator/", operator)
    expect(page.locator("live-status")).to_have_text("Temps réel actif")

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visitor.complaints == []


def test_the_documentation_of_the_api_lists_every_operation(visitor):
    page = visitor.open("/api/v1/docs")
    operations = [one for path in api.get_openapi_schema()["paths"].values() for one in path]

    expect(page.locator(".opblock")).to_have_count(len(operations))

    assert visitor.complaints == []


def test_the_language_is_chosen_from_the_menu(visitor, bar, koffi, beer):
    page = visitor.open(f"/bars/{bar.pk}/till", koffi)
    expect(page.get_by_role("link", name="Caisse")).to_be_visible()

    page.locator("summary").click()
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("link", name="Till")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_signing_out_ends_the_evening(visitor, bar, koffi, beer):
    page = visitor.open("/bars/", koffi)

    page.locator("summary").click()
    page.get_by_role("button", name="Se déconnecter").click()

    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    page.goto(f"/bars/{bar.pk}/till")
    expect(page).to_have_url(f"{visitor.url}/login/?next=/bars/{bar.pk}/till")


def test_a_page_of_another_bar_looks_like_none(visitor, other_bar, koffi, awa, bar):
    stranger = visitor.open(f"/bars/{other_bar.pk}/till", koffi)
    waiter = visitor.open(f"/bars/{bar.pk}/tonight", awa)

    expect(stranger.locator("h1")).to_have_text("Il n’y a rien ici")
    expect(waiter.locator("h1")).to_have_text("Votre rôle ne donne pas accès à cette page")
