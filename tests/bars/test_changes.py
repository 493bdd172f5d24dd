"""Who changed a bar, its team, an account, a switch or a feature: kept by the database, whatever way it was changed."""

import json
import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bars import pages
from bars.changes import Change
from bars.grants import ROLE
from bars.models import Bar, Member, User
from bars.services.invitations import accept, invite
from bars.services.settings import change_settings
from bars.services.team import NewPerson, add_person, give_role, send_away, welcome_back
from realtime.models import Feature, Switch
from tests import emptying, factories
from tests.settling import run

NEW = "un-bissap-bien-frais"
OTHERS = {
    "name": "Chez Yao et Filles", "slug": "chez-yao-2", "currency": "NGN", "time_zone": "Africa/Lome",
    "closing_hour": 4, "mode": "simplified", "address": "13 rue", "phone": "+225 07", "is_active": False,
    "offline_hours": 5, "discount_limit": 3, "consignment_days": 4,
}  # fmt: skip


def kept(**wanted):
    """Who, was and became of each change, oldest first."""
    rows = Change.objects.filter(**wanted).order_by("id").select_related("who")
    return [(one.who and one.who.username, one.was, one.became) for one in rows]


def nobody_acts():
    """As at the beginning of a transaction: a test is one."""
    run("SELECT set_config('realtime.acting', '', true)")


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def phone(yao):
    return Client(headers=factories.bearer(yao))


# Settings


def test_a_setting_that_the_owner_changes_is_kept_with_what_it_was(phone, yao):
    phone.patch(
        f"/api/v1/bars/{yao.bar_id}/settings", json.dumps({"discount_limit": 10, "phone": ""}), "application/json"
    )

    assert kept(kind="bar") == [("yao", {"discount_limit": 20}, {"discount_limit": 10})]


def test_what_changes_nothing_is_no_change(yao):
    change_settings(bar_id=yao.bar_id, by=yao.user_id, changes={"discount_limit": 20})
    Bar.objects.update(discount_limit=20)

    assert kept(kind="bar") == []


def test_every_column_of_a_bar_is_looked_at(bar):
    before = Bar.objects.values(*OTHERS).get()

    Bar.objects.update(**OTHERS)

    assert set(OTHERS) == {field.column for field in Bar._meta.concrete_fields} - {"id", "created_at"}
    assert kept(kind="bar") == [(None, before, OTHERS)]


