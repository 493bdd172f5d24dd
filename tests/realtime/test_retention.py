"""How long the log keeps events, and what ends a cursor."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from realtime.cursors import Cursor
from realtime.log import heads
from realtime.tasks import empty_next_slot
from tests.realtime.follower import Follower, poll, sell, sub
from tests.realtime.numbering import notes, read, since_now, stage
from tests.realtime.pages import commit
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def four_days(stream):
    """One event each day, the newest of now; numbered 1 to 5 from the oldest on."""
    with session() as past:
        for back in range(4, -1, -1):
            stage(past, stream, f"{back} days ago")
            past.commit()
            past.execute(
                "UPDATE realtime_event SET created_at = moment, slot = extract(epoch FROM moment)::bigint / 86400 %% 5 "
                "FROM (SELECT clock_timestamp() - make_interval(days => %s) AS moment) AS past "
                "WHERE stream = %s AND seq = %s",
                [back, stream, 5 - back],
            )
            past.commit()
    return stream


def slots():
    return read("SELECT count(DISTINCT slot) FROM realtime_event")[0][0]


@pytest.mark.usefixtures("no_relay")
def test_the_nightly_task_empties_the_slot_of_four_days_ago_and_no_other(four_days):
    assert slots() == 5

    assert [empty_next_slot(), empty_next_slot()] == ["emptied", "empty"]

    assert [note for _, note in notes(four_days)] == [f"{back} days ago" for back in (3, 2, 1, 0)]


@pytest.mark.usefixtures("no_relay")
def test_the_application_may_empty_the_slot_and_no_other_table(four_days):
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE bartender_app")
        try:
            assert empty_next_slot() == "emptied"
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute("TRUNCATE realtime_event")
        finally:
            cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("no_relay")
def test_a_slot_with_anything_younger_than_72_hours_is_left_alone(four_days, caplog):
    """A clock that has jumped: today's events would lie in another day's slot."""
    with session() as clock:
        clock.execute("UPDATE realtime_event SET created_at = now() - interval '71 hours' WHERE seq = 1")

    assert (empty_next_slot(), slots()) == ("young", 5)
    assert "has a clock jumped" in caplog.text


@pytest.mark.usefixtures("no_relay")
def test_a_slot_that_somebody_reads_is_left_for_another_hour_and_sales_go_on(four_days):
    with session(lock_timeout="50ms") as reader, session(lock_timeout="1s") as writer:
        reader.execute("SELECT count(*) FROM realtime_event")

        assert empty_next_slot() == "busy"
        stage(writer, four_days, "sold meanwhile")
        writer.commit()

    assert empty_next_slot() == "emptied"


def test_a_cursor_that_was_trimmed_is_answered_by_reset(stack, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    sell(koffi, beer, 1)
    epoch = read("SELECT epoch FROM realtime_streamhead WHERE stream = %s", stream)[0][0]
    with session() as past:
        past.execute(
            "UPDATE realtime_event SET created_at = created_at - interval '4 days', slot = (slot + 1) %% 5 "
            "WHERE stream = %s AND seq = 1",
            [stream],
        )
    assert empty_next_slot() == "emptied"

    trimmed, kept = (poll(stack, koffi, stream, since=f"{epoch}:{seq}").json()["messages"] for seq in (0, 1))

    assert [message["type"] for message in trimmed] == ["reset"]
    assert {message["type"] for message in kept} == {"frame"}


def test_after_rotate_epoch_every_cursor_from_before_is_reset(stack, koffi, beer):
    stream = f"bar.{koffi.bar_id}"
    sell(koffi, beer, 1)
    before = since_now(stream)
    told = StringIO()
    with Follower(stack, koffi) as page:
        page.hello(sub(stream, since=before))
        call_command("rotate_epoch", stdout=told)
        reset = page.next("reset")

    epoch = heads([stream])[stream].epoch
    assert (reset["epoch"], reset["reason"]) == (epoch, "epoch")
    assert told.getvalue().startswith(f"Epoch {epoch} begins: cursors of ")
    assert [message["type"] for message in poll(stack, koffi, stream, since=before).json()["messages"]] == ["reset"]
    assert Cursor(epoch, 1).epoch != before.partition(":")[0]


@pytest.mark.usefixtures("no_relay")
def test_a_commit_that_waits_for_a_new_epoch_is_numbered_in_it(stream):
    with session() as restore:
        restore.execute("SELECT realtime_rotate_epoch()")
        restore.commit()
        [epoch] = restore.execute("SELECT value FROM realtime_epoch").fetchone()
    commit(stream, "a")

    assert str(heads([stream])[stream]) == f"{epoch}:1"
