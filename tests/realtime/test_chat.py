"""Staff chat: written once, heard at once by who is in it and nobody else, and taken back for good."""

import json
import uuid

import psycopg
import pytest
from django.test import Client

from bars.conversations import seat_in
from bars.models import Member
from bars.sends import typing
from bars.services import chat
from realtime.errors import NotFound
from realtime.models import Conversation, Message, ReadMark
from tests import factories
from tests.realtime.follower import Follower, poll, sub
from tests.realtime.numbering import logged
from tests.sessions import session, together

pytestmark = pytest.mark.django_db(transaction=True)


def team(bar):
    return Conversation.objects.get(stream=f"bar.{bar.pk}").pk


def client_of(member):
    return Client(headers=factories.bearer(member))


def write(member, conversation, text="Bonsoir", key=None):
    """By the API."""
    body = {"key": str(key or uuid.uuid4()), "text": text}
    return client_of(member).post(
        f"/api/v1/conversations/{conversation}/messages", json.dumps(body), content_type="application/json"
    )


def mark(member, conversation, number):
    return client_of(member).put(
        f"/api/v1/conversations/{conversation}/read", json.dumps({"number": number}), content_type="application/json"
    )


def begin(member, other):
    return client_of(member).post(
        "/api/v1/conversations", json.dumps({"person": str(other.user_id)}), content_type="application/json"
    )


def page(member, conversation, **asked):
    return client_of(member).get(f"/api/v1/conversations/{conversation}/messages", asked)


def unread(member):
    listed = client_of(member).get("/api/v1/conversations").json()["conversations"]
    return {one["id"]: one["unread"] for one in listed}


def texts(member, conversation):
    return [message["text"] for message in page(member, conversation).json()["messages"]]


@pytest.fixture
def pair(awa, koffi):
    """The conversation of the two."""
    return begin(awa, koffi).json()["id"]


@pytest.fixture
def leave():
    return lambda member: Member.objects.filter(pk=member.pk).update(is_active=False)


# Said, and heard at once


def test_what_one_writes_the_others_see(stack, bar, awa, koffi, zoe):
    with Follower(stack, koffi) as socket, Follower(stack, zoe) as stranger:
        socket.hello(sub(f"bar.{bar.pk}", "messages"))
        stranger.hello(sub(f"user.{zoe.user_id}"))

        said = write(awa, team(bar), "Table 4 veut payer\ntout de suite").json()

        [event] = socket.next("frame")["events"]
        assert event == {
            "type": "message.created",
            "data": {
                "message": said["id"],
                "conversation": str(team(bar)),
                "number": 1,
                "author": str(awa.user_id),
                "text": "Table 4 veut payer\ntout de suite",
            },
        }
        assert texts(koffi, team(bar)) == ["Table 4 veut payer\ntout de suite"]
        assert [message["type"] for message in stranger.received] == ["welcome"]


def test_a_message_sent_by_socket_is_answered_and_heard(stack, bar, awa, koffi):
    with Follower(stack, koffi) as hears, Follower(stack, awa) as writes:
        hears.hello(sub(f"bar.{bar.pk}", "messages"))
        writes.hello(sub(f"user.{awa.user_id}"))
        body = {"conversation": str(team(bar)), "key": str(uuid.uuid4()), "text": "Bonsoir"}

        writes.say("send", id="1", action="message.send", data=body)
        answer = writes.next()

        assert answer["type"] == "ack", answer
        assert hears.next("frame")["events"][0]["data"]["message"] == answer["data"]["message"]


def test_a_conversation_of_two_is_heard_by_the_two(stack, awa, koffi, yao, pair):
    with Follower(stack, koffi) as socket, Follower(stack, yao) as other:
        socket.hello(sub(f"user.{koffi.user_id}", "messages"))
        other.hello(sub(f"user.{yao.user_id}"), sub(f"bar.{yao.bar_id}"))

        write(awa, pair, "Entre nous")
        write(awa, team(awa.bar), "Pour tous")

        assert [event["data"]["text"] for event in socket.next("frame")["events"]] == ["Entre nous"]
        assert [event["data"]["text"] for event in other.next("frame")["events"]] == ["Pour tous"]
    assert (page(yao, pair).status_code, str(pair) in unread(yao)) == (404, False)


