"""Seed 002: Alice follows a tournament and a match, Bob the tournament, Carol the match, Dave another tournament.

Tournaments and matches are those of tests/scoreboard, where they are called cups and games: an app that declares its
streams and its event in ten lines and that the servers of this module have installed. The doorbell, the relay and the
hub know nothing of it.
"""

import importlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter

import psycopg
import pytest

from bars.services import chat
from realtime.asyncapi import document
from realtime.models import Conversation, Message
from realtime.streams import registry
from tests import emptying, factories
from tests.races.gate import holding_stream, through
from tests.realtime import spoken
from tests.realtime.follower import EventSource, Follower, cursor, poll, sub
from tests.realtime.numbering import frames_in_log, notes, stage
from tests.sessions import session, together
from tests.stack import ROOT, Stack

SETTINGS = "tests.settings_streams"
MIGRATE = [sys.executable, "-m", "django", "migrate", "scoreboard"]
GOAL = "INSERT INTO scoreboard_goal (id, tournament, match, home) VALUES (%s, %s, %s, %s)"
FORGET = """
DROP TABLE scoreboard_goal;
DELETE FROM django_migrations WHERE app = 'scoreboard';
DELETE FROM auth_permission USING django_content_type AS of
    WHERE of.id = content_type_id AND of.app_label = 'scoreboard';
DELETE FROM django_content_type WHERE app_label = 'scoreboard';
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
TURNS = 25


@pytest.fixture(scope="module")
def servers(running_stack, django_db_blocker, tmp_path_factory):
    """A web process that has the app, its table in the test database, and the relay that all share."""
    with django_db_blocker.unblock():
        emptying.statement()  # of the tables that stay
    stack = Stack(running_stack.database, tmp_path_factory.mktemp("scoreboard"), SETTINGS)
    as_owner = os.environ | {"DATABASE_URL": stack.database, "DJANGO_SETTINGS_MODULE": SETTINGS}
    subprocess.run(MIGRATE, cwd=ROOT, env=as_owner, check=True, capture_output=True, timeout=60)
    try:
        stack.start_web()
        yield stack
    finally:
        stack.stop()
        with django_db_blocker.unblock(), session() as owner:
            owner.execute(FORGET)


@pytest.fixture
def stack(servers, stack, declared):
    """With the rows that other tests leave emptied as usual."""
    return servers


@pytest.fixture
def declared(monkeypatch):
    """The app's declarations in this process too, for as long as a test holds what is said against the document."""
    for table in ("streams", "events"):
        monkeypatch.setattr(registry, table, dict(getattr(registry, table)))
    document.cache_clear()
    spoken.validator.cache_clear()
    yield importlib.import_module("tests.scoreboard.streams")
    del sys.modules["tests.scoreboard.streams"]
    document.cache_clear()
    spoken.validator.cache_clear()


class Match:
    """Of a tournament, with the streams of both."""

    def __init__(self, tournament=None):
        self.tournament, self.id = tournament or uuid.uuid4(), uuid.uuid4()
        self.streams = [f"cup.{self.tournament}", f"game.{self.id}"]

    def goal(self, *, home=True):
        """Scored by whoever writes the row: psql here."""
        scored = uuid.uuid4()
        with session() as table:
            table.execute(GOAL, [scored, self.tournament, self.id, home])
        return str(scored)


class Board:
    """The score of a match as a page counts it: goals are told by their ids, so one told twice counts once."""

    def __init__(self):
        self.goals, self.told = {}, []

    def apply(self, frame):
        for event in frame["events"]:
            assert event["type"] == "goal.scored"
            self.told.append(event["data"]["goal"])
            self.goals[event["data"]["goal"]] = event["data"]["home"]

    @property
    def score(self):
        sides = Counter(self.goals.values())
        return sides[True], sides[False]


def page(stack, who, *streams):
    follower = Follower(stack, who)
    welcome = follower.hello(*map(sub, streams))
    assert [one["result"] for one in welcome["subs"]] == ["live"] * len(streams)
    follower.board = Board()
    return follower


def hears(follower, frames):
    for frame in follower.frames(frames):
        follower.board.apply(frame)
    return follower.board


def hears_nothing(follower):
    """Whatever was on its way would have come before the answer to this."""
    time.sleep(0.3)
    follower.say("subscribe", id=9, stream=f"game.{uuid.uuid4()}")
    follower.next("subscribed")
    return [message for message in follower.received if message["type"] == "frame"] == []


@pytest.fixture
def people(transactional_db):
    return {name: factories.user(name) for name in ("alice", "bob", "carol", "dave")}


def test_alice_bob_carol_and_dave(stack, people):
    match, elsewhere = Match(), Match()
    with (
        page(stack, people["alice"], *match.streams) as alice,
        page(stack, people["bob"], match.streams[0]) as bob,
        page(stack, people["carol"], match.streams[1]) as carol,
        page(stack, people["dave"], elsewhere.streams[0]) as dave,
    ):
        scored = [match.goal(), match.goal(home=False), match.goal()]
        boards = [hears(alice, 6), hears(bob, 3), hears(carol, 3)]
        untouched = hears_nothing(dave)
        other = elsewhere.goal()
        for_dave = hears(dave, 1)

    assert [board.score for board in boards] == [(2, 1)] * 3
    assert Counter(boards[0].told) == dict.fromkeys(scored, 2), "by both streams: counting frames she would see 4 to 2"
    assert boards[1].told == boards[2].told == scored
    assert untouched
    assert for_dave.told == [other]


