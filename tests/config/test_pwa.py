"""The app on a phone: what it is made of, and whose page it keeps."""

import re

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from bars.models import Bar, Member
from config import pwa
from tests import factories

ASKED = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def till_of(client, member):
    client.force_login(member.user)
    return client.get(f"/bars/{member.bar_id}/till")


def test_the_shell_holds_every_file_that_the_page_of_a_till_asks_for(client, koffi, beer):
    asked = {path for path in ASKED.findall(till_of(client, koffi).content.decode()) if not path.endswith(".png")}

    assert asked - set(map(static, pwa.shell())) == set()
    assert [name for name in pwa.shell() if not finders.find(name)] == []


def test_the_worker_serves_every_page_and_knows_its_version(client):
    answer = client.get("/sw.js")

    text = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer["Cache-Control"] == "no-cache"
    assert f'const VERSION = "{pwa.version()}";' in text
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


def test_another_content_of_one_file_is_another_version(monkeypatch):
    before = pwa._version_now()
    text_of = pwa.text_of
    monkeypatch.setattr(pwa, "text_of", lambda name: text_of(name) + (" " if name == "sales/till.css" else ""))

    assert pwa._version_now() != before


def test_a_till_says_whose_it_is_and_other_pages_don_t(client, koffi, beer):
    page = till_of(client, koffi)

    assert (page["Page-For"], page["App-Version"]) == (str(koffi.user_id), pwa.version())
    assert "Page-For" not in client.get("/bars/")


def test_the_app_can_be_installed(client):
    manifest = client.get("/manifest.webmanifest").json()

    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/till", "/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512", "any"}
    for icon in manifest["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")), icon["src"]


def test_the_page_without_network_names_nobody(client, koffi):
    client.force_login(koffi.user)

    text = client.get("/offline").content.decode()

    assert "data-user" not in text
    assert koffi.user.first_name not in text


def test_the_app_opens_at_the_till_of_who_works_in_one_bar(client, koffi, other_bar):
    client.force_login(koffi.user)
    assert client.get("/till")["Location"] == f"/bars/{koffi.bar_id}/till"

    Member.objects.create(bar=other_bar, user=koffi.user, role=Member.Role.WAITER)
    assert client.get("/till")["Location"] == "/bars/"


def test_who_may_not_sell_is_sent_to_their_bars(client, awa, bar):
    Bar.objects.filter(pk=bar.pk).update(mode=Bar.Mode.SIMPLIFIED)
    client.force_login(awa.user)

    assert client.get("/till")["Location"] == "/bars/"


def test_a_page_of_another_person_writes_nothing(client, koffi, awa, order):
    client.force_login(koffi.user)
    address = f"/api/v1/bars/{koffi.bar_id}/sales"

    def sell(page_for):
        return client.post(address, order, "application/json", headers={"Page-For": str(page_for)}).status_code

    assert [sell(awa.user_id), sell(koffi.user_id)] == [401, 201]


def test_a_till_costs_as_many_queries_with_three_products_tabs_and_sales_as_with_one(
    client, koffi, bar, django_assert_max_num_queries
):
    client.force_login(koffi.user)
    counts = []
    for number in range(3):
        product = factories.product(bar, f"Product {number}")
        factories.tab(koffi, f"Table {number}")
        factories.sale(koffi, {product.pk: 1})
        with django_assert_max_num_queries(40) as made:
            client.get(f"/bars/{bar.pk}/till")
        counts.append(len(made))

    assert counts[0] == counts[2]
