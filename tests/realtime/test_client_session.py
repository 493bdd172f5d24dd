"""The protocol of the Python client without a line, beside a model of the server on a line that does its worst."""

import os

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from realtime.client import Event, OutcomeUnknown, Presence, Refused, Reset, Signal, State
from realtime.client.ladder import Ladder, back_off
from realtime.client.position import Cursor, Position
from realtime.client.session import Session
from realtime.client.verdicts import Verdict, of_close, of_error, of_status

STREAM = "bar.1"
LIVES = int(os.environ.get("STATEFUL_STEPS", "1500")) // 15
REMEMBERED = 8  # frames of the model's log
FRAMES = st.lists(st.integers(0, 3), min_size=1, max_size=5)  # how many notes of each this reader may see
HARM = st.tuples(st.sampled_from(["lose", "repeat", "delay"]), st.integers(0, 9), st.integers(0, 9))
HARMS = st.lists(HARM, max_size=3)


class ModelServer:
    """One stream: its log of frames (first, last, the notes that this reader may see), and one connection."""

    def __init__(self):
        self.epoch, self.head, self.log, self.sent = "e1", 0, [], None
        self.line = []  # messages on their way to the client
        self.answered = 0  # the head when the client was answered last: what is behind it, is live

    @property
    def cursor(self):
        return f"{self.epoch}:{self.head}"

    def commit(self, notes):
        first, self.head = self.head + 1, self.head + max(notes, 1)
        seen = list(range(first, self.head + 1)) if notes else []
        self.log.append((first, self.head, seen))
        del self.log[:-REMEMBERED]
        if self.sent is not None and seen:
            self.line.append(self.frame(self.log[-1]))

    def frame(self, logged):
        _, last, seen = logged
        prev, self.sent = self.sent, last
        told = [{"type": "note.made", "data": note} for note in seen]
        return {
            "type": "frame",
            "stream": STREAM,
            "epoch": self.epoch,
            "seq": last,
            "prev": prev,
            "at": "",
            "events": told,
        }

    def rotate(self):
        """As after a restore: the numbers go on in another life."""
        self.epoch, self.log = f"e{int(self.epoch[1:]) + 1}", []
        if self.sent is not None:
            self.sent = self.head
            self.line.append(
                {"type": "reset", "stream": STREAM, "epoch": self.epoch, "seq": self.head, "reason": "epoch"}
            )

    def missed(self, since):
        """What a resumption replays, None where it is not to be had."""
        epoch, _, seq = since.rpartition(":")
        if epoch not in (self.epoch, "0") or int(seq) > self.head:
            return None
        whole = int(seq) == self.head or (self.log and self.log[0][0] <= int(seq) + 1)
        return [one for one in self.log if one[1] > int(seq) and one[2]] if whole else None

    def join(self, since):
        missed = self.missed(since) if since else []
        result = "live" if not since else "reset" if missed is None else "resumed"
        self.answered = self.head
        self.sent = int(since.rpartition(":")[2]) if result == "resumed" else self.head
        answer = {"stream": STREAM, "epoch": self.epoch, "seq": self.head, "result": result}
        return answer, [self.frame(one) for one in missed or []]

    def hear(self, message):
        if message["type"] == "hello":
            joined = [self.join(sub.get("since")) for sub in message["subs"]]
            self.line = [{"type": "welcome", "ping": 25, "subs": [answer for answer, _ in joined]}]
            self.line += [frame for _, frames in joined for frame in frames]
        if message["type"] == "subscribe":
            answer, frames = self.join(message.get("since"))
            self.line += [{"type": "subscribed", "id": message["id"], **answer}, *frames]

    def poll(self, query):
        answer, frames = self.join(query["since"])
        reset = {"type": "reset", "reason": "cursor", **answer}
        messages = [reset] if answer["result"] == "reset" else frames
        self.sent = None
        return {"cursor": self.cursor, "seen": [], "messages": messages, "interval": 500}


