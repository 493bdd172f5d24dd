"""Two people talk in two browsers: at once, once, and only with each other."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from realtime.models import Message
from tests.realtime.test_chat import begin, team, write

LIVE = "live-status[data-status=live]"
WITHIN = 1_000  # ms
XSS = '<img src=x onerror="window.wasHit = true"><script>window.wasHit = true</script>'


@pytest.fixture
def chat(visitor, bar):
    """Opens the chat as somebody, on the conversation with this name where one is given."""

    def open_chat(member, name=None, **options):
        page = visitor.open(f"/bars/{bar.pk}/chat", member, **options)
        page.locator(LIVE).wait_for()
        if name:
            enter(page, name)
        return page

    return open_chat


def enter(page, name):
    page.locator(".talk").filter(has=page.get_by_text(name, exact=True)).click()
    page.locator("textarea").wait_for()


def say(page, text):
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")


def lines(page):
    return page.locator(".message-text")


def talk(page, name):
    return page.locator(".talk").filter(has=page.get_by_text(name, exact=True))


def test_a_message_is_read_at_once_and_its_author_learns_it(chat, awa, koffi):
    hers, his = chat(awa, "Koffi"), chat(koffi, "Awa")
    expect(his.locator("[data-here]")).to_have_text("En ligne")

    say(hers, "La table 4 veut payer")
    expect(lines(his)).to_have_text(["La table 4 veut payer"], timeout=WITHIN)

    expect(hers.locator("[data-fate]").last).to_have_text("Lu")
    assert Message.objects.count() == 1


def test_typing_shows_and_goes(chat, awa, koffi):
    hers, his = chat(awa, "Toute l’équipe"), chat(koffi, "Toute l’équipe")

    hers.locator("textarea").press_sequentially("Il m")
    expect(his.locator("[data-typing]")).to_have_text("Awa écrit…", timeout=WITHIN)
    hers.locator("textarea").fill("")

    expect(his.locator("[data-typing]")).to_be_hidden(timeout=WITHIN)
    expect(hers.locator("[data-typing]")).to_be_hidden()


def test_a_message_taken_back_is_gone_on_both(chat, awa, koffi):
    hers, his = chat(awa, "Toute l’équipe"), chat(koffi, "Toute l’équipe")
    say(hers, "Le patron est un radin")
    expect(lines(his)).to_have_text(["Le patron est un radin"])

    hers.get_by_role("button", name="Supprimer ce message").tap()
    expect(lines(hers)).to_have_text(["Le patron est un radin"])  # the first tap asks
    hers.get_by_role("button", name="Supprimer ce message").tap()

    for page in (hers, his):
        expect(lines(page)).to_have_text(["Message supprimé"], timeout=WITHIN)
    assert "radin" not in his.content()


def test_other_conversations_count_what_is_unread(chat, bar, awa, koffi):
    his = chat(koffi, "Toute l’équipe")
    pair = begin(awa, koffi).json()["id"]

    for text in ("Psst", "Koffi ?"):
        assert write(awa, pair, text).status_code == 201
    his.locator(".thread-back").tap()
    expect(talk(his, "Awa").locator("[data-unread]")).to_have_text("2", timeout=WITHIN)
    expect(talk(his, "Awa").locator("[data-last]")).to_have_text("Koffi ?")
    enter(his, "Awa")
    expect(lines(his)).to_have_text(["Psst", "Koffi ?"])
    his.go_back()

    expect(talk(his, "Awa").locator("[data-unread]")).to_be_hidden()


def test_the_tab_counts_what_is_unread_on_every_page_of_the_bar(visitor, chat, bar, awa, koffi):
    """Her own words aren't news to her; what she reads on one device is read on all."""
    assert write(koffi, team(bar), "Bonsoir").status_code == 201
    pages = [visitor.open(f"/bars/{bar.pk}/{name}", awa) for name in ("till", "sales")]
    counts = [page.locator(".tabs chat-count") for page in pages]
    for count in counts:
        expect(count).to_have_text("1")
    pages[0].locator(LIVE).wait_for()

    for who, conversation in ((koffi, team(bar)), (awa, team(bar)), (koffi, begin(awa, koffi).json()["id"])):
        assert write(who, conversation, "Awa ?").status_code == 201
    for count in counts:
        expect(count).to_have_text("3")
        expect(count).to_have_accessible_name("3 messages non lus")
    device = chat(awa, "Toute l’équipe")

    for count in (*counts, device.locator(".tabs chat-count")):
        expect(count).to_have_text("1", timeout=WITHIN)
    enter(chat(awa), "Koffi")
    for count in counts:
        expect(count).to_be_hidden(timeout=WITHIN)


def test_code_in_a_message_is_only_text(chat, bar, awa, koffi):
    his = chat(koffi, "Toute l’équipe")

    assert write(awa, team(bar), XSS).status_code == 201

    expect(lines(his)).to_have_text([XSS])
    his.wait_for_timeout(100)
    assert his.evaluate("window.wasHit") is None
    assert his.locator(".chat img, .chat script").count() == 0


def test_what_could_not_be_sent_is_kept_and_said_once(chat, awa, koffi, live_stack):
    hers, his = chat(awa, "Koffi"), chat(koffi, "Awa")
    answered = []

    def lose_the_answer(route):
        answered.append(route.fetch())  # said, but she doesn't hear that it was
        route.abort()

    hers.route(
        "**/messages", lambda route: lose_the_answer(route) if route.request.method == "POST" else route.continue_()
    )
    say(hers, "Encore deux Flag")
    expect(hers.get_by_text("Non envoyé.")).to_be_visible()
    hers.locator("textarea").fill("et une Castel")
    hers.unroute("**/messages")
    hers.reload()

    expect(lines(hers)).to_have_text(["Encore deux Flag"])
    expect(hers.locator("textarea")).to_have_value("et une Castel")
    expect(hers.get_by_text("Non envoyé.")).to_be_hidden()
    expect(lines(his)).to_have_text(["Encore deux Flag"])
    assert (len(answered), Message.objects.count()) == (1, 1)


def test_shift_and_enter_begins_a_line(chat, awa):
    page = chat(awa, "Toute l’équipe")

    page.locator("textarea").press_sequentially("Deux lignes")
    page.locator("textarea").press("Shift+Enter")
    page.locator("textarea").press_sequentially("une bière")
    page.locator("textarea").press("Enter")

    expect(lines(page)).to_have_text(re.compile(r"Deux lignes\nune bière"), use_inner_text=True)


def test_older_messages_come_when_they_are_asked_for(chat, bar, awa, koffi):
    Message.objects.bulk_create(
        Message(conversation_id=team(bar), author=awa.user, key=uuid.uuid4(), text=f"Message {i}") for i in range(60)
    )
    page = chat(koffi, "Toute l’équipe")
    expect(lines(page)).to_have_count(50)
    expect(lines(page).last).to_be_in_viewport()

    page.get_by_role("button", name="Messages plus anciens").click()

    expect(lines(page)).to_have_count(60)
    expect(lines(page).first).to_have_text("Message 0")
    expect(page.get_by_role("button", name="Messages plus anciens")).to_be_hidden()


def test_the_chat_fits_a_phone_and_complains_of_nothing(chat, visitor, awa, koffi):
    page = chat(awa)

    for name in (None, "Toute l’équipe"):
        if name:
            enter(page, name)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.locator("h1").count() == 1
        assert page.locator(".talks").is_visible() != page.locator(".thread").is_visible()
    assert visitor.complaints == []
