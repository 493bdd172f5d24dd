"""Who may add, change and send away whom; and a bar with one device, whose waiters are names."""

import json
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from bars.models import Bar, Member, User
from realtime.models import StreamHead
from sales.models import Sale
from tests import factories
from tests.config.problems import check_problem

ROLES = ["owner", "co_owner", "manager", "waiter"]


@pytest.fixture
def team(bar, awa, koffi, yao):
    """Everybody of Chez Yao by role."""
    ama = factories.member(bar, "ama", "co_owner")
    return {"owner": yao, "co_owner": ama, "manager": koffi, "waiter": awa}


class Caller:
    def __init__(self, member):
        self.client = Client(headers=factories.bearer(member))
        self.base = f"/api/v1/bars/{member.bar_id}"

    def get(self, path):
        return self.client.get(f"{self.base}/{path}")

    def post(self, path, **body):
        return self.client.post(f"{self.base}/{path}", json.dumps(body), "application/json")

    def add(self, name, /, role="waiter", **fields):
        return self.post("team", **{"key": str(uuid.uuid4()), "name": name, "role": role} | fields)


def account(username, password="trois-bieres-fraiches"):
    return {"username": username, "password": password}


def team_rows():
    """All that a team is, as plain values."""
    return (
        sorted(Member.objects.values_list("id", "bar_id", "user_id", "role", "is_active", "key")),
        sorted(User.objects.values_list("id", "username", "first_name", "password", "is_active")),
        sorted(StreamHead.objects.values_list("stream", "seq")),
    )


# Adding


def test_a_manager_adds_a_waiter_who_signs_in_and_sells(koffi, beer):
    added = Caller(koffi).add("Moussa", **account("moussa"))

    token = Client().post("/api/v1/auth/token", json.dumps(account("moussa")), "application/json").json()["token"]
    till = Client(headers={"Authorization": f"Bearer {token}"})
    order = {"key": str(uuid.uuid4()), "lines": [{"product": str(beer.pk), "quantity": 1}]}
    sold = till.post(f"/api/v1/bars/{koffi.bar_id}/sales", json.dumps(order), "application/json")
    member = Member.objects.get(user__username="moussa")
    assert (added.status_code, added.json()) == (
        201,
        {
            "id": str(member.pk),
            "person": str(member.user_id),
            "name": "Moussa",
            "username": "moussa",
            "role": "waiter",
            "is_active": True,
            "since": added.json()["since"],
        },
    )
    assert (sold.status_code, sold.json()["status"]) == (201, "pending")


def test_asking_again_adds_once_and_says_so(koffi):
    till, key = Caller(koffi), str(uuid.uuid4())
    first, before = till.add("Moussa", key=key), team_rows()

    again = till.add("Moussa", key=key)
    other = till.add("Moussa K.", key=key)

    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert (again.status_code, again.json()) == (201, first.json())
    check_problem(other, 422, "key_reused")
    assert team_rows() == before


def test_another_bars_key_is_its_own(koffi, zoe):
    key = str(uuid.uuid4())

    statuses = [Caller(one).add("Moussa", key=key).status_code for one in (koffi, zoe)]

    assert statuses == [201, 201]


BAD = {
    "no name": ({"name": " "}, "invalid"),
    "a name with NUL": ({"name": "Mou\0ssa"}, "invalid"),
    "a name that turns round": ({"name": "Mou\u202essa"}, "invalid"),
    "half a character": ({"name": "Mou\ud800ssa"}, "invalid"),
    "a name of 51": ({"name": "m" * 51}, "invalid"),
    "an unknown role": ({"role": "barmaid"}, "invalid"),
    "a username without password": ({"username": "moussa"}, "invalid"),
    "a password without username": ({"password": "trois-bieres-fraiches"}, "invalid"),
    "a username with a space": (account("mou ssa"), "invalid"),
    "an empty username": (account(""), "invalid"),
    "a username of 151": (account("m" * 151), "invalid"),
    "a short password": (account("moussa", "bière"), "weak_password"),
    "a common password": (account("moussa", "password123"), "weak_password"),
    "a password of digits": (account("moussa", "8273645546"), "weak_password"),
    "a password like the name": (account("moussakone", "moussakone1"), "weak_password"),
    "a password of 129": (account("moussa", "b" * 129), "invalid"),
    "the bar": ({"bar": str(uuid.uuid4())}, "invalid"),
    "a right": ({"is_superuser": True}, "invalid"),
}