class Follower(RuleBasedStateMachine):
    """The notes that the program has taken are those that the server has let it see: each once, in order."""

    def __init__(self):
        super().__init__()
        self.server = ModelServer()
        self.visible = []  # every note that was ever told to who may see it
        self.is_connected = False
        self.start("e1:0", 0)
        self.connect()

    def start(self, since, upto):
        self.session = Session(room=3)
        self.subscription = self.session.follow(STREAM, since=since)
        self.upto = upto  # the program holds all notes up to here

    @rule(frames=FRAMES, harms=HARMS, arrive=st.integers(0, 9), taken=st.integers(0, 9))
    def sell(self, frames, harms, arrive, taken):
        for notes in frames:
            before = self.server.head
            self.server.commit(notes)
            self.visible += range(before + 1, self.server.head + 1) if notes else []
        for harm, which, to in harms:
            if places := self.live_frames():
                getattr(self, harm)(places[which % len(places)], to)
        self.deliver(arrive)
        self.take(taken, False)

    @precondition(lambda self: len(self.server.log) > 4)
    @rule()
    def restore(self):
        self.server.rotate()

    def connect(self):
        self.is_connected = True
        self.server.hear(self.session.hello())

    @rule(comes_back=st.sampled_from([True, True, False]))
    def cut(self, comes_back):
        self.is_connected, self.server.sent, self.server.line = False, None, []
        self.session.lost()
        if comes_back:
            self.connect()

    @precondition(lambda self: not self.is_connected)
    @rule()
    def poll(self):
        for query in self.session.poll_queries():
            self.session.polled(query, self.server.poll(query))

    @rule(count=st.integers(1, 9))
    def deliver(self, count):
        for _ in range(min(count, len(self.server.line))):
            assert self.session.receive(self.server.line.pop(0)) is None
            self.say()

    @precondition(lambda self: self.is_connected)
    @rule()
    def beat(self):
        self.server.line.append({"type": "beat", "heads": {STREAM: self.server.cursor}})

    def live_frames(self):
        """Those that the line may harm: what was missed follows its answer on the same line, or neither comes."""
        line = enumerate(self.server.line)
        return [place for place, one in line if one["type"] == "frame" and one["seq"] > self.server.answered]

    def lose(self, place, to):
        del self.server.line[place]

    def repeat(self, place, to):
        line = self.server.line
        line.insert(place + 1 + to % (len(line) - place), line[place])

    def delay(self, place, to):
        self.repeat(place, to)
        self.lose(place, to)

    @rule(count=st.integers(1, 9), reads_again=st.booleans())
    def take(self, count, reads_again):
        for _ in range(count):
            happening = self.session.take(self.subscription)
            if isinstance(happening, Event):
                self.see(happening)
            elif isinstance(happening, Reset):
                self.read_again(happening, reads_again)
            self.say()

    def see(self, event):
        missed = [note for note in self.visible if self.upto < note < event.data]
        assert (missed, event.data > self.upto) == ([], True)
        self.upto = event.data

    def read_again(self, reset, at_once):
        """Lists as they are now hold every note; who reads them at the reset's own cursor gets the rest told."""
        if at_once:
            self.upto = self.server.head
            self.session.resume(self.subscription, self.server.cursor)
        else:
            self.upto = Cursor.parse(reset.cursor).seq

    @rule()
    def start_again(self):
        """The program is killed; what it had kept is where the last whole transaction ends."""
        self.cut(comes_back=False)
        cursor = self.subscription.cursor
        assert [note for note in self.visible if self.upto < note <= Cursor.parse(cursor).seq] == []
        self.start(cursor, Cursor.parse(cursor).seq)
        self.connect()

    def say(self):
        """What the session has to say arrives, or dies with the line."""
        said, self.session.outbox[:] = list(self.session.outbox), []
        for message in said if self.is_connected else ():
            self.server.hear(message)

    @invariant()
    def the_queue_is_bounded(self):
        assert len(self.subscription._waiting) <= 3 + 3

    def teardown(self):
        """Left alone, the client has everything after two beats."""
        if not self.is_connected:
            self.connect()
        for _ in range(2):
            self.settle()
            self.beat()
        self.settle()
        assert [note for note in self.visible if note > self.upto] == []
        assert self.subscription.cursor == self.server.cursor

    def settle(self):
        self.take(1, True)
        while self.server.line or self.subscription._waiting:
            if self.server.line:
                self.deliver(9)
            self.take(5, True)


