import asyncio
import random

import pytest

from realtime import feeds
from realtime.cursors import Cursor
from realtime.feeds import Feed
from realtime.log import Frame
from realtime.subscribers import MOST_BYTES, TOO_SLOW, Message
from realtime.wire import text_frame
from tests.realtime.numbering import stage
from tests.realtime.pages import ALL, Page, commit, frames_of, head_of, join, join_on_screen, rested
from tests.sessions import session

NOTES, TABS = frozenset({"notes"}), frozenset({"tabs"})
STORY = [(1, ["a"]), (2, ["b"]), (4, ["c", "d"]), (5, ["e"])]


@pytest.fixture
def no_log(monkeypatch):
    """From here on the log can't be read."""

    def forbid():
        def read(*args):
            raise AssertionError("the log was read")

        monkeypatch.setattr(feeds, "read_log", read)
        monkeypatch.setattr(feeds, "read_latest", read)

    return forbid


def tell_the_story(stream):
    for notes in ("a", "b", "cd", "e"):
        commit(stream, *notes)


async def one_by_one(feed, frames):
    for frame in frames:
        await feed.receive(frame)


async def in_one_turn(feed, frames):
    for frame in frames:
        feed.push(frame)
    await rested(feed)


@pytest.mark.parametrize("arrive", [one_by_one, in_one_turn])
@pytest.mark.parametrize(
    "arrivals",
    [
        [1, 2, 3, 5],
        [1, 1, 2, 2, 3, 3, 5, 5],
        [1, 2, 5],
        [5],
        [5, 3, 2, 1],
        [2, 1, 5, 3],
        [1, 3, 2, 1, 5, 2],
    ],
    ids=["in order", "repeated", "one lost", "all but the last lost", "backwards", "swapped", "all at once"],
)
async def test_i32_whatever_the_layer_does_every_frame_arrives_once_and_in_order(arrivals, arrive, feed, stream):
    page = await join(feed)
    tell_the_story(stream)
    frames = await frames_of(stream)

    await arrive(feed, [frames[first] for first in arrivals])

    assert page.read() == [("live", 0), *STORY]


async def test_frames_in_order_cost_no_query(feed, stream, no_log):
    page = await join(feed)
    tell_the_story(stream)
    frames = await frames_of(stream)
    no_log()

    await in_one_turn(feed, frames.values())

    assert page.read() == [("live", 0), *STORY]


async def test_frames_that_come_together_are_one_write_to_a_screen(feed, stream):
    screen, page = await join_on_screen(feed), await join(feed)
    tell_the_story(stream)

    await in_one_turn(feed, (await frames_of(stream)).values())

    texts = [message.text for message in page.pending()[1:]]
    assert len(texts) == len(STORY)
    assert screen.written == [b"".join(map(text_frame, texts))]
    assert screen.cursors == {stream: feed.head}
    assert feed.counters.messages == 2 * len(STORY)


async def test_a_feed_that_has_written_for_long_rests_and_then_writes_what_has_come(feed, stream, monkeypatch):
    monkeypatch.setattr(feeds, "LONGEST_REST", 0.4)
    screen = await join_on_screen(feed, seconds=0.1)
    tell_the_story(stream)
    [first, *others] = (await frames_of(stream)).values()

    await in_one_turn(feed, [first])
    for frame in others:
        feed.push(frame)
        await asyncio.sleep(0.01)
    at_rest = len(screen.written)
    await rested(feed)

    assert (at_rest, len(screen.written)) == (1, 2)
    assert screen.cursors == {stream: Cursor(feed.head.epoch, 5)}


async def test_a_feed_whose_pages_are_written_to_at_once_does_not_rest(feed, stream, monkeypatch):
    monkeypatch.setattr(feeds, "LONGEST_REST", 3600)
    await join_on_screen(feed)
    tell_the_story(stream)

    async with asyncio.timeout(5):
        for frame in (await frames_of(stream)).values():
            await in_one_turn(feed, [frame])


