"""Who may not listen any more is closed within two seconds, whatever way they came by."""

import time

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from bars.models import AccessToken, Bar, Member, Session, User
from tests import factories
from tests.realtime.follower import EventSource, Follower, cookie_of, sub

WITHIN = 2.0  # seconds
CHANGES = {
    "removed": (lambda member: Member.objects.filter(pk=member.pk).update(is_active=False), 4003),
    "deactivated": (lambda member: User.objects.filter(pk=member.user_id).update(is_active=False), 4001),
    "another password": (
        lambda member: User.objects.filter(pk=member.user_id).update(password=make_password("x")),
        4001,
    ),
    "signed out elsewhere": (lambda member: Session.objects.filter(user_id=member.user_id).delete(), 4001),
    "a lower role": (lambda member: Member.objects.filter(pk=member.pk).update(role="waiter"), 4205),
    "the bar is closed for good": (lambda member: Bar.objects.filter(pk=member.bar_id).update(is_active=False), 4003),
}


@pytest.mark.parametrize("change", CHANGES)
def test_c03_i24_a_change_of_access_closes_the_socket_within_two_seconds(change, stack, koffi, awa, beer):
    happen, code = CHANGES[change]
    stream = f"bar.{koffi.bar_id}"
    with (
        Follower(stack, headers=cookie_of(koffi), origin=stack.url) as page,
        Follower(stack, awa) as other,
    ):
        page.hello(sub(stream))
        other.hello(sub(f"user.{awa.user_id}"))
        began = time.monotonic()
        happen(koffi)
        told, closed = page.next("error"), page.next("close")
        took = time.monotonic() - began
        other.say("subscribe", id=1, stream=f"user.{awa.user_id}")
        still = other.next("subscribed")

    assert closed["code"] == code
    assert told["code"] == {4001: "sign_in", 4003: "not_allowed", 4205: "access_changed"}[code]
    assert took < WITHIN
    assert still["id"] == 1


def test_c03_server_sent_events_end_too(stack, koffi):
    with EventSource(stack, koffi, f"bar.{koffi.bar_id}") as source:
        source.opened()
        began = time.monotonic()
        Member.objects.filter(pk=koffi.pk).update(is_active=False)
        told, closed = source.next("error")[1], source.next("close")[1]
        took = time.monotonic() - began
        with pytest.raises(EOFError):
            source.next()

    assert (told["code"], closed["code"]) == ("not_allowed", 4003)
    assert took < WITHIN


def test_c03_a_token_that_is_taken_back_ends_what_it_has_opened_and_no_other(stack, koffi):
    stream = f"user.{koffi.user_id}"
    with Follower(stack, koffi) as lost, Follower(stack, koffi) as kept:
        first = AccessToken.objects.filter(user=koffi.user).order_by("created_at").first()
        lost.hello(sub(stream))
        kept.hello(sub(stream))
        first.delete()
        closed = lost.next("close")
        kept.say("subscribe", id=2, stream=stream)
        still = kept.next("subscribed")

    assert (closed["code"], still["id"]) == (4001, 2)


def test_c03_signing_out_in_one_tab_ends_the_socket_of_another(stack, koffi):
    browser = Client()
    browser.force_login(koffi.user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    with Follower(stack, headers=cookie, origin=stack.url) as page:
        page.hello(sub(f"bar.{koffi.bar_id}"))
        browser.post("/logout/")
        closed = page.next("close")

    assert closed["code"] == 4001


def test_who_keeps_all_that_they_had_stays(stack, koffi, beer):
    """A manager who becomes co-owner sees more, and comes back for it; joining another bar changes nothing here."""
    stream = f"bar.{koffi.bar_id}"
    with Follower(stack, koffi) as page:
        page.hello(sub(stream, "stock"))
        Member.objects.create(bar=factories.bar(name="Another"), user=koffi.user, role="owner")
        Member.objects.filter(pk=koffi.pk).update(role="co_owner")
        factories.sale(koffi, {beer.pk: 1})
        frame = page.next("frame")

    assert {event["type"] for event in frame["events"]} == {"stock.changed"}
