"""A bar from nothing to its first people, as those who have never seen it would do it."""

import time

import pytest
from playwright.sync_api import expect

from bars.models import Bar, Member, Session
from stock.models import CatalogueProduct, Product
from tests import factories

PASSWORD = "la-biere-est-fraiche"


@pytest.fixture
def issa(db):
    """Has an account, and works nowhere yet."""
    return factories.user("issa")


def test_a_new_bar_sells_its_first_drink_within_the_five_minutes(visitor, issa):
    CatalogueProduct.objects.create(category="Bières", name="Flag 65 cl", lot_size=12)
    started = time.monotonic()
    page = visitor.open("/bars/", issa, timezone_id="Africa/Porto-Novo")

    page.get_by_role("link", name="Ouvrir un bar").click()
    page.get_by_label("Comment s’appelle-t-il").fill("Le Baobab")
    expect(page.get_by_label("Où est-il")).to_have_value("BJ")
    page.get_by_role("button", name="Ouvrir le bar").click()
    expect(page.locator("h1")).to_have_text("Premiers pas")
    page.get_by_role("link", name="Choisir dans le catalogue").click()
    page.get_by_role("button", name="Flag 65 cl").click()
    page.locator("#pick").get_by_label("Prix de vente").fill("800")
    page.locator("#pick").get_by_label("En stock maintenant").fill("24")
    page.locator("#pick").get_by_role("button", name="Ajouter").click()
    expect(page.locator("#articles .tag")).to_be_visible()
    page.goto(f"/bars/{Bar.objects.get(name='Le Baobab').pk}/start")
    expect(page.locator("h1")).to_have_text("Prêt à vendre")
    page.get_by_role("link", name="Vendre la première boisson").click()

    expect(page.locator("body")).to_contain_text("Flag 65 cl")
    bar = Bar.objects.get(name="Le Baobab")
    assert (bar.currency, bar.time_zone) == ("XOF", "Africa/Porto-Novo")
    assert [(one.user_id, one.role) for one in bar.members.all()] == [(issa.pk, "owner")]
    assert list(Product.objects.values_list("name", "price", "stock")) == [("Flag 65 cl", 800, 24)]
    assert time.monotonic() - started < 60


def test_an_invitation_goes_from_phone_to_phone_and_makes_an_account(visitor, bar, koffi):
    page = visitor.open(f"/bars/{bar.pk}/team", koffi)

    page.get_by_role("button", name="Inviter").click()
    page.locator("#invite").get_by_role("button", name="Créer le lien").click()
    expect(page.locator("#invited")).to_be_visible()
    link = page.locator("#invited [data-told=link]").input_value()
    share = page.locator("#invited [data-whatsapp]").get_attribute("href")
    theirs = visitor.open(link)
    theirs.get_by_label("Votre nom").fill("Moussa")
    theirs.get_by_label("Nom d’utilisateur").fill("moussa.k")
    theirs.get_by_label("Mot de passe").fill(PASSWORD)
    theirs.get_by_role("button", name="Créer mon compte").click()

    theirs.wait_for_url("**/bars/")
    expect(theirs.locator(".bar-card h2")).to_have_text("Chez Yao")
    assert share.startswith("https://wa.me/?text=Rejoignez%20Chez%20Yao")
    assert Member.objects.get(user__username="moussa.k").role == "waiter"


def test_a_person_is_added_with_a_password_that_is_shown_once(visitor, bar, yao):
    page = visitor.open(f"/bars/{bar.pk}/team", yao)

    page.get_by_role("button", name="Ajouter une personne").click()
    sheet = page.locator("#add")
    sheet.get_by_label("Nom", exact=True).fill("Aïcha Koné")
    expect(sheet.get_by_label("Nom d’utilisateur")).to_have_value("aicha.kone")
    sheet.get_by_role("button", name="Ajouter").click()
    told = page.locator("#added [data-told=password]")
    expect(told).to_be_visible()
    password = told.input_value()
    page.locator("#added").get_by_role("button", name="Terminé").click()

    expect(page.locator("#people")).to_contain_text("Aïcha Koné")
    assert Member.objects.get(user__username="aicha.kone").user.check_password(password)
    assert password not in page.content()


def test_another_password_keeps_this_browser_and_ends_the_others(visitor, koffi):
    page, other = visitor.open("/account/", koffi), visitor.open("/bars/", koffi)

    page.get_by_label("Mot de passe actuel").fill(factories.PASSWORD)
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.locator(".toast")).to_contain_text("Votre mot de passe est changé")
    other.reload()

    assert "/login/" in other.url
    assert Session.objects.filter(user=koffi.user).count() == 1


def test_a_bar_that_has_sold_keeps_its_currency_and_says_so(visitor, bar, yao):
    factories.sale(factories.member(bar, "koffi", "manager"), {factories.product(bar, "Flag").pk: 1})
    page = visitor.open(f"/bars/{bar.pk}/settings", yao)

    page.get_by_label("Devise").select_option("EUR")
    page.locator("form", has=page.get_by_label("Devise")).get_by_role("button", name="Enregistrer").click()

    expect(page.locator("[data-refusal]:visible")).to_be_visible()
    bar.refresh_from_db()
    assert bar.currency == "XOF"