async def test_c31_a_screen_that_takes_nothing_gets_frame_by_frame_what_has_waited(feed, stream):
    quick, slow = await join_on_screen(feed), await join_on_screen(feed)
    slow.takes = False
    tell_the_story(stream)
    [*first, last] = (await frames_of(stream)).values()

    await in_one_turn(feed, first)
    stands, waiting = dict(slow.cursors), slow.read()
    slow.takes = True
    await in_one_turn(feed, [last])

    assert (stands, waiting) == ({stream: Cursor(feed.head.epoch, 0)}, STORY[:-1])
    assert slow.written == quick.written[1:]
    assert (len(quick.written), slow.cursors) == (2, quick.cursors)


async def test_what_waits_for_a_reader_is_taken_a_piece_at_a_time_in_its_order(monkeypatch):
    monkeypatch.setattr("realtime.subscribers.PIECE", 250)
    page = Page()
    for number in range(5):
        page.offer(Message("frame", str(number) * 100))
    page.offer(Message("frame", "5" * 300))

    pieces = [[message.text[0] for message in await page.next_few()] for _ in range(4)]

    assert (pieces, page.is_drained) == ([["0", "1"], ["2", "3"], ["4"], ["5"]], True)


async def test_a_closed_page_is_given_nothing_more():
    page = Page()
    page.offer(Message("frame", "late"))
    page.close(TOO_SLOW)

    assert await page.next_few() == []


async def test_more_than_a_socket_buffers_is_written_in_pieces(feed, stream, monkeypatch):
    monkeypatch.setattr("realtime.subscribers.PIECE", 2000)
    screen, page = await join_on_screen(feed), await join(feed)
    for size in (10, 700, 700, 5000, 10, 10):
        commit(stream, "x" * size)

    await feed.compare(await head_of(stream))

    frames = [text_frame(message.text) for message in page.pending()[1:]]
    assert screen.written == [b"".join(frames[:2]), frames[2], frames[3], b"".join(frames[4:])]


async def test_frames_that_nobody_can_have_sent_are_dropped_and_stop_nothing(feed, stream):
    page = await join(feed)
    forged = Frame(stream, feed.head.epoch, 1, 1, "yesterday", [("notes", "note.made", "{}")])
    await in_one_turn(feed, [forged])
    tell_the_story(stream)

    await in_one_turn(feed, (await frames_of(stream)).values())

    assert (feed.counters.dropped, feed.counters.frames) == (1, len(STORY))
    assert page.read() == [("live", 0), *STORY]


async def test_a_lost_last_frame_is_found_by_comparing_heads(feed, stream, no_log):
    page = await join(feed)
    tell_the_story(stream)

    await feed.compare(await head_of(stream))
    no_log()
    await feed.compare(Cursor(feed.head.epoch, 3))  # read before the frames came

    assert page.read() == [("live", 0), *STORY]


@pytest.mark.parametrize("since", [0, 1, 2, 4, 5])
@pytest.mark.parametrize("source", ["memory", "log"])
async def test_who_comes_back_gets_exactly_what_was_missed(since, source, feed, stream, no_log):
    if source == "memory":
        await join(feed)
    tell_the_story(stream)
    head = await head_of(stream)
    if source == "memory":
        await feed.compare(head)
        no_log()

    page = await join(feed, Cursor(head.epoch, since))

    assert page.read() == [("resumed", 5), *(frame for frame in STORY if frame[0] > since)]


async def test_memory_and_log_tell_the_same_to_the_letter(feed, stream):
    await join(feed)
    tell_the_story(stream)
    await feed.compare(await head_of(stream))
    cold = Feed(stream, lambda stream, types: None, feed.read_head)
    since = Cursor(feed.head.epoch, 1)

    remembered, replayed = await join(feed, since), await join(cold, since)

    assert remembered.told() == replayed.told()


async def test_a_feed_that_has_forgotten_reads_the_log(feed, stream):
    await join(feed)
    with session() as writer:
        for note in range(3):
            stage(writer, stream, note)
            writer.commit()
    await feed.compare(await head_of(stream))
    feed.recent.popleft()

    page = await join(feed, Cursor(feed.head.epoch, 0))

    assert page.read()[1:] == [(note + 1, [str(note)]) for note in range(3)]


