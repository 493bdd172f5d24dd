"""What a client says over HTTP: sending, having lists read again, comparing cursors, asking how live things are."""

import json
import uuid

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client

from realtime.cursors import Cursor
from realtime.log import MOST_REPLAYED, heads
from realtime.models import Event, Message, Switch
from realtime.standing import Verdict, verdict
from realtime.streams import registry
from tests import factories
from tests.config.problems import check_problem
from tests.realtime.follower import Follower, sub
from tests.settling import settle


def asked_by(member):
    """Posts to /api/v1/sync/ by bearer token."""
    client = Client(headers=factories.bearer(member))

    def ask(name, body=None):
        return client.post(f"/api/v1/sync/{name}", body or {}, "application/json")

    return ask


def conversation_of(member):
    client = Client(headers=factories.bearer(member))
    conversations = client.get("/api/v1/conversations").json()["conversations"]
    return next(one["id"] for one in conversations if one["bar"] == str(member.bar_id))


def latest(stream):
    """The newest event of a stream, once numbered."""
    settle()
    return Event.objects.filter(stream=stream).order_by("-seq").values_list("topic", "type", "data").first()


# Sending


def test_what_is_sent_is_done_and_answered(koffi):
    body = {"conversation": conversation_of(koffi), "key": str(uuid.uuid4()), "text": "Bonsoir"}

    answer = asked_by(koffi)("send", {"type": "message.send", "data": body})

    message = Message.objects.get(text="Bonsoir")
    assert (answer.status_code, answer.json()["type"]) == (200, "message.send")
    assert (answer.json()["data"]["message"], message.author_id) == (str(message.pk), koffi.user_id)


def test_what_nobody_knows_is_refused_and_the_known_are_named(koffi):
    problem = check_problem(asked_by(koffi)("send", {"type": "stock.set"}), 400, "unknown_type")

    assert problem["allowed"] == sorted(registry.sends)


def test_data_that_does_not_fit_is_refused_by_field(koffi):
    body = {"conversation": "here", "key": str(uuid.uuid4()), "text": "x", "author": "zoe"}

    problem = check_problem(asked_by(koffi)("send", {"type": "message.send", "data": body}), 400, "invalid")

    assert {error["field"] for error in problem["errors"]} == {"conversation", "author"}
    assert all(error["message"] and error["message"] in problem["detail"] for error in problem["errors"])
    assert not Message.objects.exists()


def test_c10_nobody_speaks_where_they_are_not(koffi, zoe):
    body = {"conversation": conversation_of(koffi), "key": str(uuid.uuid4()), "text": "Bonsoir"}

    check_problem(asked_by(zoe)("send", {"type": "message.send", "data": body}), 404, "not_found")
    assert not Message.objects.exists()


def test_a_signal_is_heard_by_who_listens_and_kept_by_nobody(stack, koffi, awa):
    stream = f"bar.{koffi.bar_id}"
    body = {"type": "typing.start", "data": {"conversation": conversation_of(koffi)}}
    events = Event.objects.count()
    with Follower(stack, awa) as page:
        page.hello(sub(stream, "messages"))

        answer = httpx.post(f"{stack.url}/api/v1/sync/send", json=body, headers=factories.bearer(koffi))
        heard = page.next("signal")

    assert (answer.status_code, answer.content) == (202, b"")
    assert (heard["name"], heard["data"]["person"]) == ("typing.start", str(koffi.user_id))
    assert Event.objects.count() == events


# Having lists read again


def test_a_person_has_their_own_lists_read_again(koffi):
    answer = asked_by(koffi)("force")

    topics = sorted({event.topic for event in registry.events.values()})
    assert (answer.status_code, answer.json()) == (200, {"stream": f"user.{koffi.user_id}", "topics": topics})
    assert latest(f"user.{koffi.user_id}") == ("", "invalidate", {"topics": topics})


