"""The Django admin: every model is there, ledgers can't be touched, and bars are set up in it."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bars.models import Bar, Member
from bars.services.settings import change_settings
from realtime.read_only import ReadOnlyAdmin
from sales.models import Decision, Sale
from sales.services.deciding import UNDONE
from sales.services.selling import record_or_find
from stock.admin import ProductAdmin
from stock.models import Product
from tests import factories
from tests.races.gate import holding, through

OURS = ("bars", "stock", "sales", "stats", "realtime")
# Composite keys can't be registered: they have pages of their own.
ON_PAGES = {"realtime.Event": "events", "stats.SalesMinute": "minutes", "stats.DailySalesSummary": "daily-summary"}
OF_NO_USE = {"bars.Guess"}  # digests and moments: there is nothing that anybody could read
ADDED_UP = {"realtime.Usage"}  # on the page of costs: tests/realtime/test_metering.py
REGISTERED = [model for model in admin.site._registry if model._meta.app_label in OURS]


def changelist(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


def test_every_model_of_ours_is_in_the_admin():
    ours = {model for label in OURS for model in apps.get_app_config(label).get_models() if not model._meta.proxy}

    missing = {model._meta.label for model in ours - set(REGISTERED)}

    assert missing == OF_NO_USE.union(ON_PAGES, ADDED_UP)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_a_list_and_a_row_of_each_model_open(model, desk, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    row = model.objects.first()

    listed = desk.get(changelist(model))
    shown = desk.get(f"{changelist(model)}{row.pk}/change/") if row else listed

    assert (listed.status_code, shown.status_code) == (200, 200)


@pytest.mark.parametrize("page", ON_PAGES.values())
def test_rows_with_composite_keys_have_their_own_pages(page, desk, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})

    pages = [desk.get(reverse(f"admin:{page}"), {"p": number}).status_code for number in ("", "2", "nonsense", "-1")]

    assert pages == [200, 200, 200, 200]


@pytest.mark.parametrize(
    "model", [m for m in REGISTERED if isinstance(admin.site._registry[m], ReadOnlyAdmin)], ids=lambda m: m._meta.label
)
def test_what_services_write_cannot_be_added_in_the_admin(model, desk):
    before = model.objects.count()

    answer = desk.post(f"{changelist(model)}add/", {})

    assert (answer.status_code, model.objects.count()) == (403, before)


def test_stock_is_not_typed_in_the_admin(desk, beer, beer_form):
    typed = {"name": "Flag", "stock": 999, "reserved": 5, "cost": 1}

    answer = desk.post(f"{changelist(Product)}{beer.pk}/change/", beer_form | typed)

    beer.refresh_from_db()
    assert (answer.status_code, beer.name, beer.stock, beer.reserved, beer.cost) == (302, "Flag", 24, 0, 0)


@pytest.fixture
def beer_form(beer):
    return {
        "bar": beer.bar_id,
        "category": beer.category_id,
        "name": beer.name,
        "price": beer.price,
        "alert_threshold": beer.alert_threshold,
        "is_active": "on",
        "prices-TOTAL_FORMS": 0,
        "prices-INITIAL_FORMS": 0,
    }


@pytest.fixture
def sold_meanwhile(koffi, beer, monkeypatch):
    """Five are sold between the reading of a product's form and its saving."""

    def load_then_sell(self, *args):
        loaded = load(self, *args)
        record_or_find.__wrapped__(
            koffi, factories.basket({beer.pk: 5}), timezone.now(), True
        )  # inside the form's transaction
        return loaded

    load = ProductAdmin.get_object
    monkeypatch.setattr(ProductAdmin, "get_object", load_then_sell)


@pytest.mark.usefixtures("sold_meanwhile")
@pytest.mark.parametrize(("typed", "price"), [({}, 1000), ({"price": 1200}, 1200)], ids=["nothing", "a price"])
def test_what_is_sold_while_a_form_is_saved_stays_sold(typed, price, desk, beer, beer_form):
    answer = desk.post(f"{changelist(Product)}{beer.pk}/change/", beer_form | typed)

    beer.refresh_from_db()
    assert (answer.status_code, beer.price, beer.stock) == (302, price, 19)