async def test_a_feed_remembers_as_many_events_as_anybody_is_replayed(feed, stream, monkeypatch):
    monkeypatch.setattr(feeds, "REMEMBERED", 5)
    await join(feed)
    for notes in ("ab", "cd", "ef", "g"):
        commit(stream, *notes)
    await feed.compare(await head_of(stream))

    assert [frame.last for frame in feed.recent] == [4, 6, 7]


async def test_the_log_is_read_once_for_all_who_come_back(feed, stream, no_log):
    tell_the_story(stream)
    [epoch, _] = await head_of(stream)
    await join(feed, Cursor(epoch, 4))
    no_log()

    late = [await join(feed, Cursor(epoch, seq)) for seq in (0, 2, 1)]

    assert [page.read()[1:] for page in late] == [STORY, STORY[2:], STORY[1:]]


async def test_a_transaction_that_is_not_replayed_whole_is_not_replayed(feed, stream, monkeypatch):
    tell_the_story(stream)
    [epoch, _] = await head_of(stream)
    monkeypatch.setattr("realtime.log.MOST_REPLAYED", 2)  # of the five, so c and d are cut in two

    cut, whole = await join(feed, Cursor(epoch, 3)), await join(feed, Cursor(epoch, 4))

    assert (cut.read(), whole.read()) == ([("reset", 5)], [("resumed", 5), STORY[3]])


@pytest.mark.parametrize(
    "since",
    [Cursor("own", 6), Cursor("other", 3), Cursor("other", 0), Cursor("0", 6)],
    ids=["future", "another epoch", "another epoch from 0", "everything, but from the future"],
)
async def test_c16_a_cursor_that_does_not_fit_is_reset(since, feed, stream):
    tell_the_story(stream)
    epoch = (await head_of(stream)).epoch

    page = await join(feed, since._replace(epoch=since.epoch.replace("own", epoch)))

    assert page.read() == [("reset", 5)]
    assert page.cursors == {stream: Cursor(epoch, 5)}


async def test_a_cursor_ahead_of_this_process_is_no_reset(feed, stream):
    await join(feed)
    tell_the_story(stream)

    page = await join(feed, await head_of(stream))

    assert page.read() == [("resumed", 5)]


async def test_zero_asks_for_everything_that_is_kept(feed, stream):
    tell_the_story(stream)

    page = await join(feed, Cursor.parse("0"))

    assert page.read() == [("resumed", 5), *STORY]


@pytest.mark.parametrize(("behind", "result"), [(1000, "resumed"), (1001, "reset")])
async def test_who_is_too_far_behind_reads_a_fresh_snapshot(behind, result, feed, stream):
    call = "SELECT realtime_stage(%s, 'notes', 'note.made', jsonb_build_object('note', n)) FROM generate_series(1,%s) n"
    with session() as writer:
        for count in [200] * 5 + [1] * (behind - 1000):
            writer.execute(call, [stream, count])
            writer.commit()

    page = await join(feed, Cursor.parse("0"))

    [first, *frames] = page.read()
    assert first == (result, behind)
    assert sum(len(notes) for _, notes in frames) == (1000 if result == "resumed" else 0)


async def test_trimmed_events_are_reset_for_who_joins_and_who_listens(feed, stream):
    page = await join(feed)
    tell_the_story(stream)
    with session() as owner:
        owner.execute("DELETE FROM realtime_event WHERE stream = %s AND seq < 4", [stream])
    frames = {5: await last_frame(stream)}

    await feed.receive(frames[5])
    late = await join(feed, Cursor(feed.head.epoch, 1))

    assert page.told()[1:] == [
        {"type": "reset", "stream": stream, "epoch": feed.head.epoch, "seq": 5, "reason": "trimmed"}
    ]
    assert late.read() == [("reset", 5)]


async def last_frame(stream):
    head = await head_of(stream)
    return (await feeds.read_latest(stream, head))[-1]


