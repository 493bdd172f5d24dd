"""Another SECRET_KEY, with the old one kept as a fallback for a while: see docs/deploy.md."""

import pytest
from django.test import Client


@pytest.fixture
def signed_in(koffi, awa):
    """A browser of each, signed in with the first key."""

    def sign_in(person):
        browser = Client()
        browser.force_login(person.user)
        return browser

    return sign_in(koffi), sign_in(awa)


def opens(browser, bar):
    return browser.get(f"/bars/{bar.pk}/till").status_code


def test_f41_nobody_is_signed_out_and_the_old_key_ends_with_its_fallback(signed_in, bar, beer, settings):
    here, away = signed_in
    old = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [old]
    during = opens(here, bar)
    settings.SECRET_KEY_FALLBACKS = []

    assert (during, opens(here, bar), opens(away, bar)) == (200, 200, 302)


def test_f41_without_a_fallback_everybody_is_signed_out(signed_in, bar, beer, settings):
    settings.SECRET_KEY = "another-" * 8

    assert [opens(browser, bar) for browser in signed_in] == [302, 302]