def live_for(lives, **options):
    run_state_machine_as_test(
        Follower, settings=settings(max_examples=lives, stateful_step_count=50, deadline=None, **options)
    )


@pytest.mark.slow
def test_f21_whatever_the_line_does_each_event_is_told_once_and_in_order():
    live_for(LIVES)


def test_a_client_that_takes_every_frame_as_it_comes_fails_the_same(monkeypatch):
    """The control: or the line would be too kind to prove anything."""
    monkeypatch.setattr(Position, "judge", lambda position, frame: "apply")

    with pytest.raises((AssertionError, ExceptionGroup)):
        live_for(LIVES, phases=[Phase.generate], database=None)


@pytest.fixture
def session():
    """Follows a stream since its 5th event, welcomed."""
    session = Session(room=2)
    session.follow(STREAM, since="e1:5")
    session.hello()
    session.receive({"type": "welcome", "ping": 25, "subs": [answer(5)]})
    return session


def answer(seq, **fields):
    return {"stream": STREAM, "epoch": "e1", "seq": seq, "result": "resumed", **fields}


def frame(seq, prev, *events):
    told = [{"type": name, "data": data} for name, data in events or [("note.made", seq)]]
    return {"type": "frame", "stream": STREAM, "epoch": "e1", "seq": seq, "prev": prev, "at": "now", "events": told}


def taken(session):
    return list(iter(lambda: session.take(session.subscriptions[STREAM]), None))


def test_only_the_last_event_of_a_transaction_carries_its_cursor(session):
    session.receive(frame(7, 5, ("a.made", 1), ("b.made", 2)))

    assert taken(session) == [
        Event(STREAM, "a.made", 1, "now"),
        Event(STREAM, "b.made", 2, "now", cursor="e1:7"),
    ]


def test_what_is_in_hand_is_not_dealt_with_yet(session):
    following = session.subscriptions[STREAM]
    session.receive(frame(7, 5, ("a.made", 1), ("b.made", 2)))
    cursors = [following.cursor]
    for _ in range(3):
        following.take()
        cursors.append(following.cursor)

    assert cursors == ["e1:5", "e1:5", "e1:5", "e1:7"]


def test_what_was_too_much_for_a_frame_comes_as_a_reset(session):
    session.receive(frame(900, 5, ("invalidate", {"topics": ["stock", "sales"]})))

    assert taken(session) == [Reset(STREAM, "invalidate", "e1:900", ("stock", "sales"))]


def test_values_signals_and_presence_are_told_too_and_a_value_only_once(session):
    for number in (1, 2):
        session.receive({"type": "state", "stream": STREAM, "key": "figures", "seq": number, "data": number})
    session.receive({"type": "signal", "stream": STREAM, "name": "typing", "data": {"who": 1}})
    first = taken(session)
    session.receive({"type": "presence", "stream": STREAM, "joined": ["1"], "left": []})

    assert first == [State(STREAM, "figures", 2), Signal(STREAM, "typing", {"who": 1})]
    assert taken(session) == [Presence(STREAM, ("1",), ())]


def test_a_gap_asks_again_once_and_ignores_what_comes_before_the_answer(session):
    session.receive(frame(8, 7))
    session.receive(frame(9, 8))

    assert [(m["type"], m["since"]) for m in session.outbox] == [("subscribe", "e1:5")]
    session.receive({"type": "subscribed", "id": session.outbox[0]["id"], **answer(9)})
    for seq, prev in ((7, 5), (8, 7)):
        session.receive(frame(seq, prev))
    assert [event.data for event in taken(session)] == [7, 8]