@pytest.mark.parametrize(("fields", "code"), BAD.values(), ids=BAD)
def test_a_person_who_is_none_is_refused_and_not_added(fields, code, koffi):
    till = Caller(koffi)
    before = team_rows()

    check_problem(till.add("Moussa", **fields), 400, code)

    assert team_rows() == before


def test_what_is_wrong_with_a_password_is_said_in_english(koffi):
    problem = Caller(koffi).add("Moussa", **account("moussa", "12345678")).json()

    assert problem["errors"] == ["This password is too common.", "This password is entirely numeric."]


def test_a_taken_username_says_nothing_about_its_owner_and_pulls_nobody_in(koffi, zoe):
    till = Caller(koffi)
    before = team_rows()

    problem = check_problem(till.add("Moussa", **account("zoe")), 409, "username_taken")

    assert set(problem) == {"type", "title", "status", "code", "detail", "request_id"}
    assert team_rows() == before


def test_the_password_of_a_taken_username_is_judged_first(koffi, zoe):
    """Who tries names must send good passwords at least, and wait for their hash."""
    check_problem(Caller(koffi).add("Moussa", **account("zoe", "short")), 400, "weak_password")


def test_two_people_of_one_name_would_be_credited_with_each_others_sales(koffi):
    till = Caller(koffi)
    till.add("Moussa")
    before = team_rows()

    check_problem(till.add("moussa"), 409, "name_taken")

    assert team_rows() == before


# Roles

MAY_ADD = {"owner": ROLES, "co_owner": ["manager", "waiter"], "manager": ["waiter"], "waiter": []}


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_add_whom(actor, role, team):
    before = team_rows()

    answer = Caller(team[actor]).add("Moussa", role, **account("moussa"))

    if role in MAY_ADD[actor]:
        assert (answer.status_code, answer.json()["role"]) == (201, role)
    else:
        check_problem(answer, 403, "not_allowed")
        assert without_heads(team_rows()) == without_heads(before)


def without_heads(rows):
    return rows[:2]


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("was", ROLES)
@pytest.mark.parametrize("becomes", ROLES)
def test_who_may_give_whom_which_role(actor, was, becomes, team, bar):
    other = factories.member(bar, "moussa", was)
    may = was in MAY_ADD[actor] and becomes in MAY_ADD[actor]

    answer = Caller(team[actor]).post(f"team/{other.pk}/role", role=becomes)

    assert answer.status_code == (200 if may else 403)
    assert Member.objects.get(pk=other.pk).role == (becomes if may else was)


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("way", ["deactivate", "reactivate"])
def test_who_may_send_whom_away_and_take_them_back(way, actor, role, team, bar):
    other = factories.member(bar, "moussa", role)
    Member.objects.filter(pk=other.pk).update(is_active=way == "deactivate")
    may = role in MAY_ADD[actor]

    answer = Caller(team[actor]).post(f"team/{other.pk}/{way}")

    assert answer.status_code == (200 if may else 403)
    assert Member.objects.get(pk=other.pk).is_active == ((way == "reactivate") == may)


@pytest.mark.parametrize(("path", "body"), [("role", {"role": "manager"}), ("deactivate", {}), ("reactivate", {})])
def test_nobody_changes_their_own_place(path, body, yao, bar):
    factories.member(bar, "ama", "owner")
    before = team_rows()
    caller = Caller(yao)

    check_problem(caller.post(f"team/{yao.pk}/{path}", **body), 409, "not_yourself")

    assert team_rows() == before


