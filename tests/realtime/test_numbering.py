import json
import random
import threading
import time
import uuid

import pytest

from stock.models import Product
from tests import factories
from tests.realtime.numbering import frames_to_publish, head, logged, notes, read, stage, waiting
from tests.sessions import session, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_relay")]

WRITERS, TRANSACTIONS = 8, 25


def test_an_event_appears_at_commit_and_not_before(stream):
    with session() as writer:
        stage(writer, stream, "beer")
        before = (notes(stream), head(stream), waiting())
        writer.commit()

    assert before == ([], None, 0)
    assert (notes(stream), head(stream), waiting()) == ([(1, "beer")], 1, 0)


def test_a_rolled_back_transaction_leaves_nothing(stream):
    with session() as writer:
        stage(writer, stream, "sold")
        writer.commit()
        stage(writer, stream, "regretted")
        writer.rollback()
        stage(writer, stream, "sold again")

    assert notes(stream) == [(1, "sold"), (2, "sold again")]
    assert (head(stream), frames_to_publish(stream), waiting()) == (2, [(1, 1), (2, 2)], 0)


def test_a_rolled_back_savepoint_loses_its_own_events_only(stream):
    with session() as writer:
        stage(writer, stream, "before")
        with writer.transaction(force_rollback=True):
            stage(writer, stream, "inside")
        stage(writer, stream, "after")

    assert notes(stream) == [(1, "before"), (2, "after")]
    assert frames_to_publish(stream) == [(1, 2)]


def test_constraints_checked_early_number_early_and_later_events_follow(stream):
    other = f"bar.{uuid.uuid4()}"
    with session() as writer:
        stage(writer, stream, "one", "two")
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        stage(writer, stream, "three")
        writer.execute("SET CONSTRAINTS ALL DEFERRED")
        stage(writer, stream, "four", "five")
        stage(writer, other, "else")

    assert notes(stream) == [(1, "one"), (2, "two"), (3, "three"), (4, "four"), (5, "five")]
    assert (notes(other), waiting()) == ([(1, "else")], 0)
    assert frames_to_publish(stream) == [(1, 5)]


def test_what_is_staged_after_the_last_early_check_is_numbered_too(stream):
    with session() as writer:
        stage(writer, stream, "one")
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        stage(writer, stream, "two")

    assert notes(stream) == [(1, "one"), (2, "two")]
    assert (head(stream), frames_to_publish(stream), waiting()) == (2, [(1, 2)], 0)


def test_numbering_undone_with_its_savepoint_is_done_again_at_commit(stream):
    with session() as writer:
        stage(writer, stream, "one")
        with writer.transaction(force_rollback=True):
            stage(writer, stream, "lost")
            writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        stage(writer, stream, "two")

    assert notes(stream) == [(1, "one"), (2, "two")]
    assert (head(stream), frames_to_publish(stream), waiting()) == (2, [(1, 2)], 0)


@pytest.mark.parametrize("first", [0, 1])
def test_each_stream_of_a_transaction_counts_for_itself(stream, first):
    mine = [stream, f"user.{uuid.uuid4()}"]
    with session() as writer:
        stage(writer, mine[0], "earlier")
        writer.commit()
        stage(writer, mine[first], "a")
        stage(writer, mine[1 - first], "b")
        stage(writer, mine[first], "c")

    transactions = read("SELECT count(DISTINCT xid) FROM realtime_event WHERE stream = ANY(%s) AND seq > 1", mine)
    assert notes(mine[0]) == [(1, "earlier"), *(((2, "a"), (3, "c")) if first == 0 else ((2, "b"),))]
    assert notes(mine[1]) == [(1, "b")] if first == 0 else [(1, "a"), (2, "c")]
    assert transactions == [(1,)]


@pytest.mark.parametrize("count", [200, 201])
def test_more_than_200_events_become_one_that_names_the_topics(count, stream):
    other = f"user.{uuid.uuid4()}"
    with session() as writer:
        stage(writer, stream, "earlier")
        writer.commit()
        stage(writer, stream, *range(count - 1))
        stage(writer, stream, "last", topic="tabs")
        stage(writer, other, "own")

    assert notes(other) == [(1, "own")]
    if count == 200:
        assert notes(stream) == [(1, "earlier"), *((n + 2, str(n)) for n in range(199)), (201, "last")]
    else:
        assert [(seq, type_, json.loads(data)) for seq, type_, data in logged(stream)[1:]] == [
            (2, "invalidate", {"topics": ["notes", "tabs"]})
        ]
    assert (head(stream), frames_to_publish(stream)[1:]) == (count + 1 if count == 200 else 2, [(2, head(stream))])