async def test_a_restored_database_resets_everybody_and_goes_on(feed, stream):
    page = await join(feed)
    commit(stream, "a")
    await feed.compare(await head_of(stream))
    with session() as owner:
        owner.execute("UPDATE realtime_streamhead SET epoch = 'restored' WHERE stream = %s", [stream])

    commit(stream, "b")
    await feed.receive(await last_frame(stream))
    commit(stream, "c")
    await feed.receive(await last_frame(stream))

    assert page.read() == [("live", 0), (1, ["a"]), ("reset", 2), (3, ["c"])]
    assert page.cursors == {stream: Cursor("restored", 3)}


async def test_topics_filter_and_half_a_frame_is_half_shown(feed, stream):
    notes, tabs = await join(feed, topics=NOTES), await join(feed, topics=TABS)
    commit(stream, "a", tabs=["x"])
    commit(stream, "b")
    commit(stream, "y", topic="tabs")

    await feed.compare(await head_of(stream))
    late = await join(feed, Cursor(feed.head.epoch, 0), topics=TABS)

    assert notes.read() == [("live", 0), (2, ["a"]), (3, ["b"])]
    assert tabs.read() == [("live", 0), (2, ["x"]), (4, ["y"])]
    assert late.read() == [("resumed", 4), (2, ["x"]), (4, ["y"])]


async def test_invalidate_names_only_the_topics_of_its_reader(feed, stream):
    both, tabs, none = [await join(feed, topics=topics) for topics in (ALL, TABS, frozenset({"sales"}))]
    commit(stream, *range(200), tabs=["x"])

    await feed.compare(await head_of(stream))

    assert both.read() == [("live", 0), (1, [["notes", "tabs"]])]
    assert tabs.read() == [("live", 0), (1, [["tabs"]])]
    assert none.read() == [("live", 0)]


async def test_prev_never_says_more_than_a_page_was_sent(feed, stream):
    """Pages of all topics join at random moments, from random cursors: none ever sees a gap, and each chains."""
    chance, pages = random.Random(7), []
    await join(feed)
    writer = session()
    for turn in range(60):
        stage(writer, stream, turn, topic=chance.choice(["notes", "tabs", "sales"]))
        writer.commit()
        await feed.compare(Cursor(feed.head.epoch, turn + 1))
        if turn % 5 == 0:
            since = Cursor(feed.head.epoch, chance.randint(0, feed.head.seq)) if chance.random() < 0.8 else None
            topics = frozenset(chance.sample(["notes", "tabs", "sales"], chance.randint(1, 2)))
            pages.append((since.seq if since else feed.head.seq, await join(feed, since, topics)))

    writer.close()
    for start, page in pages:
        frames = page.told()[1:]
        stands = [start, *(frame["seq"] for frame in frames)]
        assert all(frame["prev"] <= at for frame, at in zip(frames, stands, strict=False))
        assert [frame["prev"] for frame in frames[1:]] == stands[1:-1]


async def test_a_page_that_has_left_hears_nothing_more(feed, stream):
    stays, leaves = await join(feed), await join(feed)
    feed.leave(leaves, now=0)

    commit(stream, "a")
    await feed.compare(await head_of(stream))

    assert (stays.read(), leaves.read()) == ([("live", 0), (1, ["a"])], [("live", 0)])


async def test_c31_a_slow_page_is_closed_and_the_others_go_on(feed, stream):
    quick, slow = await join(feed), await join(feed)
    note = "x" * (MOST_BYTES // 3)

    for turn in range(4):
        commit(stream, f"{turn}{note}")
        await feed.compare(await head_of(stream))
        assert len(quick.read()) == 1 + (turn == 0)

    assert (slow.close_code, await slow.next(), slow.pending()) == (TOO_SLOW, None, [])
    assert quick.close_code == 0


async def test_a_restore_that_rotates_the_epoch_refuses_cursors_of_the_lost_future(feed, stream):
    commit(stream, "a", "b")
    page = await join(feed)
    lost_future = feed.head
    with session() as restored:
        restored.execute("SELECT realtime_rotate_epoch()")

    await feed.compare(await head_of(stream))
    late = await join(feed, lost_future)

    assert [message["type"] for message in (*page.told(), *late.told())] == ["live", "reset", "reset"]
    assert (await head_of(stream)).epoch == feed.head.epoch != lost_future.epoch