def test_alice_who_was_away_finds_the_same_score_by_every_transport(stack, people):
    match = Match()
    with page(stack, people["alice"], *match.streams) as alice:
        match.goal()
        hears(alice, 2)
    at = [alice.positions[stream] for stream in match.streams]
    match.goal()
    names, since = ",".join(match.streams), ",".join(at)
    with Follower(stack, people["alice"]) as back:
        back.hello(*(sub(stream, since=one) for stream, one in zip(match.streams, at, strict=True)))
        by_socket = back.frames(2)
    with EventSource(stack, people["alice"], names, since=since) as source:
        by_events = [source.next("frame")[1] for _ in range(2)]
    by_poll = poll(stack, people["alice"], names, since=since).json()["messages"]

    def by_stream(frames):
        return sorted(frames, key=lambda frame: frame["stream"])

    for frame in by_socket:
        alice.board.apply(frame)
    assert alice.board.score == (2, 0)
    assert by_stream(by_socket) == by_stream(by_events) == by_stream(by_poll)
    assert [frames_in_log(stream)[-1][0] for stream in match.streams] == [2, 2]


def test_a_public_match_is_for_whoever_passes_by_and_a_bar_is_not(stack, koffi, beer):
    match = Match()
    with page(stack, None, match.streams[1]) as passer_by:
        scored = match.goal()
        board = hears(passer_by, 1)
    with Follower(stack) as back:
        back.hello(sub(match.streams[1], since="0"))
        kept = back.frames(1)
    factories.sale(koffi, {beer.pk: 1})
    refused = [strange_hello(stack, stream) for stream in (f"bar.{koffi.bar_id}", match.streams[0], "platform")]

    assert (board.told, cursor(kept[0])) == ([scored], passer_by.positions[match.streams[1]])
    assert refused == [["sign_in", 4001]] * 3


def test_who_passes_by_reads_and_does_nothing_else(stack, koffi, yao):
    """Each of what clients may send, to a team and to two: refused, with a reason, on a socket that goes on."""
    match, answers = Match(), []
    team = Conversation.objects.get(stream=f"bar.{koffi.bar_id}").pk
    with page(stack, None, match.streams[1]) as passer_by:
        for conversation in (team, chat.begin(koffi.user_id, yao.user_id).pk):
            asked = {"conversation": conversation, "message": uuid.uuid4(), "key": uuid.uuid4()}
            for name, declared in sorted(registry.sends.items()):
                asked |= {"text": "Bonsoir", "number": 1}
                data = {field: asked[field] for field in declared.body.model_fields}
                passer_by.say("send", id=1, action=name, data=json.loads(json.dumps(data, default=str)))
                answers.append(passer_by.next("error")["code"])
        passer_by.say("subscribe", id=99, stream=match.streams[1], topics=["presence"])
        answers.append(passer_by.next("error")["code"])
        match.goal()
        board = hears(passer_by, 1)

    assert answers == ["not_found"] * (2 * len(registry.sends) + 1)
    assert Message.objects.count() == 0
    assert board.score == (1, 0)


def strange_hello(stack, stream):
    """What somebody is answered who hasn't signed in."""
    with Follower(stack) as nobody:
        answer, closed = nobody.hello(sub(stream)), nobody.next()
        return [answer["code"], closed["code"]]


def deadlocks():
    with session() as asking:
        return asking.execute(DEADLOCKS).fetchone()[0]


def write_in_both_orders(number, streams):
    """What the app's trigger does, and its opposite."""
    with session() as writer:
        for turn in range(TURNS):
            for stream in streams if (number + turn) % 2 else reversed(streams):
                stage(writer, stream, f"{number}.{turn}")
            writer.commit()


def lock_as_they_come(streams):
    with session() as writer:
        for stream in streams:
            writer.execute("UPDATE realtime_streamhead SET seq = seq + 1 WHERE stream = %s", [stream])


def test_eight_clients_write_a_tournament_and_a_match_in_both_orders_without_a_deadlock(transactional_db):
    streams, before = Match().streams, deadlocks()

    outcomes = together(*(lambda n=number: write_in_both_orders(n, streams) for number in range(8)))

    assert outcomes == [None] * 8
    assert deadlocks() == before
    assert [[seq for seq, _ in notes(stream)] for stream in streams] == [list(range(1, 8 * TURNS + 1))] * 2


def test_locking_heads_as_events_come_deadlocks(transactional_db):
    """The control: Postgres counts it."""
    streams, before = Match().streams, deadlocks()
    with session() as writer:
        for stream in streams:
            stage(writer, stream, "first")

    with holding_stream(streams[0]) as gate:
        outcomes = through(gate, *(lambda o=order: lock_as_they_come(o) for order in (streams, streams[::-1])))

    assert [type(one) for one in outcomes].count(psycopg.errors.DeadlockDetected) == 1
    ends_at = time.monotonic() + 5
    while deadlocks() == before and time.monotonic() < ends_at:
        time.sleep(0.05)
    assert deadlocks() == before + 1
