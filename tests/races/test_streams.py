import uuid

import psycopg
import pytest

from tests.races.gate import holding_stream, through
from tests.realtime.numbering import notes, stage
from tests.sessions import session, together

pytestmark = pytest.mark.django_db(transaction=True)

BUMP = "UPDATE realtime_streamhead SET seq = seq + 1 WHERE stream = %s"


@pytest.fixture
def streams():
    """Two streams that have had an event."""
    names = [f"bar.{uuid.uuid4()}", f"user.{uuid.uuid4()}"]
    with session() as writer:
        for name in names:
            stage(writer, name, "first")
    return names


def write_ours(*streams):
    with session() as writer:
        for stream in streams:
            stage(writer, stream, "next")
    return "written"


def write_naively(*streams):
    """Locks each head as its event comes."""
    with session() as writer:
        for stream in streams:
            writer.execute(BUMP, [stream])
    return "written"


@pytest.mark.parametrize(
    ("write", "outcomes"),
    [(write_naively, ["deadlocked", "written"]), (write_ours, ["written", "written"])],
    ids=["naive", "ours"],
)
def test_two_transactions_that_write_two_streams_in_opposite_order(write, outcomes, streams):
    first, second = streams
    with holding_stream(first) as gate:
        results = through(gate, lambda: write(first, second), lambda: write(second, first))

    told = ["deadlocked" if isinstance(one, psycopg.errors.DeadlockDetected) else one for one in results]
    assert sorted(told) == outcomes
    if write is write_ours:
        assert [notes(stream) for stream in streams] == [[(1, "first"), (2, "next"), (3, "next")]] * 2


def test_eight_writers_of_streams_in_every_order_never_deadlock(streams):
    def write(number):
        with session() as writer:
            for turn in range(25):
                for stream in streams if (number + turn) % 2 else reversed(streams):
                    stage(writer, stream, f"{number}.{turn}")
                writer.commit()

    outcomes = together(*(lambda number=number: write(number) for number in range(8)))

    assert outcomes == [None] * 8
    assert [[seq for seq, _ in notes(stream)] for stream in streams] == [list(range(1, 202))] * 2
