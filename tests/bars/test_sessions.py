"""Sessions know their person; and whoever is connected is found again, or is no longer, in one query."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone

from bars.auth import identities_of_sessions, identity_of_token, signed_in
from bars.identities import Nobody, users_now
from bars.models import AccessToken, Bar, Member, Session, User
from bars.sessions import SessionStore
from bars.tasks import forget_expired_sign_ins
from tests import factories

WAYS = ["session", "token"]


def identity(way, user):
    if way == "token":
        return identity_of_token(factories.token(user))
    return identities_of_sessions([browser_of(user).session.session_key])[0]


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


# A session and its person


def test_a_session_is_its_persons_from_sign_in_to_sign_out(koffi, client):
    client.get("/login/")
    before = Session.objects.count()
    client.post("/login/", {"username": "koffi", "password": factories.PASSWORD})
    signed_in = list(Session.objects.values_list("user", flat=True))
    client.post("/logout/")

    assert (before, signed_in, Session.objects.count()) == (0, [koffi.user_id], 0)


def test_a_session_without_a_person_is_kept(db):
    store = SessionStore()
    store["seen"] = True
    store.save()

    assert Session.objects.get(pk=store.session_key).user is None
    assert SessionStore(store.session_key)["seen"]


async def test_a_session_that_is_saved_by_the_event_loop_is_its_persons_too(transactional_db, koffi):
    store = SessionStore()
    await store.aset("_auth_user_id", str(koffi.user_id))
    await store.asave()

    assert (await Session.objects.aget(pk=store.session_key)).user_id == koffi.user_id


def test_a_session_says_when_its_row_ends(koffi):
    key = browser_of(koffi.user).session.session_key
    ends = Session.objects.get(pk=key).expire_date
    store = SessionStore(key)

    assert (store.expires_at, bool(store["_auth_user_id"]), store.expires_at) == (None, True, ends)


# Who is behind a connection


@pytest.mark.parametrize("way", WAYS)
def test_c03_a_person_is_found_again_as_they_are_now_in_one_query(way, koffi, django_assert_num_queries):
    found = identity(way, koffi.user)
    User.objects.filter(pk=koffi.user_id).update(is_superuser=True, last_login=timezone.now())

    with django_assert_num_queries(1):
        now = found.check()

    assert (now, now.is_superuser, found.user.is_superuser) == (koffi.user, True, False)


@pytest.mark.parametrize("way", WAYS)
def test_an_identity_is_read_in_one_query(way, koffi, django_assert_num_queries):
    token, key = factories.token(koffi), browser_of(koffi.user).session.session_key

    with django_assert_num_queries(1):
        found = identity_of_token(token) if way == "token" else identities_of_sessions([key])[0]

    row = AccessToken.objects.get() if way == "token" else Session.objects.get()
    assert (found.user, found.expires_at) == (koffi.user, row.expires_at if way == "token" else row.expire_date)


def off(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def another_password(user):
    changed = User.objects.get(pk=user.pk)
    changed.set_password("autre-biere")
    changed.save()


def gone(user):
    Session.objects.filter(user=user).delete()
    AccessToken.objects.filter(user=user).delete()


def expired(user):
    Session.objects.filter(user=user).update(expire_date=timezone.now())
    AccessToken.objects.filter(user=user).update(expires_at=timezone.now())


def handed_on(user):
    other = factories.user("other")
    Session.objects.filter(user=user).update(user=other)
    AccessToken.objects.filter(user=user).update(user=other)


ENDS = [off, another_password, gone, expired, handed_on]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
@pytest.mark.parametrize("way", WAYS)
def test_c03_who_is_signed_in_no_more_is_nobody_after_one_query(way, end, koffi, awa, django_assert_num_queries):
    his, hers = identity(way, koffi.user), identity(way, awa.user)

    end(koffi.user)

    with django_assert_num_queries(1):
        assert his.check() is None
    assert hers.check() == awa.user
    assert set(users_now([his, hers])) == {hers}


@pytest.mark.parametrize("way", WAYS)
def test_c03_another_way_in_that_ends_ends_no_other(way, koffi):
    mine = identity(way, koffi.user)
    for other in WAYS:
        one = identity(other, koffi.user)
        Session.objects.filter(pk=one.key).delete()
        AccessToken.objects.filter(digest=one.key).delete()

    assert mine.check() == koffi.user


def test_what_a_person_may_do_is_not_who_they_are(koffi):
    """Sent away from a bar, or the bar closed: they stay signed in, and streams are asked for anew."""
    found = identity("session", koffi.user)
    Member.objects.update(is_active=False)
    Bar.objects.update(is_active=False)

    assert found.check() == koffi.user


def test_nobody_stays_nobody_without_a_query(db, django_assert_num_queries):
    nobody = Nobody("10.0.0.9")

    with django_assert_num_queries(0):
        assert (nobody.check(), nobody.expires_at) == (AnonymousUser(), None)
        assert Nobody.check_many([nobody]) == {nobody: nobody.user}


@pytest.mark.parametrize("count", [1, 3])
def test_all_are_checked_in_two_queries(count, koffi, awa, django_assert_num_queries):
    theirs = [identity(way, one.user) for way in WAYS for one in (koffi, awa) for _ in range(count)]
    another_password(awa.user)
    User.objects.filter(pk=koffi.user_id).update(is_superuser=True)

    with django_assert_num_queries(2):
        found = users_now([*theirs, Nobody("10.0.0.9")])

    assert set(found) == {one for one in theirs if one.user == koffi.user}
    assert [user.is_superuser for user in found.values()] == [True] * 2 * count


def test_two_sockets_of_one_session_are_two_identities(koffi):
    key = browser_of(koffi.user).session.session_key
    twins = [identities_of_sessions([key])[0], identities_of_sessions([key])[0]]

    assert set(users_now(twins)) == set(twins)
    assert len(set(twins)) == 2


def test_10000_are_checked_within_ten_seconds(koffi):
    """Every minute, with Valkey dead: half of them by session, half by token."""
    later, auth_hash = timezone.now() + timedelta(hours=1), koffi.user.get_session_auth_hash()
    ways = type(identity("session", koffi.user)), type(identity("token", koffi.user))
    people = [factories.user(f"u{n}") for n in range(20)] * 250
    Session.objects.bulk_create([Session(f"s{n}", "", later, one.pk) for n, one in enumerate(people)])
    AccessToken.objects.bulk_create(
        [AccessToken(user=one, digest=f"t{n}", auth_hash=auth_hash, expires_at=later) for n, one in enumerate(people)]
    )
    theirs = [
        way(one, later, f"{kind}{n}") for way, kind in zip(ways, "st", strict=True) for n, one in enumerate(people)
    ]
    Session.objects.filter(pk="s7").delete()

    began = time.perf_counter()
    found = set(users_now(theirs))
    took = time.perf_counter() - began

    print(f"10,000 identities checked in {took:.2f} s")
    assert (len(found), theirs[7] in found, took < 10) == (9999, False, True)


# Of a request


def test_an_api_request_has_the_identity_of_its_token(koffi):
    request = RequestFactory().get("/", headers=factories.bearer(koffi))

    signed_in(request)

    row = AccessToken.objects.get()
    assert (request.identity.key, request.identity.expires_at) == (row.digest, row.expires_at)
    assert (request.identity.user, request.identity.check()) == (koffi.user, koffi.user)


def test_an_api_request_has_the_identity_of_its_session_without_a_query(koffi, django_assert_num_queries):
    key = browser_of(koffi.user).session.session_key
    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(key), koffi.user
    assert request.session["_auth_user_id"]

    with django_assert_num_queries(0):
        signed_in(request)

    row = Session.objects.get()
    assert (request.identity.key, request.identity.expires_at) == (key, row.expire_date)
    assert request.identity.check() == koffi.user


def test_what_has_expired_is_forgotten_and_nothing_else(transactional_db, awa, koffi):
    kept_token = AccessToken.issue(koffi.user)[1]
    old_token = AccessToken.issue(awa.user)[1]
    kept, old = session_of(koffi.user), session_of(awa.user)
    yesterday = timezone.now() - timedelta(days=1)
    AccessToken.objects.filter(pk=old_token.pk).update(expires_at=yesterday)
    Session.objects.filter(pk=old).update(expire_date=yesterday)

    forgotten = forget_expired_sign_ins()

    assert forgotten == 2
    assert AccessToken.objects.filter(pk=kept_token.pk).exists()
    assert list(Session.objects.values_list("pk", flat=True)) == [kept]


def session_of(user):
    return browser_of(user).session.session_key