def test_a_slow_program_leaves_the_rest_with_the_server(session):
    for seq in (6, 7, 8):
        session.receive(frame(seq, seq - 1))
    told = taken(session)

    assert [event.data for event in told] == [6, 7]
    assert [(m["type"], m["since"]) for m in session.outbox] == [("subscribe", "e1:7")]


def test_what_was_sent_is_answered_by_its_number_or_not_known(session):
    first, second, third = (session.send("note.make", {}) for _ in range(3))
    session.receive({"type": "ack", "id": second, "data": {"note": 1}})
    session.receive({"type": "error", "id": first, "code": "invalid", "detail": "No."})
    session.receive({"type": "error", "id": None, "code": "busy", "detail": "Later."})

    assert (session.answer(second)["data"], session.answer(first)["code"]) == ({"note": 1}, "invalid")
    assert session.answer(third) is None
    session.lost()
    with pytest.raises(OutcomeUnknown):
        session.answer(third)


def test_a_stream_that_is_refused_ends_alone():
    session = Session()
    mine, other = session.follow("bar.1"), session.follow("bar.2")
    session.hello()
    verdict = session.receive({"type": "error", "id": None, "code": "not_found", "detail": "No.", "stream": "bar.2"})

    assert (verdict, session.wants, session.take(mine)) == (Verdict.AT_ONCE, [{"stream": "bar.1"}], None)
    with pytest.raises(Refused):
        session.take(other)


def test_streams_of_other_topics_are_polled_by_themselves():
    session = Session()
    session.follow("bar.1", ["stock"], since="e1:5")
    session.follow("bar.2", ["stock"])
    session.follow("user.1")

    assert [(q["streams"], q["topics"], q["since"]) for q in session.poll_queries()] == [
        ("bar.1,bar.2", "stock", "e1:5,"),
        ("user.1", "", ""),
    ]


@pytest.mark.parametrize("since", ["5", "e1", "e1:", ":5", "e1:-1", "E1:5", "e1:5 ", "e" * 17 + ":1", "e1:" + "9" * 19])
def test_a_cursor_that_is_none_is_refused_before_anybody_is_asked(since):
    with pytest.raises(ValueError, match="is not a cursor"):
        Session().follow(STREAM, since=since)


def test_a_stream_is_followed_once(session):
    with pytest.raises(ValueError, match="already followed"):
        session.follow(STREAM)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(4001, "sign_in"), (4003, "stop"), (4013, "stop"), (4100, "back_off"), (4101, "back_off"), (4108, "back_off"),
     (4130, "poll"), (4200, "at_once"), (4205, "at_once"), (4210, "at_once"), (1012, "at_once"), (1006, "back_off")],
)  # fmt: skip
def test_a_close_code_says_by_its_range_what_to_do(code, verdict):
    assert of_close(code) == verdict


def test_refusals_that_asking_again_would_not_change_end_it():
    assert [of_error(code) for code in ("sign_in", "not_found", "busy")] == ["sign_in", "stop", "back_off"]
    assert [of_status(status) for status in (401, 404, 429, 503)] == ["sign_in", "stop", "back_off", "back_off"]


def test_the_wait_doubles_from_half_a_second_to_twenty_and_a_hint_is_a_floor():
    assert [back_off(attempt, chance=lambda: 1.0) for attempt in range(8)] == [0.5, 1, 2, 4, 8, 16, 20, 20]
    assert (back_off(9, chance=lambda: 0.0), back_off(1, hint=7.0)) == (0.5, 7.0)


def test_the_third_failure_leaves_the_socket_for_polling_which_stays():
    ladder = Ladder()
    for _ in range(3):
        assert ladder.rung == "websocket"
        ladder.lost(Verdict.BACK_OFF)
    assert (ladder.rung, ladder.has_above) == ("poll", True)
    for _ in range(9):
        ladder.lost(Verdict.BACK_OFF)
    assert ladder.rung == "poll"
    ladder.step_up()
    assert ladder.rung == "websocket"
