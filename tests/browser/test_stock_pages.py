"""Stock by taps on a phone: what is typed on the pages stands in the database afterwards."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from stock.models import Adjustment, CatalogueProduct, Category, CountEntry, Product, StockCount, Supply
from tests import factories


@pytest.fixture
def open_page(visitor, bar):
    """A page of the bar, once its line is live."""

    def open_as(member, path, **options):
        page = visitor.open(f"/bars/{bar.pk}/{path}", member, **options)
        page.locator("live-status[data-status=live]").wait_for()
        return page

    return open_as


def test_a_product_is_added_in_a_category_made_on_the_way(open_page, koffi):
    page = open_page(koffi, "products")

    page.get_by_role("button", name="Ajouter").first.click()
    sheet = page.locator("#new")
    sheet.get_by_label("Nom").fill("Flag")
    sheet.get_by_label("Catégorie").select_option("new")
    page.locator("#new-category").get_by_label("Nom").fill("Bières")
    page.locator("#new-category").get_by_role("button", name="Ajouter").click()
    expect(page.locator("#new-category")).to_be_hidden()
    sheet.get_by_label("Prix de vente").fill("1 500")
    sheet.get_by_label("En stock maintenant").fill("12")
    sheet.get_by_label("Coût unitaire").fill("800")
    sheet.get_by_role("button", name="Ajouter").click()

    expect(page.locator("#products strong")).to_have_text("Flag")
    made = Product.objects.get()
    assert (made.name, made.category.name, made.price, made.stock, made.cost) == ("Flag", "Bières", 1500, 12, 800)


def test_a_drink_is_picked_and_a_name_that_is_taken_is_said_in_place(open_page, koffi, beer):
    CatalogueProduct.objects.create(category="Bières", name="Castel", lot_size=12)
    page = open_page(koffi, "products/catalogue")

    page.get_by_role("button", name="Castel").click()
    page.locator("#pick").get_by_label("Prix de vente").fill("700")
    page.locator("#pick").get_by_role("button", name="Ajouter").click()
    expect(page.locator("#articles .tag")).to_have_text("Déjà chez vous")
    page.goto(page.url.replace("catalogue", "categories"))
    category = Category.objects.get(name="Bières")
    page.get_by_role("button", name="Renommer Bières").click()
    page.locator("#rename").get_by_label("Nom").fill("Boissons")
    page.locator("#rename").get_by_role("button", name="Enregistrer").click()

    expect(page.locator("#rename [data-refusal]")).to_be_visible()
    category.refresh_from_db()
    assert (category.name, Product.objects.get(name="Castel").price) == ("Bières", 700)


def test_a_correction_wants_its_reason_and_moves_the_stock(open_page, yao, beer):
    page = open_page(yao, f"products/{beer.pk}")

    page.get_by_role("button", name="Corriger le stock").first.click()
    sheet = page.locator("#adjust")
    sheet.get_by_label("De combien").fill("3")
    sheet.get_by_role("radio", name="Autre").check()
    sheet.get_by_role("button", name="Corriger le stock").click()
    expect(sheet.locator("[data-refusal]")).to_be_visible()
    sheet.get_by_label("Note").fill("emportées")
    sheet.get_by_role("button", name="Corriger le stock").click()

    expect(page.locator("#movements li").first).to_contain_text("emportées")
    made = Adjustment.objects.get()
    assert (made.quantity, made.reason, made.note) == (-3, "other", "emportées")


def test_a_delivery_of_two_products_comes_in_once_each(open_page, koffi, beer, coke):
    page = open_page(koffi, f"supplies/new?product={beer.pk}")
    lines = page.locator("supply-line")

    lines.nth(0).get_by_label("Casiers").fill("2")
    lines.nth(0).get_by_label("Prix du casier").fill("10 000")
    page.get_by_role("button", name="Un autre produit").click()
    lines.nth(1).get_by_label("Produit").select_option(str(coke.pk))
    expect(page.locator("[data-total]")).to_contain_text("20")
    page.get_by_role("button", name="Mettre en stock").click()
    expect(page.locator("supply-form [data-refusal]")).to_contain_text("déjà en stock")
    lines.nth(1).get_by_label("Prix du casier").fill("6000")
    page.get_by_role("button", name="Mettre en stock").click()

    page.wait_for_url("**/supplies")
    stored = Supply.objects.order_by("lot_price").values_list("product__name", "lots", "lot_size", "lot_price")
    assert list(stored) == [("Coca", 1, 24, 6000), ("Beaufort", 2, 24, 10_000)]


def test_what_is_counted_is_noted_as_it_is_typed_even_without_network(open_page, yao, awa, beer, coke):
    sheet = factories.sheet(yao, at=timezone.now())
    page = open_page(awa, "count")
    review = open_page(yao, f"counts/{sheet.pk}")

    page.get_by_label("Beaufort").fill("20")
    expect(page.locator("count-line").first).to_have_attribute("data-state", "saved")
    expect(review.locator("#review")).to_contain_text("20 comptés, 24 attendus")
    page.context.set_offline(True)
    page.get_by_label("Coca").fill("12")
    expect(page.locator("count-line").nth(1)).to_have_attribute("data-state", "unsaved")
    page.context.set_offline(False)
    expect(page.locator("count-line").nth(1)).to_have_attribute("data-state", "saved")
    review.get_by_role("button", name="Appliquer l’inventaire").first.click()
    review.locator("#apply").get_by_role("button", name="Appliquer l’inventaire").click()

    expect(review.locator("#review .tag").first).to_have_text("Appliqué")
    assert sorted(CountEntry.objects.values_list("quantity", flat=True)) == [12, 20]
    assert StockCount.objects.get().status == StockCount.Status.APPLIED
    beer.refresh_from_db()
    assert beer.stock == 20


def test_a_file_is_checked_before_it_is_written(open_page, koffi, beer, tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("nom,catégorie,prix\nFlag,Bières,beaucoup\n")
    good.write_text("nom,catégorie,prix,stock\nFlag,Bières,800,6\nBeaufort,Boissons,1100,3\n")
    page = open_page(koffi, "products/import")

    page.get_by_label("Votre fichier").set_input_files(bad)
    expect(page.locator("[data-errors] li")).to_contain_text("Ligne 2")
    page.get_by_label("Votre fichier").set_input_files(good)
    expect(page.locator("[data-shows=created]")).to_have_text("1")
    expect(page.locator("[data-shows=changed]")).to_have_text("1")
    assert Product.objects.count() == 1
    page.get_by_role("button", name="Importer").click()

    expect(page.locator("[data-done]")).to_be_visible()
    assert list(Product.objects.order_by("name").values_list("name", "price", "stock")) == [
        ("Beaufort", 1100, 24),
        ("Flag", 800, 6),
    ]