@pytest.mark.parametrize(("path", "body"), [("role", {"role": "waiter"}), ("deactivate", {}), ("name", {"name": "X"})])
def test_another_bars_member_is_not_there(path, body, yao, zoe):
    other = factories.member(zoe.bar, "moussa", "waiter")
    caller, before = Caller(yao), team_rows()

    theirs = check_problem(caller.post(f"team/{other.pk}/{path}", **body), 404, "not_found")
    nobodys = check_problem(caller.post(f"team/{uuid.uuid4()}/{path}", **body), 404, "not_found")

    assert {**theirs, "request_id": ""} == {**nobodys, "request_id": ""}
    assert team_rows() == before


def test_asking_for_the_role_they_have_writes_nothing(yao, koffi):
    caller, before = Caller(yao), team_rows()

    answer = caller.post(f"team/{koffi.pk}/role", role="manager")

    assert (answer.status_code, team_rows()) == (200, before)


def test_a_new_role_counts_from_the_next_request_on(yao, koffi):
    tonight, owner = Caller(koffi), Caller(yao)
    before = tonight.get("tonight").status_code

    owner.post(f"team/{koffi.pk}/role", role="waiter")
    after = tonight.get("tonight").status_code
    owner.post(f"team/{koffi.pk}/deactivate")
    gone = tonight.get("tonight").status_code

    assert (before, after, gone) == (200, 403, 404)


def test_a_right_that_was_lost_since_the_lookup_is_lost(yao, koffi, awa):
    """The service looks again under the lock."""
    from bars.services.team import send_away
    from realtime.errors import NotAllowed

    Member.objects.filter(pk=koffi.pk).update(role="waiter")

    with pytest.raises(NotAllowed):
        send_away(koffi, member_id=awa.pk)

    assert Member.objects.get(pk=awa.pk).is_active


ELSEWHERE = "bar_id = (SELECT id FROM bars_bar WHERE bars_bar.id <> bar_id)"


@pytest.mark.parametrize("change", ["role = 'manager'", "is_active = false", ELSEWHERE])
def test_the_last_owner_stays_for_psql_too(change, yao, other_bar):
    with pytest.raises(IntegrityError, match="without an owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE bars_member SET {change} WHERE id = %s", [yao.pk])

    assert Member.objects.filter(pk=yao.pk, role="owner", is_active=True).exists()


def test_one_of_two_owners_may_go(yao, bar):
    ama = factories.member(bar, "ama", "owner")

    assert Caller(yao).post(f"team/{ama.pk}/deactivate").status_code == 200


# Reading


def test_a_team_is_listed_with_who_has_left_last_and_without_a_generated_username(koffi, awa, yao):
    caller = Caller(koffi)
    caller.add("Moussa")
    caller.post(f"team/{awa.pk}/deactivate")

    listed = [(one["name"], one["username"], one["role"], one["is_active"]) for one in caller.get("team").json()]

    assert listed == [
        ("Koffi", "koffi", "manager", True),
        ("Moussa", None, "waiter", True),
        ("Yao", "yao", "owner", True),
        ("Awa", "awa", "waiter", False),
    ]


@pytest.mark.parametrize("items", [1, 3])
@pytest.mark.parametrize("path", ["team", "sellers", "invitations"])
def test_a_list_of_the_team_costs_one_query(path, items, koffi, django_assert_num_queries):
    caller = Caller(koffi)
    for number in range(items):
        caller.add(f"Moussa {number}")
        caller.post("invitations", role="waiter")

    with django_assert_num_queries(len(["token", "membership", "list"])):
        assert caller.get(path).status_code == 200


# A bar with one device


@pytest.fixture
def one_device(bar, yao):
    Caller(yao).client.patch(f"/api/v1/bars/{bar.pk}/settings", '{"mode": "simplified"}', "application/json")


