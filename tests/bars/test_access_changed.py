"""Who is told that what they may do has changed, whoever changes it; and who is not."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from bars.models import AccessToken, Bar, Member, Session, User
from bars.services.sessions import end_sessions
from bars.services.team import give_role, send_away, welcome_back
from realtime.models import StreamHead
from sales.models import Sale
from sales.services.selling import record_or_find
from tests import factories
from tests.realtime.numbering import read
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(awa, koffi, yao, zoe, operator):
    """All are signed in by cookie and by token; Mariam works with Zoé and, until she left, with Yao."""
    mariam = factories.member(zoe.bar, "mariam", "waiter")
    Member.objects.create(bar=yao.bar, user=mariam.user, role="waiter", is_active=False)
    people = {one.user.username: one.user for one in (awa, koffi, yao, zoe, mariam)} | {"operator": operator}
    for user in people.values():
        Client().force_login(user)
        factories.token(user)
    return people


class Told:
    """Whom events have told since it was made, as sorted usernames: one for each event."""

    def __init__(self, cast):
        self.names = {f"user.{user.pk}": name for name, user in cast.items()}
        self.before = dict(StreamHead.objects.values_list("stream", "seq"))

    def __call__(self):
        rows = read("SELECT stream, seq, data::text FROM realtime_event WHERE type = 'access.changed' ORDER BY seq")
        new = [(stream, json.loads(data)) for stream, seq, data in rows if seq > self.before.get(stream, 0)]
        assert all(data == {"user": stream.removeprefix("user.")} for stream, data in new)
        return sorted(self.names[stream] for stream, _ in new)


@pytest.fixture
def told(cast):
    return Told(cast)


# By SQL, as the application's role: each with what must be told, and to whom

AWA, OPERATOR = (f"(SELECT id FROM bars_user WHERE username = '{name}')" for name in ("awa", "operator"))
YAO_S = "(SELECT bar_id FROM bars_member JOIN bars_user ON bars_user.id = user_id WHERE username = 'yao')"
CHANGES = {
    "sent away": (f"UPDATE bars_member SET is_active = false WHERE user_id = {AWA}", ["awa"]),
    "another role": (f"UPDATE bars_member SET role = 'manager' WHERE user_id = {AWA}", ["awa"]),
    "sent to another bar": (
        f"UPDATE bars_member SET bar_id = (SELECT id FROM bars_bar WHERE id <> {YAO_S}) WHERE user_id = {AWA}",
        ["awa"],
    ),
    "another's place": (
        f"UPDATE bars_member SET user_id = {OPERATOR} WHERE user_id = {AWA}",
        ["awa", "operator"],
    ),
    "the bar's mode": (f"UPDATE bars_bar SET mode = 'simplified' WHERE id = {YAO_S}", ["awa", "koffi", "yao"]),
    "the bar is closed": (f"UPDATE bars_bar SET is_active = false WHERE id = {YAO_S}", ["awa", "koffi", "yao"]),
    "every bar is closed": ("UPDATE bars_bar SET is_active = false", ["awa", "koffi", "mariam", "yao", "zoe"]),
    "another password": (f"UPDATE bars_user SET password = 'x' WHERE id = {AWA}", ["awa"]),
    "the account is off": (f"UPDATE bars_user SET is_active = false WHERE id = {AWA}", ["awa"]),
    "an operator less": ("UPDATE bars_user SET is_superuser = false WHERE username = 'operator'", ["operator"]),
    "all become operators": (
        "UPDATE bars_user SET is_superuser = true",
        ["awa", "koffi", "mariam", "yao", "zoe"],
    ),
    "the session is gone": (f"DELETE FROM bars_session WHERE user_id = {AWA}", ["awa"]),
    "the session ends now": (f"UPDATE bars_session SET expire_date = now() WHERE user_id = {AWA}", ["awa"]),
    "the session is nobody's": (f"UPDATE bars_session SET user_id = NULL WHERE user_id = {AWA}", ["awa"]),
    "the token is gone": (f"DELETE FROM bars_accesstoken WHERE user_id = {AWA}", ["awa"]),
    "the token ends now": (f"UPDATE bars_accesstoken SET expires_at = now() WHERE user_id = {AWA}", ["awa"]),
    "every session is gone": (
        "DELETE FROM bars_session",
        ["awa", "koffi", "mariam", "operator", "yao", "zoe"],
    ),
}
NO_CHANGES = {
    "the same role": "UPDATE bars_member SET role = role, is_active = is_active, user_id = user_id",
    "a sign-in": "UPDATE bars_user SET last_login = now(), password = password, is_active = is_active",
    "another name": "UPDATE bars_user SET first_name = 'X', username = username || 'x', is_staff = true",
    "another name of the bar": "UPDATE bars_bar SET name = 'X', mode = mode, is_active = is_active",
    "a session goes on": "UPDATE bars_session SET expire_date = expire_date + interval '1 hour', session_data = 'x'",
    "the same token": "UPDATE bars_accesstoken SET expires_at = expires_at, digest = digest",
    "a client without a person": "DELETE FROM bars_session WHERE user_id IS NULL",
}


def as_the_application(statement, *, commit=True):
    """Run it as the role of the web servers would; how many rows it wrote."""
    with session(role="bartender_app") as raw:
        written = raw.execute(statement).rowcount
        if not commit:
            raw.rollback()
    return written


@pytest.mark.parametrize(("statement", "whom"), CHANGES.values(), ids=CHANGES)
def test_c03_i24_who_is_concerned_is_told_by_sql_too_and_nobody_else(statement, whom, told):
    assert as_the_application(statement) > 0

    assert told() == whom


@pytest.mark.parametrize(("statement", "whom"), CHANGES.values(), ids=CHANGES)
def test_what_is_rolled_back_is_not_told(statement, whom, told):
    assert as_the_application(statement, commit=False) > 0

    assert told() == []


@pytest.mark.parametrize("statement", NO_CHANGES.values(), ids=NO_CHANGES)
def test_what_changes_nobodys_access_is_not_told(statement, cast):
    Client().get("/login/")
    Session.objects.create(session_key="nobody" * 5, session_data="", expire_date=timezone.now())
    told = Told(cast)

    assert as_the_application(statement) > 0

    assert told() == []


def test_a_member_whom_the_owner_of_the_database_deletes_is_told(told):
    with session() as raw:
        raw.execute(f"DELETE FROM bars_member WHERE user_id = {AWA}")

    assert told() == ["awa"]


def test_a_bar_may_be_told_200_times_over(bar, told):
    """Each person has a stream of their own: a large team is no bulk that only says `look again`."""
    people = User.objects.bulk_create([User(id=uuid.uuid4(), username=f"u{n}", password="!") for n in range(201)])
    Member.objects.bulk_create([Member(bar=bar, user=one, role="waiter") for one in people])
    told.names |= {f"user.{one.pk}": "guest" for one in people}
    before = told().count("guest")

    Bar.objects.filter(pk=bar.pk).update(mode="simplified")

    assert told().count("guest") - before == 201
    assert not read("SELECT FROM realtime_event WHERE type = 'invalidate' AND stream LIKE 'user.%%'")


# By services, pages and the API


def test_c03_who_joins_is_sent_away_demoted_and_taken_back_is_told_each_time(yao, koffi, cast, told):
    joined = Member.objects.create(bar=yao.bar, user=cast["operator"], role="waiter")
    steps = [told()]
    for work in (
        lambda: give_role(yao, member_id=koffi.pk, role=Member.Role.WAITER),
        lambda: give_role(yao, member_id=koffi.pk, role=Member.Role.WAITER),
        lambda: send_away(yao, member_id=joined.pk),
        lambda: welcome_back(yao, member_id=joined.pk),
    ):
        new = Told(cast)
        work()
        steps.append(new())

    assert steps == [["operator"], ["koffi"], [], ["operator"], ["operator"]]


def sign_in(client, username):
    return client.post("/login/", {"username": username, "password": factories.PASSWORD})


def test_signing_in_reading_and_selling_tell_nobody(awa, beer, cast):
    client, told = Client(), Told(cast)

    assert sign_in(client, "awa").status_code == 302
    assert client.get("/bars/").status_code == 200
    assert Client(headers=factories.bearer(awa)).get("/api/v1/bars").status_code == 200
    factories.sale(awa, {beer.pk: 1})

    assert (told(), Sale.objects.count()) == ([], 1)


def test_c03_signing_out_is_told(cast):
    client = Client()
    sign_in(client, "awa")
    told = Told(cast)

    client.post("/logout/")

    assert told() == ["awa"]


def test_c03_signing_in_as_another_ends_the_first(cast):
    """On one browser: the session of the first is gone."""
    client = Client()
    client.force_login(cast["awa"])
    told = Told(cast)

    client.force_login(cast["koffi"])

    assert told() == ["awa"]


def test_c03_another_password_is_told(cast, told):
    cast["awa"].set_password("autre-biere")
    cast["awa"].save()

    assert told() == ["awa"]


def test_c03_signing_out_elsewhere_leaves_the_way_that_asks(cast):
    browser, elsewhere, phone = Client(), Client(), Client(headers=factories.bearer(cast["awa"]))
    browser.force_login(cast["awa"])
    elsewhere.force_login(cast["awa"])
    told = Told(cast)
    ways = (browser, elsewhere, phone)

    answers = [browser.delete("/api/v1/sessions").status_code]
    answers += [one.get("/api/v1/bars").status_code for one in ways]

    assert answers == [204, 200, 401, 401]
    assert set(told()) == {"awa"}
    assert Session.objects.filter(user__isnull=False).count() == len(cast)
    assert AccessToken.objects.count() == len(cast) - 1


def test_c03_a_token_that_signs_out_elsewhere_is_kept(cast):
    browser, phone = Client(), Client(headers=factories.bearer(cast["awa"]))
    browser.force_login(cast["awa"])

    answers = [phone.delete("/api/v1/sessions").status_code]
    answers += [one.get("/api/v1/bars").status_code for one in (phone, browser)]

    assert answers == [204, 200, 401]


def test_ending_what_is_not_there_tells_nobody(awa, cast):
    end_sessions(user_id=awa.user_id)
    told = Told(cast)

    assert (end_sessions(user_id=awa.user_id), told()) == (0, [])


def test_what_ends_in_a_transaction_that_fails_has_not_ended(awa, told):
    with transaction.atomic():
        Session.objects.filter(user=awa.user_id).delete()
        AccessToken.objects.filter(user=awa.user_id).delete()
        transaction.set_rollback(True)

    assert (told(), Session.objects.filter(user=awa.user_id).count()) == ([], 1)


def test_sessions_that_have_expired_are_cleared(cast):
    Session.objects.filter(user=cast["awa"]).update(expire_date=timezone.now() - timedelta(seconds=1))

    call_command("clearsessions")

    assert sorted(Session.objects.values_list("user__username", flat=True)) == sorted(set(cast) - {"awa"})


# In the admin


@pytest.fixture
def desk(operator):
    """Signed in before anything is counted."""
    client = Client()
    client.force_login(operator)
    return client


def person_form(user, **changed):
    moment = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "last_login_0": "", "last_login_1": ""}
    form = {"username": user.username, "first_name": user.first_name, "is_active": "on"} | moment | changed
    return {name: value for name, value in form.items() if value is not None}


def admin_changes(cast, bar, awa):
    user = cast["awa"]
    person, member = f"/admin/bars/user/{user.pk}", f"/admin/bars/member/{awa.pk}/change/"
    fields = ("name", "slug", "currency", "time_zone", "closing_hour", "address", "phone")
    fields += ("offline_hours", "discount_limit", "consignment_days")
    terms = {name: getattr(bar, name) for name in fields} | {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
    word = "trois-bieres-fraiches"
    password = {"password1": word, "password2": word, "usable_password": "true"}
    place = {"bar": bar.pk, "user": user.pk}
    team = ["awa", "koffi", "yao"]
    return {
        "another name": (f"{person}/change/", person_form(user, first_name="X"), []),
        "the account is off": (f"{person}/change/", person_form(user, is_active=None), ["awa"]),
        "an operator more": (f"{person}/change/", person_form(user, is_superuser="on"), ["awa"]),
        "another password": (f"{person}/password/", password, ["awa", "operator"]),  # who gets another session key
        "another role": (member, place | {"role": "manager", "is_active": "on"}, ["awa"]),
        "sent away": (member, place | {"role": "waiter"}, ["awa"]),
        "the same place": (member, place | {"role": "waiter", "is_active": "on"}, []),
        "a token": (
            f"/admin/bars/accesstoken/{AccessToken.objects.get(user=user).pk}/delete/",
            {"post": "yes"},
            ["awa"],
        ),
        "signed out": ("/admin/bars/user/", {"action": "sign_out", "_selected_action": user.pk}, ["awa", "awa"]),
        "another mode": (f"/admin/bars/bar/{bar.pk}/change/", terms | {"mode": "simplified", "is_active": "on"}, team),
        "the bar is closed": (f"/admin/bars/bar/{bar.pk}/change/", terms | {"mode": "full"}, team),
        "the same bar": (f"/admin/bars/bar/{bar.pk}/change/", terms | {"mode": "full", "is_active": "on"}, []),
    }


def test_c03_what_operators_change_in_the_admin_is_told(cast, bar, awa, desk):
    """Each change is undone before the next, which tells again; only the change itself is looked at."""
    expected, got = {}, {}
    rows = {model: list(model.objects.values()) for model in (User, Bar, Member, AccessToken, Session)}
    for name, (address, form, whom) in admin_changes(cast, bar, awa).items():
        told = Told(cast)

        answer = desk.post(address, form)

        assert (name, answer.status_code) == (name, 302)
        expected[name], got[name] = whom, told()
        put_back(rows)

    assert got == expected


def put_back(rows):
    for model, stored in rows.items():
        model.objects.bulk_create(
            [model(**row) for row in stored],
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=[field.attname for field in model._meta.concrete_fields if not field.primary_key],
        )


def test_no_page_of_the_admin_shows_the_key_of_a_session(cast, desk):
    someone = factories.user("issa")
    Client().force_login(someone)
    listed, deleting = "/admin/bars/session/", f"/admin/bars/user/{someone.pk}/delete/"

    pages = [desk.get(page).content.decode() for page in (listed, deleting)]
    asked = desk.get(listed, {"session_key__startswith": "a"})

    assert [word in page for word, page in zip(("awa", "issa"), pages, strict=True)] == [True, True]
    assert [key for key in Session.objects.values_list("pk", flat=True) if key in "".join(pages)] == []
    assert asked.status_code == 400


def test_who_is_signed_in_is_signed_out_before_they_are_deleted(cast, desk):
    someone = factories.user("issa")
    Client().force_login(someone)
    deleting = f"/admin/bars/user/{someone.pk}/delete/"

    answers = [desk.post(deleting, {"post": "yes"}).status_code]
    desk.post("/admin/bars/user/", {"action": "sign_out", "_selected_action": someone.pk})
    answers += [desk.post(deleting, {"post": "yes"}).status_code]

    assert (answers, User.objects.filter(pk=someone.pk).count()) == ([403, 302], 0)


WRITTEN = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_all_tables
WHERE relname IN ('bars_member', 'bars_user', 'bars_bar', 'bars_session', 'bars_accesstoken')
"""


def test_a_sale_writes_no_table_that_tells_of_access(awa, beer):
    with transaction.atomic():
        before = read(WRITTEN)
        record_or_find.__wrapped__(awa, factories.basket({beer.pk: 1}), timezone.now(), True)
        sold = read(WRITTEN)
        Member.objects.filter(pk=awa.pk).update(role="manager")
        changed = read(WRITTEN)

    assert (sold == before, changed == before) == (True, False)