def test_the_same_key_says_it_once(bar, awa):
    key = uuid.uuid4()

    answers = [write(awa, team(bar), key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert (Message.objects.count(), len(messages_logged(bar))) == (1, 1)
    assert write(awa, team(bar), "Autre chose", key=key).json()["code"] == "key_reused"


def test_the_same_key_from_eight_at_once_says_it_once(bar, awa):
    seat, key = seat_in(awa.user, team(bar)), uuid.uuid4()

    said = together(*[lambda: chat.say(seat, key=key, text="Bonsoir").message.pk] * 8)

    assert (len(set(said)), Message.objects.count(), len(messages_logged(bar))) == (1, 1, 1)


def messages_logged(bar):
    return [json.loads(data) for _, type_, data in logged(f"bar.{bar.pk}") if type_ == "message.created"]


@pytest.mark.parametrize("text", ["", " \n ", "a" * 1001, "pay\u202eee", "nul\x00"])
def test_what_is_no_message_is_refused(text, bar, awa):
    assert (write(awa, team(bar), text).status_code, Message.objects.count()) == (400, 0)


def test_a_thousand_characters_of_any_kind_are_a_message(bar, awa):
    assert write(awa, team(bar), "🍺" * 1000).json()["text"] == "🍺" * 1000


# Typing


def test_typing_is_seen_and_kept_nowhere(stack, bar, awa, koffi):
    with Follower(stack, koffi) as sees, Follower(stack, awa) as types:
        sees.hello(sub(f"bar.{bar.pk}", "messages"))
        types.hello(sub(f"user.{awa.user_id}"))
        before = logged(f"bar.{bar.pk}")

        types.say("send", id="1", action="typing.start", data={"conversation": str(team(bar))})
        seen = sees.next()

        told = {"conversation": str(team(bar)), "person": str(awa.user_id), "typing": True}
        assert (seen["stream"], seen["data"]) == (f"bar.{bar.pk}", told)
        assert logged(f"bar.{bar.pk}") == before


def test_typing_to_one_goes_to_the_other_of_two_and_to_no_third(awa, koffi, yao, pair):
    asked = type("Asked", (), {"conversation": pair})

    assert [typing(False)(member.user, asked)[0] for member in (awa, koffi)] == [
        f"user.{koffi.user_id}",
        f"user.{awa.user_id}",
    ]
    with pytest.raises(NotFound):
        typing(True)(yao.user, asked)


# Taken back


def test_a_message_taken_back_is_nowhere_any_more(stack, bar, awa, koffi):
    """Neither in the list, nor in the log from which others catch up, nor in any row; the control is another's."""
    cursor = page(koffi, team(bar)).headers["Cursor"]
    wrong = write(awa, team(bar), "Le code du coffre est cachette").json()
    write(koffi, team(bar), "Reçu")

    answer = client_of(awa).delete(f"/api/v1/conversations/{team(bar)}/messages/{wrong['id']}")

    assert (answer.json()["text"], answer.json()["is_deleted"]) == ("", True)
    assert texts(koffi, team(bar)) == ["Reçu", ""]
    replayed = poll(stack, koffi, f"bar.{bar.pk}", since=cursor, topics="messages").text
    assert ("cachette" in replayed, "Reçu" in json.dumps(json.loads(replayed), ensure_ascii=False)) == (False, True)
    assert rows_with("cachette") == []


def rows_with(text):
    """Tables of the database in which a text stands."""
    with session() as psql:
        tables = [
            name
            for (name,) in psql.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            )
        ]
        return [
            name
            for name in tables
            if psql.execute(f"SELECT 1 FROM {name} AS here WHERE here::text LIKE %s LIMIT 1", [f"%{text}%"]).fetchone()
        ]


def test_the_search_for_a_text_finds_one_that_is_there(bar, awa):
    write(awa, team(bar), "cachette")

    assert {name.partition("_event")[0] for name in rows_with("cachette")} == {"realtime", "realtime_message"}


def test_the_others_are_told_of_a_deletion(stack, bar, awa, koffi):
    said = write(awa, team(bar)).json()
    with Follower(stack, koffi) as socket:
        socket.hello(sub(f"bar.{bar.pk}", "messages"))

        for _ in range(2):  # asked again it is the same tombstone
            client_of(awa).delete(f"/api/v1/conversations/{team(bar)}/messages/{said['id']}")
        write(awa, team(bar), "Fin")

        told = [event["type"] for frame in socket.frames(2) for event in frame["events"]]
        assert told == ["message.deleted", "message.created"]


@pytest.mark.parametrize(("who", "status"), [("awa", 200), ("issa", 403), ("koffi", 200), ("yao", 200), ("zoe", 404)])
def test_ones_own_is_taken_back_and_who_moderates_takes_any(who, status, request, bar, awa):
    factories.member(bar, "issa", "waiter")
    people = {"issa": Member.objects.get(user__username="issa")}
    said = write(awa, team(bar)).json()

    member = people.get(who) or request.getfixturevalue(who)
    answer = client_of(member).delete(f"/api/v1/conversations/{team(bar)}/messages/{said['id']}")

    assert (answer.status_code, Message.objects.filter(deleted_at=None).count()) == (status, int(status != 200))


def test_nobody_moderates_a_conversation_of_two(awa, koffi, pair):
    said = write(awa, pair).json()

    assert client_of(koffi).delete(f"/api/v1/conversations/{pair}/messages/{said['id']}").status_code == 403


# Read


def test_unread_counts_what_others_wrote_since(bar, awa, koffi):
    for number in range(3):
        write(awa, team(bar), f"Numéro {number}")
    write(koffi, team(bar))
    counts = [unread(awa), unread(koffi)]

    left = [mark(koffi, team(bar), number).json()["unread"] for number in (2, 1, 99)]

    assert counts == [{str(team(bar)): 1}, {str(team(bar)): 3}]
    assert left == [1, 1, 0]
    assert page(awa, team(bar)).json()["marks"] == [{"person": str(koffi.user_id), "number": 4}]


def test_unread_is_exact_while_eight_write_and_read_at_once(bar, awa, koffi):
    """A mark never passes over a message that could not be seen yet: numbers follow the order of commits."""
    mine, theirs = seat_in(awa.user, team(bar)), seat_in(koffi.user, team(bar))

    def write_some():
        for _ in range(5):
            chat.say(mine, key=uuid.uuid4(), text="Bonsoir")

    def read_some():
        for _ in range(10):
            seen = max([0, *Message.objects.filter(conversation=team(bar)).values_list("number", flat=True)])
            chat.read_up_to(theirs, seen)
            marked = ReadMark.objects.filter(user=koffi.user_id).values_list("number", flat=True).first() or 0
            assert Message.objects.filter(number__lte=marked).count() == marked
        return "done"

    results = together(*[write_some] * 4, *[read_some] * 4)

    assert results == [None] * 4 + ["done"] * 4
    marked = ReadMark.objects.get(user=koffi.user_id).number
    assert unread(koffi) == {str(team(bar)): 20 - marked}
    assert sorted(Message.objects.values_list("number", flat=True)) == list(range(1, 21))


def test_a_mark_is_told_to_both_of_two_and_in_a_team_to_ones_own_devices(bar, awa, koffi, pair):
    write(awa, pair)
    write(awa, team(bar))
    mark(koffi, pair, 1)
    mark(koffi, team(bar), 1)

    def told(stream):
        read = [json.loads(data) for _, type_, data in logged(stream) if type_ == "message.read"]
        return [one["conversation"] for one in read]

    assert told(f"user.{awa.user_id}") == [str(pair)]
    assert told(f"user.{koffi.user_id}") == [str(pair), str(team(bar))]
    assert told(f"bar.{bar.pk}") == []


def test_what_was_said_before_somebody_came_is_not_unread(bar, awa):
    write(awa, team(bar))
    newcomer = factories.member(bar, "issa", "waiter")
    before = unread(newcomer)

    write(awa, team(bar), "Bienvenue")

    assert (before, unread(newcomer)) == ({str(team(bar)): 0}, {str(team(bar)): 1})


def test_pages_go_back_to_the_first_word(bar, awa):
    seat = seat_in(awa.user, team(bar))
    for number in range(120):
        chat.say(seat, key=uuid.uuid4(), text=str(number))
    found, before = [], {}
    while before is not None:
        got = page(awa, team(bar), **before).json()
        found += [message["text"] for message in got["messages"]]
        before = {"before": got["next"]} if got["next"] is not None else None

    assert found == [str(number) for number in reversed(range(120))]


@pytest.mark.parametrize("others", [1, 3])
def test_the_list_costs_as_much_for_three_as_for_one(others, bar, awa, django_assert_num_queries):
    for number in range(others):
        begin(awa, factories.member(bar, f"issa{number}", "waiter"))
    client = client_of(awa)

    with django_assert_num_queries(8):  # who asks, a snapshot of three, heads, memberships twice, the list
        listed = client.get("/api/v1/conversations").json()["conversations"]

    assert len(listed) == 1 + others


# Who is in it


def everything(member, conversation, message):
    """What a member is answered for a conversation, by each address."""
    client = client_of(member)
    return [
        page(member, conversation).status_code,
        write(member, conversation).status_code,
        mark(member, conversation, 1).status_code,
        client.delete(f"/api/v1/conversations/{conversation}/messages/{message}").status_code,
    ]


def test_c10_a_stranger_finds_nothing(bar, awa, zoe):
    said = write(awa, team(bar)).json()["id"]

    assert everything(zoe, team(bar), said) == [404] * 4
    assert (set(unread(zoe)), begin(zoe, awa).status_code) == ({str(team(zoe.bar))}, 404)
    people = client_of(zoe).get("/api/v1/conversations/people").json()
    assert (people, Message.objects.count()) == ([], 1)


def test_who_has_left_reads_and_writes_no_more(bar, awa, koffi, pair, leave):
    said = write(awa, team(bar)).json()["id"]
    between = write(awa, pair).json()["id"]

    leave(awa)

    assert everything(awa, team(bar), said) == [404] * 4
    assert everything(awa, pair, between) == [404] * 4
    assert everything(koffi, pair, between) == [404] * 4
    assert (unread(awa), set(unread(koffi))) == ({}, {str(team(bar))})
    assert page(koffi, team(bar)).status_code == 200


def test_two_who_share_another_bar_go_on(other_bar, awa, koffi, pair, leave):
    for member in (awa, koffi):
        Member.objects.create(bar=other_bar, user=member.user, role="waiter")

    leave(awa)

    assert (write(awa, pair).status_code, texts(koffi, pair)) == (201, ["Bonsoir"])


def test_two_have_one_conversation_whoever_begins_it(awa, koffi, pair):
    assert [begin(koffi, awa).json()["id"], begin(awa, koffi).json()["id"]] == [pair, pair]
    assert begin(awa, awa).status_code == 404


# By psql

INSERT = "INSERT INTO realtime_message (conversation_id, author_id, key, text) VALUES (%s, %s, %s, 'Bonsoir')"


def refused(statement, *params, **options):
    """By which constraint, or class of error, Postgres refuses a statement; None where it doesn't."""
    with session(**options) as psql:
        try:
            psql.execute(statement, params)
        except psycopg.Error as error:
            psql.rollback()
            return error.diag.constraint_name or type(error).__name__
    return None


def test_no_message_crosses_bars_by_psql_either(bar, koffi, zoe, pair):
    strangers = [refused(INSERT, conversation, zoe.user_id, uuid.uuid4()) for conversation in (team(bar), pair)]

    assert strangers == ["a_message_is_from_who_is_there"] * 2
    assert refused(INSERT, pair, koffi.user_id, uuid.uuid4()) is None


def test_who_has_left_writes_nothing_by_psql_either(awa, koffi, pair, leave):
    leave(koffi)

    tried = [(pair, awa), (pair, koffi), (team(koffi.bar), koffi)]
    answers = [refused(INSERT, conversation, member.user_id, uuid.uuid4()) for conversation, member in tried]
    assert answers == ["a_message_is_from_who_is_there"] * 3


REWRITES = (
    "text = 'Autre chose'",
    "author_id = (SELECT id FROM bars_user WHERE username = 'koffi')",
    "number = number + 1",
    "created_at = now() - interval '1 year'",
    "conversation_id = (SELECT id FROM realtime_conversation WHERE stream IS NULL)",
)


@pytest.mark.parametrize("change", REWRITES)
@pytest.mark.parametrize("role", ["none", "bartender_app"])
def test_a_message_is_rewritten_by_nobody(role, change, bar, awa, pair):
    """Neither by the owner of the database nor by the application; the control is taking it back."""
    said = write(awa, team(bar)).json()["id"]
    statement = f"UPDATE realtime_message SET {change} WHERE id = %s"

    assert refused(statement, said, role=role) == "InsufficientPrivilege"
    undo = "UPDATE realtime_message SET text = '', deleted_at = now(), deleted_by_id = author_id WHERE id = %s"
    assert refused(undo, said, role=role) is None
    assert (
        refused("UPDATE realtime_message SET text = 'x', deleted_at = NULL WHERE id = %s", said, role=role) is not None
    )


@pytest.mark.parametrize("statement", [
    "DELETE FROM realtime_message",
    "DELETE FROM realtime_conversation",
    "UPDATE realtime_conversation SET last_number = 0",
    "TRUNCATE realtime_message",
])  # fmt: skip
def test_the_application_deletes_no_row_of_a_conversation(statement, bar, awa):
    write(awa, team(bar))

    assert refused(statement, role="bartender_app") == "InsufficientPrivilege"


def test_a_seat_that_was_lost_meanwhile_is_refused_as_if_there_were_nothing(bar, awa, leave):
    """The lookup was before, the message comes after: the database looks again."""
    seat = seat_in(awa.user, team(bar))
    leave(awa)

    with pytest.raises(NotFound):
        chat.say(seat, key=uuid.uuid4(), text="Encore un mot")

    assert Message.objects.count() == 0