def test_in_simplified_mode_the_manager_sells_for_a_name(one_device, koffi, awa, beer):
    till = Caller(koffi)
    till.add("Moussa")
    [moussa] = [one for one in till.get("sellers").json() if one["name"] == "Moussa"]
    line = {"product": str(beer.pk), "quantity": 2}

    sold = till.post("sales", key=str(uuid.uuid4()), sold_by=moussa["person"], lines=[line])

    sale = Sale.objects.get()
    assert (sold.status_code, sale.status, sale.mode) == (201, "validated", "simplified")
    assert (str(sale.sold_by_id), sale.created_by_id) == (moussa["person"], koffi.user_id)


def test_in_simplified_mode_waiters_see_their_sales_and_make_none(one_device, koffi, awa, beer):
    line = {"product": str(beer.pk), "quantity": 1}
    hers = Caller(koffi).post("sales", key=str(uuid.uuid4()), sold_by=str(awa.user_id), lines=[line]).json()["id"]
    factories.sale(koffi, {beer.pk: 1})
    waiter = Caller(awa)

    refused = waiter.post("sales", key=str(uuid.uuid4()), lines=[line])

    check_problem(refused, 403, "not_allowed")
    assert [sale["id"] for sale in waiter.get("sales").json()["sales"]] == [hers]
    assert Sale.objects.count() == 2


def test_a_sale_keeps_the_mode_it_was_made_in(bar, koffi, yao, beer):
    before = factories.sale(koffi, {beer.pk: 1})
    Caller(yao).client.patch(f"/api/v1/bars/{bar.pk}/settings", '{"mode": "simplified"}', "application/json")
    koffi.bar.refresh_from_db()
    after = factories.sale(koffi, {beer.pk: 1})

    assert Bar.objects.get(pk=bar.pk).mode == "simplified"
    assert list(Sale.objects.order_by("occurred_at").values_list("pk", "mode")) == [
        (before.pk, "full"),
        (after.pk, "simplified"),
    ]


def test_a_name_alone_signs_in_nowhere(koffi):
    Caller(koffi).add("Moussa")
    name = User.objects.get(first_name="Moussa").username

    for password in ("", "!", "moussa"):
        body = json.dumps({"username": name, "password": password})
        check_problem(Client().post("/api/v1/auth/token", body, "application/json"), 401, "wrong_credentials")


def test_a_name_alone_manages_nothing(yao, koffi):
    caller = Caller(yao)
    moussa = caller.add("Moussa").json()

    check_problem(caller.post(f"team/{moussa['id']}/role", role="manager"), 403, "not_allowed")
    check_problem(caller.add("Ama", "manager"), 403, "not_allowed")


def test_a_name_alone_is_spelt_anew_and_an_account_is_not(koffi, awa):
    caller = Caller(koffi)
    moussa = caller.add("Mousa").json()

    renamed = caller.post(f"team/{moussa['id']}/name", name="Moussa")
    refused = caller.post(f"team/{awa.pk}/name", name="Aïcha")

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Moussa")
    check_problem(refused, 409, "own_account")
    assert User.objects.get(pk=awa.user_id).first_name == "Awa"


def test_who_has_left_is_no_seller_any_more(koffi, awa, beer):
    caller = Caller(koffi)
    caller.post(f"team/{awa.pk}/deactivate")
    line = {"product": str(beer.pk), "quantity": 1}

    refused = caller.post("sales", key=str(uuid.uuid4()), sold_by=str(awa.user_id), lines=[line])

    check_problem(refused, 404, "unknown_seller")
    assert ([one["name"] for one in caller.get("sellers").json()], Sale.objects.count()) == (["Koffi"], 0)


def test_a_waiter_sees_neither_team_nor_sellers(awa):
    for path in ("team", "sellers", "invitations", "settings"):
        check_problem(Caller(awa).get(path), 403, "not_allowed")