def test_an_operator_has_those_of_a_bar_read_again(operator, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    settle()

    answer = asked_by(operator)(f"force?stream=bar.{koffi.bar_id}")

    assert (answer.status_code, latest(f"bar.{koffi.bar_id}")[1]) == (200, "invalidate")


def test_c10_nobody_else_forces_a_stream_not_even_an_owner_theirs(yao, koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    settle()

    for stream in (f"bar.{yao.bar_id}", f"user.{koffi.user_id}", "bar.nothing", "platform"):
        check_problem(asked_by(yao)(f"force?stream={stream}"), 403, "not_allowed")
    assert latest(f"bar.{yao.bar_id}")[1] != "invalidate"


@pytest.mark.parametrize("stream", ["bar.nothing", "nonsense", "bar." + "x" * 94, "\u0661.é", "user.*"])
def test_a_stream_on_which_nothing_has_happened_is_not_begun(stream, operator):
    check_problem(asked_by(operator)(f"force?stream={stream}"), 404, "not_found")


# Comparing


HEAD = Cursor("k3f9", 5000)
CASES = {
    "the same": (Cursor("k3f9", 5000), 4000, Verdict.CURRENT),
    "one less": (Cursor("k3f9", 4999), 4000, Verdict.BEHIND),
    "as far as is replayed": (Cursor("k3f9", 5000 - MOST_REPLAYED), 1, Verdict.BEHIND),
    "further": (Cursor("k3f9", 4999 - MOST_REPLAYED), 1, Verdict.RESET),
    "the oldest that is kept": (Cursor("k3f9", 4499), 4500, Verdict.BEHIND),
    "trimmed": (Cursor("k3f9", 4498), 4500, Verdict.RESET),
    "nothing is kept": (Cursor("k3f9", 4999), None, Verdict.RESET),
    "of the future": (Cursor("k3f9", 5001), 4000, Verdict.AHEAD),
    "another life": (Cursor("aaaa", 5000), 4000, Verdict.RESET),
}


@pytest.mark.parametrize(("cursor", "oldest", "expected"), CASES.values(), ids=CASES)
def test_a_cursor_is_judged_by_what_the_log_still_has(cursor, oldest, expected):
    assert verdict(cursor, HEAD, oldest) == expected


def test_cursors_are_compared_stream_by_stream(koffi, zoe, beer):
    factories.sale(koffi, {beer.pk: 1})
    settle()
    own, bar, other = f"user.{koffi.user_id}", f"bar.{koffi.bar_id}", f"bar.{zoe.bar_id}"
    head = heads([bar])[bar]
    mine = {bar: str(head._replace(seq=head.seq - 1)), own: str(heads([own])[own]), other: str(head), "x": "0"}

    found = asked_by(koffi)("validate", {"heads": mine}).json()

    assert {stream: one["state"] for stream, one in found.items()} == {
        bar: "behind",
        own: "current",
        other: "unknown",
        "x": "unknown",
    }
    assert (found[bar]["cursor"], found[other]["cursor"]) == (str(head), None)


def test_who_has_read_nothing_yet_is_behind_while_all_is_kept(koffi, beer):
    factories.sale(koffi, {beer.pk: 1})
    settle()
    bar = f"bar.{koffi.bar_id}"

    assert asked_by(koffi)("validate", {"heads": {bar: "0"}}).json()[bar]["state"] == "behind"


def test_a_cursor_that_is_none_and_too_many_of_them_are_refused(koffi):
    ask = asked_by(koffi)

    check_problem(ask("validate", {"heads": {f"bar.{koffi.bar_id}": "-1"}}), 400, "bad_cursor")
    check_problem(ask("validate", {"heads": {f"bar.{n}": "0" for n in range(51)}}), 400, "too_many_streams")


@pytest.mark.parametrize("streams", [1, 3])
def test_comparing_costs_two_queries_however_many_streams(streams, koffi, django_assert_num_queries):
    client = Client(headers=factories.bearer(koffi))
    body = json.dumps({"heads": {name: "0" for name in [f"user.{koffi.user_id}", "x", "y"][:streams]}})

    with django_assert_num_queries(3):  # with who is asking
        client.post("/api/v1/sync/validate", body, "application/json")


# How live things are, and a word to everybody


def test_the_status_tells_the_mode_and_the_limits(koffi, settings):
    client = Client(headers=factories.bearer(koffi))
    settings.RATE_LIMIT = 500

    live = client.get("/api/v1/sync/status").json()
    Switch.objects.create(name=Switch.Name.EMERGENCY_POLLING, is_on=True)
    polling = client.get("/api/v1/sync/status").json()

    assert (live["mode"], live["emergency_polling"], live["interval"]) == ("live", False, 5000)
    assert (polling["mode"], polling["emergency_polling"]) == ("poll", True)
    assert live["limits"] == {"connections": 8, "streams": 50, "message": 4096, "requests": 500}
    assert (live["connections"], live["behind"] >= 0) == ([], True)


def test_operators_tell_everybody(operator, koffi):
    answer = asked_by(operator)("broadcast", {"text": "Maintenance at 4", "level": "warning"})

    assert (answer.status_code, answer.content) == (202, b"")
    assert latest("everyone") == ("alerts", "system.alerted", {"level": "warning", "text": "Maintenance at 4"})


def test_c10_nobody_else_does(yao):
    check_problem(asked_by(yao)("broadcast", {"text": "Free beer"}), 403, "not_allowed")
    settle()

    assert not Event.objects.filter(stream="everyone").exists()


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 501}, {"text": "x", "level": "loud"}, {}])
def test_an_alert_says_something_short(body, operator):
    check_problem(asked_by(operator)("broadcast", body), 400, "invalid")


# Seed 003's addresses


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_old_address_sends_on_to_todays_with_method_and_query(method, client):
    answer = client.generic(method, "/api/sync/poll?since=0&streams=bar.A%2Cuser.B", "{}", "application/json")

    assert (answer.status_code, answer.headers["Location"]) == (
        308,
        "/api/v1/sync/poll?since=0&streams=bar.A%2Cuser.B",
    )


@pytest.mark.parametrize("path", ["//evil.example", "%0d%0aSet-Cookie:x=1", "../../admin/", "é"])
def test_an_old_address_sends_nobody_anywhere_else(path, client):
    answer = client.get(f"/api/sync/{path}")

    assert (answer.status_code, answer.headers["Location"][:13]) == (308, "/api/v1/sync/")
    assert "Set-Cookie" not in answer.headers


def test_a_client_of_old_polls_from_the_beginning(stack, koffi):
    """As seed 003 tries it out, but signed in."""
    answer = httpx.get(f"{stack.url}/api/sync/poll?since=0", headers=factories.bearer(koffi), follow_redirects=True)

    assert (answer.status_code, answer.history[0].status_code) == (200, 308)
    assert set(answer.json()) == {"cursor", "seen", "messages", "interval"}


def test_an_event_of_everyone_is_staged_as_any_other(db):
    """The control of `latest`: what is rolled back is not there."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT realtime_stage('everyone', 'alerts', 'system.alerted', '{}')")
        transaction.set_rollback(True)

    assert latest("everyone") is None
