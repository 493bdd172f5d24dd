"""The pages of the history, on a phone and by keyboard."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from sales.history import PastSale, record_history
from tests import factories

SALES = 320  # seven pages


@pytest.fixture
def address(bar, koffi, beer):
    now = timezone.now()
    prices = {beer.pk: 1000}
    sales = [
        PastSale(bar, koffi.user_id, factories.basket({beer.pk: 1}, prices=prices), now - timedelta(minutes=n))
        for n in range(SALES)
    ]
    with transaction.atomic():
        record_history(products=[], sales=sales, by=koffi.user_id)
    return f"/bars/{bar.pk}/sales"


def numbers(page):
    return [link.inner_text() for link in page.locator(".pager li[data-distance] a").all() if link.is_visible()]


@pytest.mark.parametrize(
    ("width", "shown"), [(360, ["3", "4", "5"]), (1280, ["2", "3", "4", "5", "6"])], ids=["phone", "desktop"]
)
def test_any_page_is_reached_without_scrolling_sideways(width, shown, visitor, address, koffi):
    page = visitor.open(f"{address}?page=4", koffi, viewport={"width": width, "height": 740})

    expect(page.locator(".pager p")).to_have_text("Page 4 sur 7 · 320 ventes")
    assert numbers(page) == shown
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert all(link.bounding_box()["height"] >= 44 for link in page.locator(".pager li a:visible").all())

    for label, number in (("Page suivante", 5), ("Dernière page", 7), ("Page précédente", 6), ("Première page", 1)):
        page.get_by_role("link", name=label).click()
        expect(page.locator(".pager [aria-current=page]")).to_have_text(str(number))
    assert page.locator(".sale").count() == 50


def test_a_page_is_asked_for_by_keyboard(visitor, address, koffi):
    page = visitor.open(address, koffi)

    page.get_by_label("Aller à la page").focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")

    expect(page.locator(".pager p")).to_have_text("Page 7 sur 7 · 320 ventes")
    assert page.locator(".sale").count() == SALES - 6 * 50


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_sale_is_searched_for_on_a_phone(has_scripts, visitor, address, koffi):
    page = visitor.open(f"{address}?status=validated", koffi, java_script_enabled=has_scripts)

    page.get_by_role("searchbox").fill("beau")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name="Ventes plus anciennes")).to_be_visible()
    page.get_by_role("link", name="Ventes plus anciennes").click()
    expect(page.get_by_role("link", name="Ventes les plus récentes")).to_be_visible()
    assert (page.locator(".sale").count(), page.get_by_role("searchbox").input_value()) == (50, "beau")
    assert all(part in page.url for part in ("q=beau", "status=validated"))

    page.get_by_role("searchbox").fill("9 999 F")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator(".nothing")).to_contain_text("Aucune vente pour")
    if has_scripts:
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
