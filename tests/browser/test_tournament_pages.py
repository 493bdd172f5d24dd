"""Tournaments by tapping: opened, drawn, scored at the table, watched by the room."""

import re
import uuid

import httpx
import pytest
from playwright.sync_api import expect

from stats.models import Match, Side, Tournament
from stats.tournaments.services.playing import start
from tests.factories import token
from tests.stats.playing import drawn, opened, played, ready

TELEVISION = {"viewport": {"width": 1920, "height": 1080}, "has_touch": False}


@pytest.fixture
def live(koffi):
    """A match of a cup that is being played."""
    match = ready(drawn(koffi))[0]
    start(koffi, match.pk)
    return match


@pytest.fixture
def tap_elsewhere(live_stack, koffi):
    """A point that Koffi gives on another phone."""

    def tap(match, side):
        url = f"{live_stack}/api/v1/bars/{koffi.bar_id}/matches/{match.pk}/score"
        headers = {"Authorization": f"Bearer {token(koffi)}"}
        answer = httpx.post(url, json={"key": str(uuid.uuid4()), "side": side, "points": 1}, headers=headers)
        assert answer.status_code == 200, answer.text

    return tap


def test_a_tournament_is_opened_filled_and_drawn_by_taps(visitor, bar, koffi):
    page = visitor.open(f"/bars/{bar.pk}/tournaments", koffi)
    page.get_by_role("button", name="Nouveau tournoi").first.tap()
    page.get_by_label("Nom", exact=True).fill("Coupe du samedi")
    page.get_by_label("Jeu").select_option("darts")
    page.get_by_role("button", name="Ouvrir", exact=True).tap()
    expect(page.get_by_role("heading", name="Coupe du samedi")).to_be_visible()

    for name in ("Ada", "Bintou", "Chérif", "Djibril"):
        page.get_by_label("Nom d’un joueur").fill(name)
        page.get_by_role("button", name="Inscrire").tap()
        expect(page.locator("#entries")).to_contain_text(name)
    page.get_by_role("button", name="Tirer au sort et commencer").tap()
    page.locator("#draw").get_by_role("button", name="Tirer au sort").tap()

    expect(page.locator(".bracket")).to_contain_text("Finale")
    cup = Tournament.objects.get()
    assert (cup.status, cup.entries.count(), cup.matches.count()) == ("running", 4, 4)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_points_are_tapped_at_once_and_the_result_is_confirmed(visitor, bar, awa, live):
    page = visitor.open(f"/bars/{bar.pk}/matches/{live.pk}", awa)
    plus, minus = (page.locator(f"[data-side=home][data-points='{points}']") for points in (1, -1))

    for button in (plus, plus, plus, minus):
        button.tap()
    expect(page.locator("[data-score=home]")).to_have_text("2", timeout=300)
    page.wait_for_function("document.querySelector('#confirm [data-final=home]').value === '2'")
    page.get_by_role("button", name="Confirmer le résultat").tap()
    with page.expect_navigation():
        page.locator("#confirm").get_by_role("button", name="Confirmer le résultat").tap()

    expect(page.get_by_text("Vainqueur")).to_be_visible()
    live.refresh_from_db()
    assert (live.state, live.home_score, live.away_score, live.winner) == ("confirmed", 2, 0, Side.HOME)


def test_two_phones_at_one_table_and_the_television_show_one_score(visitor, bar, awa, live, tap_elsewhere):
    console = visitor.open(f"/bars/{bar.pk}/matches/{live.pk}", awa)
    television = visitor.open(f"/tv/{live.tournament.token}", **TELEVISION)
    for page in (console, television):
        page.locator("live-status[data-status=live]").wait_for()

    tap_elsewhere(live, "away")

    expect(console.locator("[data-score=away]")).to_have_text("1")
    expect(television.locator("#now .tv-match b").nth(1)).to_have_text("1")
    assert television.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_taps_without_network_count_once_it_is_back(visitor, bar, awa, live):
    page = visitor.open(f"/bars/{bar.pk}/matches/{live.pk}", awa)
    page.context.set_offline(True)
    for _ in range(3):
        page.locator("[data-side=away][data-points='1']").tap()
    expect(page.locator("[data-score=away]")).to_have_text("3", timeout=500)
    expect(page.locator("[data-waiting]")).to_be_visible()

    page.context.set_offline(False)

    for _ in range(50):
        page.wait_for_timeout(200)
        live.refresh_from_db()
        if live.away_score == 3:
            break
    assert (live.away_score, live.score_events.count()) == (3, 3)
    expect(page.locator("[data-waiting]")).to_be_hidden()


def test_a_console_that_missed_who_plays_now_confirms_nothing(visitor, bar, awa, koffi):
    cup = drawn(koffi)
    first, second = ready(cup)
    for match in (first, second):
        played(koffi, match)
    final = cup.matches.get(round=2, place=0)
    start(koffi, final.pk)
    page = visitor.open(f"/bars/{bar.pk}/matches/{final.pk}", awa)
    page.locator("[data-side=home][data-points='1']").tap()
    page.get_by_role("button", name="Confirmer le résultat").tap()
    page.locator("#confirm [name=home]").evaluate("(field, entry) => { field.value = entry; }", str(first.away_id))

    page.locator("#confirm").get_by_role("button", name="Confirmer le résultat").tap()

    expect(page.locator("#confirm [data-refusal]")).to_be_visible()
    assert Match.objects.get(pk=final.pk).state == "live"


def test_the_television_fits_its_screen_with_sixty_four_players(visitor, koffi):
    cup = drawn(koffi, players=64)

    page = visitor.open(f"/tv/{cup.token}", **TELEVISION)

    inside = "e => e.getBoundingClientRect().bottom <= innerHeight"
    assert all(slot.evaluate(inside) for slot in page.locator(".slot").all())
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator(".slot .side-name").first.evaluate(size) >= 28


def test_names_that_are_code_are_shown_as_text(visitor, bar, koffi):
    probe = "<img src=x onerror=alert(1)>"
    cup = opened(koffi, name=probe, players=2)

    for path in (f"/bars/{bar.pk}/tournaments/{cup.pk}", f"/tv/{cup.token}"):
        page = visitor.open(path, koffi)
        expect(page.get_by_role("heading", name=re.compile("onerror"))).to_be_visible()
        assert page.locator("img").count() == 0