def test_a_setting_that_an_operator_changes_in_the_admin_is_kept(desk, bar):
    fields = ("name", "slug", "currency", "time_zone", "closing_hour", "mode", "address", "phone", "offline_hours",
              "discount_limit", "consignment_days")  # fmt: skip
    form = {name: getattr(bar, name) for name in fields}
    form |= {"is_active": "on", "members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0, "consignment_days": 30}

    assert desk.post(f"/admin/bars/bar/{bar.pk}/change/", form).status_code == 302
    assert kept(kind="bar") == [("operator", {"consignment_days": 7}, {"consignment_days": 30})]


def test_a_setting_that_is_changed_in_psql_is_kept_with_the_role(bar):
    run("UPDATE bars_bar SET discount_limit = 100")

    [change] = Change.objects.filter(kind="bar")
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        assert (change.who, change.role) == (None, cursor.fetchone()[0])
    assert (change.was, change.became) == ({"discount_limit": 20}, {"discount_limit": 100})


@pytest.mark.django_db(transaction=True)
def test_one_persons_transaction_does_not_sign_the_next(yao):
    change_settings(bar_id=yao.bar_id, by=yao.user_id, changes={"discount_limit": 10})
    run("UPDATE bars_bar SET discount_limit = 11")

    assert [who for who, _, _ in kept(kind="bar")] == ["yao", None]


def test_what_is_undone_was_no_change(bar):
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE bars_bar SET discount_limit = 10", "UPDATE bars_bar SET discount_limit = 101")

    assert kept(kind="bar") == []


# The team


def test_roles_and_leaving_are_kept(yao, awa):
    give_role(yao, member_id=awa.pk, role=Member.Role.MANAGER)
    send_away(yao, member_id=awa.pk)
    welcome_back(yao, member_id=awa.pk)

    assert kept(kind="member", person=awa.user_id, was__isnull=False) == [
        ("yao", {"role": "waiter"}, {"role": "manager"}),
        ("yao", {"is_active": True}, {"is_active": False}),
        ("yao", {"is_active": False}, {"is_active": True}),
    ]


def test_who_joins_is_kept_with_who_has_let_them_in(yao, zoe):
    added = add_person(yao, NewPerson(uuid.uuid4(), "Moussa", Member.Role.WAITER)).member
    door = invite(yao, role=Member.Role.MANAGER, code="ABCD-EFGH-JKLM", at=timezone.now())
    accept(zoe.user, code="ABCD-EFGH-JKLM", at=timezone.now())

    joined = [
        (who, was, became["role"])
        for person in (added.user_id, zoe.user_id)
        for who, was, became in kept(kind="member", person=person, bar=door.bar_id)
    ]
    assert joined == [("yao", None, "waiter"), ("zoe", None, "manager")]


def test_a_member_that_is_changed_in_the_admin_is_kept(desk, awa, yao):
    form = {"user": awa.user_id, "bar": awa.bar_id, "role": "manager", "is_active": ""}

    assert desk.post(f"/admin/bars/member/{awa.pk}/change/", form).status_code == 302
    assert kept(kind="member", person=awa.user_id)[1:] == [
        ("operator", {"role": "waiter", "is_active": True}, {"role": "manager", "is_active": False})
    ]


# Accounts: never a secret


def secrets():
    """Every password's hash in the database."""
    return list(User.objects.values_list("password", flat=True))


def whole_trail():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(jsonb_agg(to_jsonb(one)), '[]')::text FROM bars_change AS one")
        return cursor.fetchone()[0]


def test_a_new_password_is_a_change_without_any_secret(desk, koffi, phone):
    Client(headers=factories.bearer(koffi)).put(
        "/api/v1/account/password", json.dumps({"current": factories.PASSWORD, "new": NEW}), "application/json"
    )
    hashes = secrets()
    form = {"password1": "encore-un-bissap", "password2": "encore-un-bissap", "usable_password": "true"}
    assert desk.post(f"/admin/bars/user/{koffi.user_id}/password/", form).status_code == 302

    changed = [one for one in kept(kind="account", person=koffi.user_id) if "password" in one[2]]
    assert changed == [(who, {"password": None}, {"password": None}) for who in ("koffi", "operator")]
    assert not any(secret in whole_trail() for secret in [*hashes, *secrets(), NEW, "$"])


def test_the_scan_for_secrets_would_see_one(koffi):
    """The control of the test above."""
    run(f"UPDATE bars_bar SET address = (SELECT password FROM bars_user WHERE id = '{koffi.user_id}')")

    assert any(secret in whole_trail() for secret in secrets())


def test_an_account_that_is_switched_off_in_psql_is_kept_and_a_sign_in_is_not(koffi):
    Client().login(username="koffi", password=factories.PASSWORD)
    run(f"UPDATE bars_user SET is_active = false, last_login = now() WHERE id = '{koffi.user_id}'")

    assert kept(kind="account") == [(None, {"is_active": True}, {"is_active": False})]


# Switches and features


def test_a_switch_is_kept_with_who_has_flipped_it(desk, operator):
    name = Switch.Name.EMERGENCY_POLLING

    desk.post(reverse("office_flip_switch", args=[name]))
    desk.post(f"/admin/realtime/switch/{name}/change/", {"name": name, "note": "Valkey is down"})
    nobody_acts()
    run("DELETE FROM realtime_switch")

    assert kept(kind="switch", name=name) == [
        ("operator", None, {"is_on": True, "note": ""}),
        ("operator", {"is_on": True, "note": ""}, {"is_on": False, "note": "Valkey is down"}),
        (None, {"is_on": False, "note": "Valkey is down"}, None),
    ]


def test_a_feature_is_kept_with_who_has_given_it(desk, bar):
    desk.post("/admin/realtime/feature/add/", {"name": "tv", "share": 10, "note": "", "bars": [bar.pk]})
    desk.post("/admin/realtime/feature/tv/change/", {"share": 50, "note": "", "bars": [bar.pk]})
    chosen = {"action": "delete_selected", "_selected_action": ["tv"], "post": "yes"}
    desk.post("/admin/realtime/feature/", chosen)

    assert not Feature.objects.exists()
    assert kept(kind="feature", name="tv") == [
        ("operator", None, {"share": 10, "keys": [str(bar.pk)], "note": ""}),
        ("operator", {"share": 10}, {"share": 50}),
        ("operator", {"share": 50, "keys": [str(bar.pk)], "note": ""}, None),
    ]


# It stays


@pytest.mark.parametrize(
    "statement",
    ["UPDATE bars_change SET who_id = NULL", "DELETE FROM bars_change", "TRUNCATE bars_change",
     "INSERT INTO bars_change (kind, name, role) VALUES ('bar', '', 'x')", "SELECT bars_keep_change()"],
)  # fmt: skip
def test_the_application_alters_nothing_of_it(statement, yao):
    before = kept()

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(f"SET LOCAL ROLE {ROLE}", statement)

    assert before
    assert kept() == before


def test_what_the_application_changes_is_kept_although_it_may_not_write_there(yao):
    run(f"SET LOCAL ROLE {ROLE}")
    change_settings(bar_id=yao.bar_id, by=yao.user_id, changes={"discount_limit": 1})
    run("RESET ROLE")

    assert [who for who, _, _ in kept(kind="bar")] == ["yao"]


def test_who_has_left_no_other_trace_may_still_be_deleted(operator):
    ama = factories.user("ama")
    User.objects.filter(pk=ama.pk).update(is_active=False)

    ama.delete()

    assert len(kept(kind="account")) == 1


# On the page and by the API


@pytest.fixture
def changed(yao, awa, zoe):
    change_settings(bar_id=yao.bar_id, by=yao.user_id, changes={"discount_limit": 10, "mode": "simplified"})
    give_role(yao, member_id=awa.pk, role=Member.Role.MANAGER)
    change_settings(bar_id=zoe.bar_id, by=zoe.user_id, changes={"consignment_days": 88})
    return yao


def page_of(member, page="changes"):
    client = Client()
    client.force_login(member.user)
    return client.get(f"/bars/{member.bar_id}/{page}")


def test_the_owner_reads_who_has_changed_what(changed):
    text = page_of(changed).content.decode()

    assert text.index("Rôle\u00a0: serveur → gérant") < text.index("20 → 10")
    assert "7 → 88" not in text
    assert f"/bars/{changed.bar_id}/changes" in page_of(changed, "settings").content.decode()


def test_nobody_else_reads_it(changed, zoe, koffi):
    stranger = Client()
    stranger.force_login(zoe.user)

    assert stranger.get(f"/bars/{changed.bar_id}/changes").status_code == 404
    assert page_of(koffi).status_code == 403
    assert "7 → 88" in page_of(zoe).content.decode()
    assert "20 → 10" not in page_of(zoe).content.decode()


def test_pages_go_on_where_they_end(changed, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    whole = list(Change.objects.filter(bar=changed.bar_id).order_by("-id").values_list("pk", flat=True))

    first = page_of(changed)
    second = page_of(changed, f"changes?before={first.context['next']}")

    assert [change.pk for page in (first, second) for change, _ in page.context["changes"]] == whole[:4]
    assert page_of(changed, "changes?before=x").status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_long(rows, yao, django_assert_num_queries):
    for limit in range(rows):
        change_settings(bar_id=yao.bar_id, by=yao.user_id, changes={"discount_limit": limit})
    client = Client()
    client.force_login(yao.user)

    with django_assert_num_queries(6 + 1):  # what every page of a bar asks, and the list
        client.get(f"/bars/{yao.bar_id}/changes")


def test_a_bar_of_which_nothing_is_kept_yet_says_what_will_be_here(yao):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s::text[]::text, true)", [emptying.triggers()])
        cursor.execute("DELETE FROM bars_change")

    assert "Rien n’a encore changé." in page_of(yao).content.decode()


def test_the_api_tells_the_same(changed, phone):
    answer = phone.get(f"/api/v1/bars/{changed.bar_id}/changes").json()

    newest = answer["changes"][0]
    assert (newest["kind"], newest["who"], newest["was"], newest["became"]) == (
        "member", "yao", {"role": "waiter"}, {"role": "manager"}
    )  # fmt: skip
    assert answer["next"] is None


def test_a_membership_that_is_handed_on_tells_no_id_of_another_bar(phone, yao, zoe):
    moved = Member.objects.create(bar=zoe.bar, user=factories.user("moussa"), role="waiter")
    Member.objects.filter(pk=moved.pk).update(bar=yao.bar, role="manager")

    [newest, *_] = phone.get(f"/api/v1/bars/{yao.bar_id}/changes").json()["changes"]
    assert (newest["was"], newest["became"]) == ({"role": "waiter"}, {"role": "manager"})
    assert str(zoe.bar_id) not in page_of(yao).content.decode()


def test_the_operators_trail_shows_it(desk, changed):
    run("UPDATE bars_bar SET discount_limit = 33 WHERE discount_limit = 10")

    text = desk.get(reverse("office_audit"), headers={"Accept-Language": "en"}).content.decode()

    told = ("Highest discount: 20 → 10", "Highest discount: 10 → 33", "Role: waiter → manager")
    assert all(words in text for words in told)