@pytest.mark.parametrize("address", ["add/", "{beer}/change/"])
def test_a_category_of_another_bar_is_refused_with_a_reason(address, desk, beer, beer_form, other_bar):
    strange = factories.product(other_bar, "Heineken").category
    form = beer_form | {"category": strange.pk, "name": "Flag"}

    answer = desk.post(f"{changelist(Product)}{address.format(beer=beer.pk)}", form)

    assert (answer.status_code, Product.objects.filter(name="Flag").count()) == (200, 0)
    assert "Cette catégorie est celle d’un autre bar." in answer.content.decode()


@pytest.mark.parametrize("kind", ["product", "category"])
def test_a_row_of_one_bar_is_not_sent_to_another(kind, desk, beer, beer_form, other_bar):
    row = {"product": beer, "category": beer.category}[kind]
    form = beer_form | {"bar": other_bar.pk, "position": 3}

    answer = desk.post(f"{changelist(type(row))}{row.pk}/change/", form)

    row.refresh_from_db()
    assert (answer.status_code, row.bar) == (302, beer.bar)


def test_a_name_that_is_taken_in_the_bar_is_refused_with_a_reason(desk, beer, beer_form, coke):
    answer = desk.post(f"{changelist(Product)}{beer.pk}/change/", beer_form | {"name": coke.name})

    beer.refresh_from_db()
    assert (answer.status_code, beer.name) == (200, "Beaufort")


@pytest.mark.parametrize("page", ON_PAGES.values())
def test_staff_without_the_permission_see_no_page_of_rows(page, desk):
    helper = Client()
    helper.force_login(factories.user("helper", is_staff=True))

    answers = [one.get(reverse(f"admin:{page}")).status_code for one in (helper, desk)]

    assert answers == [403, 200]


@pytest.fixture
def sold(koffi, beer):
    return factories.sale(koffi, {beer.pk: 1})


@pytest.fixture
def bar_form(bar):
    people = {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
    fields = ("name", "slug", "currency", "time_zone", "closing_hour", "mode", "address", "phone")
    fields += ("offline_hours", "discount_limit", "consignment_days")
    return people | {name: getattr(bar, name) for name in fields} | {"is_active": "on"}


TERMS = [{"currency": "USD"}, {"time_zone": "Asia/Tokyo"}, {"closing_hour": 4}]
FASTER = "Quelqu’un d’autre a été plus rapide\N{NO-BREAK SPACE}: vérifiez avant de recommencer."
KEPT = "Un bar qui a déjà vendu garde sa devise, son fuseau horaire et son heure de fermeture."


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_a_bar_that_has_sold_keeps_its_terms_and_says_why(terms, desk, bar, sold, bar_form):
    before = Bar.objects.values().get(pk=bar.pk)

    answer = desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | terms | {"name": "Chez Ama"}, follow=True)

    assert (answer.status_code, Bar.objects.values().get(pk=bar.pk)) == (200, before)
    assert KEPT in answer.content.decode()


def test_a_bar_that_has_sold_may_change_its_name(desk, bar, sold, bar_form):
    answer = desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | {"name": "Chez Ama"})

    assert (answer.status_code, Bar.objects.get(pk=bar.pk).name) == (302, "Chez Ama")


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_a_bar_that_has_not_sold_may_change_its_terms(terms, desk, bar, bar_form):
    answer = desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | terms)

    assert (answer.status_code, Bar.objects.filter(pk=bar.pk, **terms).count()) == (302, 1)


def test_the_admin_has_a_bars_books_before_it_changes_its_terms(desk, bar, bar_form):
    """In the order of change_settings: the two don't wait for each other in a circle."""
    with CaptureQueriesContext(connection) as queries:
        desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | {"currency": "USD"})

    sent = [one["sql"] for one in queries if "bars_hold_books" in one["sql"] or 'UPDATE "bars_bar"' in one["sql"]]
    assert ["bars_hold_books" in sql for sql in sent] == [True, False]
    assert "time_zone" not in sent[1]  # what another session has changed meanwhile stays


