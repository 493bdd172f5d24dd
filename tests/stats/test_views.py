import pytest

from tests import factories


@pytest.mark.django_db(transaction=True)
def test_tonight_is_complete_before_any_script_runs(client, bar, koffi, awa, beer):
    factories.sale(koffi, {beer.pk: 2})
    factories.sale(awa, {beer.pk: 20})
    client.force_login(koffi.user)

    page = client.get(f"/bars/{bar.pk}/tonight").content.decode()
    text = " ".join(page.replace("\u202f", " ").replace("\xa0", " ").split())

    assert '<output class="headline-figure" data-figure="revenue">2 000 F CFA</output>' in text
    assert '<dd data-figure="sales">1</dd>' in text
    assert '<span data-figure="pending">1</span>' in text
    assert "20 × Beaufort" in text


def test_the_platform_is_for_operators(client, koffi, operator):
    client.force_login(koffi.user)
    refused = client.get("/operator/")
    client.force_login(operator)
    shown = client.get("/operator/")

    assert (refused.status_code, shown.status_code) == (403, 200)
    assert "Recette du jour" not in refused.content.decode()
