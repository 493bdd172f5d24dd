"""The counter's pages by taps: what waits is decided, tabs are paid, bottles come back, the day is closed."""

import re
import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sales.models import Consignment, DayClose, Expense, Return, Sale, Settlement, Tab
from sales.receipts import receipt_of
from sales.services.deciding import validate
from sales.services.expenses import Spending, spend
from sales.services.selling import sell
from tests import factories

LOOKS = {
    "phone, French, dark": {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "color_scheme": "dark"},
    "desktop, English, light": {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "light"},
}


@pytest.fixture
def open_page(visitor, bar):
    """Opens a page of the bar as somebody, once it is live."""

    def open_page(path, member, **options):
        page = visitor.open(f"/bars/{bar.pk}/{path}", member, **options)
        page.locator("live-status[data-status=live]").wait_for()
        return page

    return open_page


def statuses(*sales):
    found = dict(Sale.objects.values_list("pk", "status"))
    return [found[sale.pk] for sale in sales]


def test_a_manager_picks_sales_and_validates_them_together(open_page, koffi, awa, beer, sell_by_api):
    first, second, third = [factories.sale(awa, {beer.pk: 1}) for _ in range(3)]
    page = open_page("pending", koffi)
    expect(page.locator("[data-picked]")).to_be_disabled()

    for sale in (first, third):
        page.locator(f"[value='{sale.pk}']").check()
    expect(page.locator("[data-picked]")).to_contain_text("Valider 2 ventes")
    page.locator("[data-picked]").click()

    expect(page.locator("#pending > li")).to_have_count(1)
    expect(page.locator("#pending-bar")).to_contain_text("1 vente en attente")
    assert statuses(first, second, third) == ["validated", "pending", "validated"]

    sell_by_api(awa, beer)
    expect(page.locator("#pending > li")).to_have_count(2)
    page.locator("[data-all]").check()
    page.locator("[data-picked]").click()
    expect(page.get_by_text("Rien ne vous attend.")).to_be_visible()
    assert not Sale.objects.exclude(status="validated").exists()


def test_a_sale_is_rejected_with_a_reason(open_page, koffi, awa, beer):
    sale = factories.sale(awa, {beer.pk: 1})
    page = open_page("pending", koffi)

    page.get_by_role("button", name="Refuser").click()
    sheet = page.locator("#reject")
    expect(sheet).to_contain_text("vendu par Awa")
    sheet.get_by_label("Motif").fill("Tapée deux fois")
    sheet.get_by_role("button", name="Refuser").click()

    expect(page.get_by_text("Rien ne vous attend.")).to_be_visible()
    sale.refresh_from_db()
    assert (sale.status, sale.reason, sale.decided_by_id) == ("rejected", "Tapée deux fois", koffi.user_id)


def test_bottles_of_a_sale_come_back_and_are_kept(open_page, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 3})
    page = open_page(f"sales/{sale.pk}", koffi)

    page.get_by_role("button", name="Reprendre", exact=True).click()
    sheet = page.locator("#take-back")
    sheet.get_by_label("Motif").select_option("other")
    sheet.get_by_label("Remettre en stock").select_option("false")
    sheet.get_by_role("button", name="Reprendre").click()
    expect(sheet.get_by_role("alert")).to_be_visible()  # the reason `other` wants a note
    sheet.get_by_label("Note").fill("trop chaude")
    sheet.get_by_role("button", name="Reprendre").click()
    expect(page.locator("#sale")).to_contain_text("reste 2")

    page.get_by_role("button", name="Garder", exact=True).click()
    page.locator("#keep").get_by_label("Client").fill("Ibrahim")
    page.locator("#keep").get_by_role("button", name="Garder pour le client").click()
    expect(page.locator("#sale")).to_contain_text("gardé pour Ibrahim")

    back, kept = Return.objects.get(), Consignment.objects.get()
    assert (back.quantity, back.reason, back.note, back.refunds, back.restocks) == (
        1,
        "other",
        "trop chaude",
        True,
        False,
    )
    assert (kept.quantity, kept.client, kept.status) == (1, "Ibrahim", "active")


def test_a_sheet_stays_open_with_what_was_typed_while_its_sale_changes_and_is_renewed_once_closed(open_page, yao, beer):
    sale = factories.sale(yao, {beer.pk: 3})
    page = open_page(f"sales/{sale.pk}", yao)
    page.get_by_role("button", name="Annuler avec un motif", exact=True).click()
    sheet = page.locator("#cancel")
    sheet.get_by_label("Motif").fill("Partie sans payer")
    sheet.get_by_role("heading").click()  # no field has the focus

    factories.returned(yao, sale.lines.get())
    expect(page.locator("#sale")).to_contain_text("reste 2")
    expect(sheet.get_by_label("Motif")).to_have_value("Partie sans payer")

    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)  # a sale of which something came back is not cancelled


ROW_BEFORE_A_SHEET_GOES = """async () => {
  const list = (...keys) => {
    const made = Object.assign(document.createElement("ul"), { id: "probe" });
    made.dataset.live = "";
    for (const key of keys) {
      const row = made.appendChild(document.createElement("li"));
      row.dataset.key = key;
      row.append(document.createElement("dialog"));
    }
    return made;
  };
  const shown = document.body.appendChild(list("first", "second"));
  const sheet = shown.lastChild.firstChild;
  sheet.showModal();
  const fresh = document.createElement("main");
  fresh.append(list("second"));
  const { swap } = await import("/static/ui/swap.js");
  swap(fresh);
  return [[...shown.children].map((row) => row.dataset.key), sheet.open, sheet.matches(":modal")];
}"""