def test_a_price_list_changed_in_bulk_is_one_event(bar):
    category = factories.product(bar, "Beaufort", stock=0).category
    Product.objects.bulk_create(Product(bar=bar, category=category, name=f"Vin {n}", price=500) for n in range(200))
    start = head(f"bar.{bar.pk}")

    Product.objects.filter(bar=bar).update(price=600)

    events = [(seq, type_, json.loads(data)) for seq, type_, data in logged(f"bar.{bar.pk}") if seq > start]
    assert events == [(start + 1, "invalidate", {"topics": ["stock"]})]


class Identity:
    """The naive log: an identity column, numbered at the statement."""

    def write(self, on, stream, note):
        on.execute("INSERT INTO naive_log (stream, note) VALUES (%s, %s)", [stream, note])

    def read(self, stream, after):
        return read("SELECT id, note FROM naive_log WHERE stream = %s AND id > %s ORDER BY id", stream, after)


class Numbered:
    """Ours: numbered at commit."""

    def write(self, on, stream, note):
        stage(on, stream, note)

    def read(self, stream, after):
        return [(seq, note) for seq, note in notes(stream) if seq > after]


@pytest.fixture
def naive_log(transactional_db):
    with session() as owner:
        owner.execute("CREATE TABLE naive_log (id bigint GENERATED ALWAYS AS IDENTITY, stream text, note text)")
    yield
    with session() as owner:
        owner.execute("DROP TABLE naive_log")


@pytest.mark.parametrize(("log", "received"), [(Identity(), ["quick"]), (Numbered(), ["quick", "slow"])])
def test_a_reader_by_number_misses_no_slow_transaction(log, received, stream, naive_log):
    got = []

    def follow():
        got.extend(log.read(stream, got[-1][0] if got else 0))

    with session() as slow, session() as quick:
        log.write(slow, stream, "slow")
        log.write(quick, stream, "quick")
        quick.commit()
        follow()
        slow.commit()
        follow()

    assert [note for _, note in got] == received


class Writer:
    """Random transactions on a few streams, with aborts and savepoints; remembers what was committed."""

    def __init__(self, number, streams):
        self.random, self.streams, self.number = random.Random(number), streams, number
        self.committed = []  # (moment before the commit, moment after it, [(stream, note)])

    def __call__(self):
        with session() as connection:
            for turn in range(TRANSACTIONS):
                self.transaction(connection, f"{self.number}.{turn}")

    def transaction(self, connection, name):
        connection.execute("SELECT 1")  # begins it
        kept = self.write(connection, f"{name} first")
        is_undone = self.random.random() < 0.5
        with connection.transaction(force_rollback=is_undone):
            inner = self.write(connection, f"{name} inner")
        kept += [] if is_undone else inner
        kept += self.write(connection, f"{name} last")
        if self.random.random() < 0.2:
            connection.rollback()
            return
        began = time.monotonic()
        connection.commit()
        self.committed.append((began, time.monotonic(), kept))

    def write(self, connection, name):
        written = [(self.random.choice(self.streams), f"{name} {n}") for n in range(self.random.randint(0, 3))]
        for stream, note in written:
            stage(connection, stream, note)
        return written


class Reader:
    """Follows a stream by number, as a hub does, until the writers are done and a little more."""

    def __init__(self, stream, is_over):
        self.stream, self.is_over = stream, is_over
        self.got = []

    def __call__(self):
        with session() as connection:
            connection.autocommit = True
            while not self.is_over.is_set():
                self.read_on(connection)
            self.read_on(connection)

    def read_on(self, connection):
        query = "SELECT seq, data->>'note' FROM realtime_event WHERE stream = %s AND seq > %s ORDER BY seq"
        self.got += connection.execute(query, [self.stream, self.got[-1][0] if self.got else 0]).fetchall()


def test_i10_c21_eight_writers_leave_no_hole_and_number_in_the_order_of_their_commits():
    streams = [f"bar.{uuid.uuid4()}" for _ in range(3)]
    writers = [Writer(number, streams) for number in range(WRITERS)]
    is_over = threading.Event()
    readers = [Reader(stream, is_over) for stream in streams]

    def write():
        outcomes = together(*writers)
        is_over.set()
        return outcomes

    assert together(write, *readers) == [[None] * WRITERS, None, None, None]

    committed = [transaction for writer in writers for transaction in writer.committed]
    for reader in readers:
        assert reader.got == notes(reader.stream)  # followed live: nothing turned up late
        check_numbers(reader.stream, reader.got, committed)
    assert waiting() == 0


def check_numbers(stream, log, committed):
    """Gapless, each transaction together and in its own order, and in the order of commits."""
    seq_of = {note: seq for seq, note in log}
    mine = [(began, ended, [note for on, note in kept if on == stream]) for began, ended, kept in committed]
    mine = sorted((item for item in mine if item[2]), key=lambda item: seq_of[item[2][0]])
    assert log == list(enumerate((note for _, _, kept in mine for note in kept), start=1))
    latest_start = float("-inf")
    for began, ended, _ in mine:
        assert ended > latest_start  # a commit that had returned was never numbered after one begun later
        latest_start = max(latest_start, began)
