"""A row of the history is kept written: it is never an old one, another's, or in another language."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from sales.models import Sale
from sales.services.deciding import cancel, validate, verify_payment
from sales.templatetags.sales import _written
from tests import factories

AT = datetime(2026, 11, 20, 22, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_written():
    _written.cache_clear()


@pytest.fixture
def row():
    """What a member reads of the only sale of the history, without its tags."""

    def row(member, language="fr"):
        client = Client(headers={"accept-language": language})
        client.force_login(member.user)
        [found] = re.findall(
            r'<a class="sale".*?</a>', client.get(f"/bars/{member.bar_id}/sales").content.decode(), re.S
        )
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found)).replace("\u202f", " ").replace("\xa0", " ").strip()

    return row


def test_a_row_says_when_what_how_much_who_and_how(row, koffi, beer):
    factories.sale(koffi, {beer.pk: 2}, at=AT)

    assert row(koffi) == "22:05 2 × Beaufort 2 000 F CFA Koffi Espèces"
    assert row(koffi, "en") == "22:05 2 × Beaufort F CFA 2,000 Koffi Cash"


def test_the_second_reader_gets_the_row_that_was_written_for_the_first(row, koffi, yao, beer):
    factories.sale(koffi, {beer.pk: 2}, at=AT)

    assert row(koffi) == row(yao)
    assert _written.cache_info()[:2] == (1, 1)  # hits, misses


def test_a_row_follows_its_sale(row, koffi, awa, beer):
    sale = factories.sale(awa, {beer.pk: 2}, at=AT)
    told = [row(koffi)]
    validate(koffi, sale.pk)
    told.append(row(koffi))
    cancel(koffi, sale.pk, reason="x")
    told.append(row(koffi))

    assert [one.removeprefix("22:05 2 × Beaufort 2 000 F CFA Awa Espèces").strip() for one in told] == [
        "En attente", "", "Annulée",
    ]  # fmt: skip


def test_a_row_follows_its_seller_s_name(row, koffi, beer):
    factories.sale(koffi, {beer.pk: 2}, at=AT)
    before = row(koffi)
    koffi.user.first_name = "<b>Yves</b>"
    koffi.user.save()

    assert row(koffi) == before.replace("Koffi", "&lt;b&gt;Yves&lt;/b&gt;")


def test_who_may_not_verify_is_not_asked_to(row, koffi, awa, beer):
    """The row that was written for who may isn't shown to who may not."""
    sale = factories.sale(awa, {beer.pk: 2}, at=AT, payment=Sale.Payment.MOBILE_MONEY)
    before = [row(member).endswith("À vérifier") for member in (koffi, awa, koffi)]
    verify_payment(koffi, sale.pk)

    assert (before, row(koffi).endswith("À vérifier")) == ([True, False, True], False)