def test_a_sheet_stays_modal_when_a_row_before_it_goes(open_page, yao):
    assert open_page("more", yao).evaluate(ROW_BEFORE_A_SHEET_GOES) == [["second"], True, True]


def test_a_tab_is_opened_and_paid(open_page, koffi, beer):
    page = open_page("tabs", koffi)
    page.get_by_role("button", name="Ouvrir un bon").first.click()
    page.locator("#open-tab").get_by_label("Nom ou table").fill("Table 4")
    page.locator("#open-tab").get_by_role("button", name="Ouvrir un bon").click()

    expect(page.locator("h1")).to_have_text("Table 4")
    page.locator("live-status[data-status=live]").wait_for()
    tab = Tab.objects.get(name="Table 4")
    factories.sale_on(tab, koffi, {beer.pk: 2})
    expect(page.locator(".tile")).to_contain_text(re.compile("2.000"))
    page.get_by_role("button", name="Encaisser").click()
    sheet = page.locator("#settle")
    sheet.get_by_text("Mobile money").click()
    sheet.get_by_label("Référence du paiement").fill("OM-77")
    sheet.get_by_role("button", name="Encaisser").click()

    expect(page.get_by_role("button", name="Encaisser")).to_have_count(0)
    paid = Settlement.objects.get()
    assert (paid.tab_id, paid.amount, paid.payment, paid.reference) == (tab.pk, 2000, "mobile_money", "OM-77")


def test_the_drawer_is_counted_and_the_day_closed(open_page, koffi, beer):
    factories.sale(koffi, {beer.pk: 2})
    page = open_page("close", koffi)

    page.get_by_label("Espèces comptées en caisse").fill("1 500")
    expect(page.locator("[data-difference]")).to_have_text(re.compile("-500"))
    factories.sale(koffi, {beer.pk: 1})  # while it is typed
    expect(page.locator("[data-difference]")).to_have_text(re.compile("-1.500"))
    page.get_by_label("Fonds de caisse laissé pour le lendemain").fill("500")
    page.get_by_role("button", name="Clôturer la journée").click()

    expect(page.locator("h1")).to_have_text(re.compile("Z n°.1"))
    made = DayClose.objects.get()
    assert (made.counted_cash, made.left_cash, made.expected_cash, made.difference) == (1500, 500, 3000, -1500)


def test_an_expense_is_written_down_and_voided(open_page, yao):
    page = open_page("expenses", yao)

    page.get_by_role("button", name="Noter une dépense").click()
    page.locator("#spend").get_by_label("Montant").fill("2 500")
    page.locator("#spend").get_by_role("button", name="Noter la dépense").click()
    expect(page.locator("#spent")).to_contain_text(re.compile("2.500"))
    page.get_by_role("button", name="Annuler la dépense").click()
    page.locator("#void").get_by_label("Motif").fill("Notée deux fois")
    page.locator("#void").get_by_role("button", name="Annuler la dépense").click()

    expect(page.locator("#expenses")).to_contain_text("Notée deux fois")
    expense = Expense.objects.get()
    assert (expense.amount, expense.void_reason) == (2500, "Notée deux fois")


def test_an_own_sale_is_undone_while_its_clock_runs(open_page, awa, beer):
    sale = factories.sale(awa, {beer.pk: 1})
    page = open_page(f"sales/{sale.pk}", awa)

    expect(page.locator("undo-clock")).to_contain_text(re.compile(r"encore 9:\d\d"))
    page.get_by_role("button", name="Annuler la vente").click()
    page.locator("#undo").get_by_role("button", name="Annuler la vente").click()

    expect(page.locator("#sale")).to_contain_text("Refusée")
    expect(page.locator("undo-clock")).to_have_count(0)
    assert statuses(sale) == ["rejected"]


@pytest.fixture
def busy(bar, yao, koffi, awa, beer):
    """Something of everything that the pages show; the sale and the tab to look at."""
    sale = factories.sale(koffi, {beer.pk: 4})
    factories.returned(awa, line_of(awa, koffi, beer))
    factories.kept(koffi, sale.lines.get(), client="Ibrahim Traoré dit le Grand")
    factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CREDIT, client="Maître Ouattara")
    tab = factories.tab(awa, "Anniversaire de Mariam")
    factories.sale_on(tab, awa, {beer.pk: 1})
    now = timezone.now()
    sell(koffi, factories.basket({beer.pk: 900}).kept_since(now), at=now)
    spend(yao, Spending(uuid.uuid4(), Expense.Category.RENT, 1_250_000, Expense.Payment.CASH, ""), at=now)
    return sale, tab


def line_of(awa, koffi, beer):
    sale = factories.sale(awa, {beer.pk: 2})
    validate(koffi, sale.pk)
    return sale.lines.get()


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_of_the_counter_complains_or_scrolls_sideways(look, visitor, bar, yao, busy):
    sale, tab = busy
    pages = ("sales?status=validated", f"sales/{sale.pk}", f"sales/{sale.pk}/receipt", "pending", "tabs",
             f"tabs/{tab.pk}", "tabs/by-seller", "credits", "credits?client=Ouattara", "returns",
             "consignments", "close", "report", "expenses")  # fmt: skip
    page = visitor.open(f"/receipts/{receipt_of(sale.pk)}", **LOOKS[look])
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page = visitor.open(f"/bars/{bar.pk}/more", yao, **LOOKS[look])

    for path in pages:
        page.goto(f"/bars/{bar.pk}/{path}")
        page.wait_for_timeout(150)
        assert (path, page.evaluate("document.documentElement.scrollWidth - innerWidth")) <= (path, 0)
        assert (path, page.locator("h1").count()) == (path, 1)
    assert visitor.complaints == []