@pytest.mark.django_db(transaction=True)
def test_the_admin_says_so_where_the_books_are_not_to_be_had(desk, bar, bar_form):
    with holding("SELECT bars_open_books(%s)", bar.pk):
        answer = desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | {"currency": "USD"}, follow=True)

    assert (answer.status_code, Bar.objects.get(pk=bar.pk).currency) == (200, bar.currency)
    assert [str(message) for message in answer.context["messages"]] == [FASTER]


@pytest.mark.django_db(transaction=True)
def test_the_admin_and_an_owner_who_change_terms_at_once_both_do(desk, operator, bar, bar_form):
    with holding("SELECT bars_open_books(%s)", bar.pk) as gate:
        results = through(
            gate,
            lambda: change_settings(bar_id=bar.pk, by=operator.pk, changes={"closing_hour": 3}).closing_hour,
            lambda: desk.post(f"{changelist(Bar)}{bar.pk}/change/", bar_form | {"currency": "USD"}).status_code,
        )

    assert results == [3, 302]
    assert Bar.objects.values_list("closing_hour", "currency").get(pk=bar.pk) == (3, "USD")


def test_an_operator_opens_a_bar_and_puts_its_owner_in(desk, yao):
    form = {"name": "Chez Ama", "slug": "chez-ama", "currency": "XOF", "time_zone": "Africa/Lome", "closing_hour": "5"}
    form |= {"mode": "full", "is_active": "on", "offline_hours": 72, "discount_limit": 20, "consignment_days": 7}
    people = {"members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 0, "members-0-is_active": "on"}

    desk.post(f"{changelist(Bar)}add/", form)
    made = Bar.objects.get(slug="chez-ama")
    people |= {"members-0-user": yao.user_id, "members-0-role": "owner", "members-0-bar": made.pk}
    answer = desk.post(f"{changelist(Bar)}{made.pk}/change/", form | people)

    assert (answer.status_code, list(made.members.values_list("user", "role"))) == (302, [(yao.user_id, "owner")])


def test_a_bar_with_an_unknown_zone_is_refused_with_a_reason(desk):
    form = {
        "name": "X",
        "slug": "x",
        "currency": "XOF",
        "time_zone": "Mars/Olympus",
        "closing_hour": "6",
        "mode": "full",
    }

    answer = desk.post(f"{changelist(Bar)}add/", form)

    assert (answer.status_code, Bar.objects.filter(slug="x").count()) == (200, 0)
    assert "Africa/Abidjan" in answer.content.decode()


def test_a_bar_with_sales_cannot_be_deleted(desk, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})

    answer = desk.post(f"{changelist(Bar)}{koffi.bar_id}/delete/", {"post": "yes"})

    assert (answer.status_code, Bar.objects.filter(pk=koffi.bar_id).count()) == (200, 1)


@pytest.mark.parametrize("role", ["awa", "koffi", "yao"])
def test_c18_bar_staff_never_get_into_the_admin(role, client, request):
    client.force_login(request.getfixturevalue(role).user)

    answer = client.get(changelist(Member))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))


@pytest.mark.parametrize(
    ("reason", "told"),
    [(UNDONE, "Annulée par le vendeur."), ("Fell off the tray.", "Fell off the tray."), ("breakage", "breakage")],
    ids=["the program's", "a person's", "a person's, and a message of ours"],
)
def test_a_reason_of_the_programs_own_is_told_in_french(reason, told, desk, koffi, sold):
    Sale.objects.filter(pk=sold.pk).update(status="cancelled", decided_by=koffi.user, reason=reason)

    pages = [changelist(Decision), f"{changelist(Sale)}{sold.pk}/change/"]
    answers = [desk.get(page).content.decode() for page in pages]

    assert [told in answer for answer in answers] == [True, True]
    assert (reason in answers[0]) == (reason == told)
