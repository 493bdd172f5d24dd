"""The Django admin: every model is there, ledgers can't be touched, and bars are set up in it."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from bars.models import Bar, Member
from realtime.read_only import ReadOnlyAdmin
from tests import factories

OURS = ("bars", "stock", "sales", "stats", "realtime")
# Composite keys can't be registered: they have pages of their own.
ON_PAGES = {"realtime.Event": "events", "stats.SalesMinute": "minutes", "stats.DailySalesSummary": "daily-summary"}
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

    assert missing == set(ON_PAGES)


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


def test_stock_is_not_typed_in_the_admin(desk, beer):
    fields = {"bar": beer.bar_id, "category": beer.category_id, "name": "Flag", "price": 800, "alert_threshold": 3}

    answer = desk.post(f"{changelist(type(beer))}{beer.pk}/change/", fields | {"stock": 999, "is_active": "on"})

    beer.refresh_from_db()
    assert (answer.status_code, beer.name, beer.stock) == (302, "Flag", 24)


def test_an_operator_opens_a_bar_and_puts_its_owner_in(desk, yao):
    form = {"name": "Chez Ama", "slug": "chez-ama", "currency": "XOF", "time_zone": "Africa/Lome", "closing_hour": "5"}
    form |= {"mode": "full", "is_active": "on"}
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
def test_bar_staff_never_get_into_the_admin(role, client, request):
    client.force_login(request.getfixturevalue(role).user)

    answer = client.get(changelist(Member))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))
