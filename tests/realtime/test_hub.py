import asyncio
import contextlib
import fcntl
import json
import termios
import threading
import time

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from django.db import OperationalError
from redis.asyncio.client import Pipeline

from realtime import feeds, keeper
from realtime import log as event_log
from realtime.cursors import Cursor
from realtime.groups import group_of
from realtime.hub import Hub
from realtime.relay import MOST_AT_ONCE, Relay
from tests.realtime.hubs import end_hub
from tests.realtime.numbering import stage
from tests.realtime.pages import ALL, Page, commit, head_of
from tests.sessions import session

pytestmark = pytest.mark.usefixtures("no_relay")

KEEP_BUSY = "for turn = 1, 80000000 do end"  # for some 0.5 s
NOTES, TABS = frozenset({"notes"}), frozenset({"tabs"})


@pytest.fixture
def pace():
    """Seconds between two comparisons of heads: never, unless a test says otherwise."""
    return 3600


@pytest.fixture
async def hub(transactional_db, monkeypatch, pace):
    monkeypatch.setattr(keeper, "COMPARE_EVERY", pace)
    steps = Steps()
    steps.follow(monkeypatch, RedisSingleShardConnection, "_receive_message", lambda line, message: in_brief(message))
    steps.follow(monkeypatch, RedisPubSubChannelLayer, "deserialize", lambda layer, message: len(message))
    steps.follow(monkeypatch, Hub, "_handle", lambda hub, message: message["type"])
    steps.follow(monkeypatch, feeds.Feed, "push", lambda feed, frame: (frame.first, frame.last))
    steps.follow(monkeypatch, feeds.Feed, "_advance", lambda feed, frames: [frame.last for frame in frames])
    hub = Hub()
    yield hub
    print("steps", *steps.short(), sep="\n  ")
    await tell(hub)
    await end_hub(hub)


class Steps:
    """How far each message has come, for what pytest shows of a test that failed."""

    def __init__(self):
        self.began, self.taken = time.monotonic(), []

    def follow(self, monkeypatch, owner, name, sees):
        original = getattr(owner, name)

        def followed(this, *args):
            if seen := sees(this, *args):
                self.taken.append((time.monotonic(), name, seen))
            return original(this, *args)

        monkeypatch.setattr(owner, name, followed)

    def short(self):
        return [f"{1000 * (at - self.began):.1f} ms {name} {seen}" for at, name, seen in self.taken]


def in_brief(message):
    return message and f"{message['type']}: {len(message['data'])} bytes on …{message['channel'][-6:].decode()}"


@pytest.fixture
async def relay(transactional_db, monkeypatch):
    execute, reached = Pipeline.execute, []

    async def told(batch):
        reached.append((time.monotonic(), await execute(batch)))
        return reached[-1][1]

    monkeypatch.setattr(Pipeline, "execute", told)
    async with Relay.connected() as relay:
        await carry_all(relay)  # what other tests have left
        yield relay
        print("the relay carried", relay.status.frames, "frames, which reached", reached[:3], frames_left(), "are left")


async def tell(hub):
    """What pytest shows of a test that failed, and a page that heard nothing can't say; short, or CI cuts it off."""
    layer = hub.layer._get_layer()
    print("at", round(time.monotonic(), 3), "wait", [queue.qsize() for queue in layer.channels.values()])
    with contextlib.suppress(Exception):
        line = layer._shards[0]._pubsub.connection
        unread = fcntl.ioctl(line._writer.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
        print("its line", line._reader, "in the kernel", unread, "in the parser", line._parser._reader.has_data())
        subscribers = await hub.valkey.client.client_list("pubsub")
        print("Valkey's lines", [(one["id"], one["sub"], one["tot-net-out"]) for one in subscribers])
    print("the hub", hub.counters.report(), "is alone" if hub.is_alone else "has Valkey")
    for feed in hub.feeds.values():
        print(feed.head, len(feed.recent), feed._inbox, feed._turn, feed._reader, feed.lock, feed.is_attached)


async def carry_all(relay):
    while await relay.publish_due():
        pass


async def layer_is_away(*args):
    raise ConnectionError("no Valkey")


def frames_left():
    """How many rows the relay has still to carry."""
    with session() as reader:
        return reader.execute("SELECT count(*) FROM realtime_outbox").fetchone()[0]


async def follow(hub, stream, topics=ALL, since=None, page=None):
    page = page or Page()
    await hub.subscribe(page, stream, topics, since=since)
    return page


async def test_what_the_relay_carries_reaches_every_page_of_the_stream_and_no_other(hub, relay, stream):
    pages = [await follow(hub, stream), await follow(hub, stream)]
    other = await follow(hub, f"{stream}0")

    commit(stream, "a", "b")
    commit(stream, "c")
    await relay.publish_due()

    for page in pages:
        await page.hears((2, ["a", "b"]), (3, ["c"]))
    assert other.read() == []
    assert (hub.counters.frames, hub.counters.messages) == (2, 4)


async def test_a_group_is_joined_once_valkey_has_taken_the_subscription(hub, stream, monkeypatch):
    """Nothing is published in between: what comes on a line that keeps Valkey busy overtakes an earlier SUBSCRIBE."""
    monkeypatch.setattr("realtime.attaching.LAYER_TIMEOUT", 20)
    await hub.groups.has_channel.wait()
    group = hub.layer._get_layer()._get_group_channel_name(group_of(stream))
    line = await hub.valkey.client.connection_pool.get_connection()
    await line.send_command("EVAL", KEEP_BUSY, 0)

    await follow(hub, stream)
    await line.send_command("PUBSUB", "NUMSUB", group)

    assert await line.read_response() is None
    assert await line.read_response() == [group, 1]


async def test_many_who_come_at_once_wait_for_one_echo(hub, stream, monkeypatch):
    said, say = [], hub.layer.group_send

    async def group_send(group, message):
        said.append((group, message["type"]))
        await say(group, message)

    monkeypatch.setattr(hub.layer, "group_send", group_send, raising=False)
    monkeypatch.setattr("realtime.attaching.SAY_AGAIN", 10)
    await asyncio.gather(*(hub.subscribe(Page(), stream, ALL, since=None) for _ in range(50)))

    assert said == [(group_of(stream), "echo")]
    assert hub.feeds[stream].is_attached


def line_of(hub, stream):
    """What channels-redis subscribes with, and its name of the group."""
    layer = hub.layer._get_layer()
    return layer._shards[0], layer._get_group_channel_name(group_of(stream))


async def test_a_group_that_is_subscribed_in_our_own_books_alone_is_subscribed_anew(hub, relay, stream, monkeypatch):
    monkeypatch.setattr("realtime.attaching.ECHOES", 3)
    await hub.groups.has_channel.wait()
    line, group = line_of(hub, stream)
    line._subscribed_to.add(group)

    page = await follow(hub, stream)
    assert hub.feeds[stream].is_attached
    commit(stream, "a")
    await relay.publish_due()

    await page.hears((1, ["a"]))


async def test_a_group_that_hears_no_longer_is_found_by_what_it_has_missed(hub, relay, stream, monkeypatch):
    monkeypatch.setattr("realtime.attaching.ECHOES", 3)
    page = await follow(hub, stream)
    line, group = line_of(hub, stream)
    await line._pubsub.unsubscribe(group)
    commit(stream, "a")
    await relay.publish_due()
    await asyncio.sleep(0.2)
    assert page.read() == []

    await keeper.compare(hub)
    await hub.groups.attach(*hub.feeds.values())
    await page.hears((1, ["a"]))
    commit(stream, "b")
    await relay.publish_due()

    await page.hears((2, ["b"]))


async def test_a_group_that_takes_long_to_join_keeps_nobody_for_longer_than_a_moment(hub, relay, stream, monkeypatch):
    monkeypatch.setattr("realtime.attaching.LAYER_TIMEOUT", 0.01)
    may_join, add, added = asyncio.Event(), hub.layer.group_add, []

    async def group_add(group, channel):
        await may_join.wait()
        added.append(group)
        await add(group, channel)

    monkeypatch.setattr(hub.layer, "group_add", group_add, raising=False)
    page = await follow(hub, stream)
    assert not hub.feeds[stream].is_attached
    may_join.set()
    monkeypatch.setattr("realtime.attaching.LAYER_TIMEOUT", 5)
    await hub.groups.attach(*hub.feeds.values())

    commit(stream, "a")
    await relay.publish_due()

    await page.hears((1, ["a"]))
    assert added == [group_of(stream)]


async def test_who_comes_back_while_groups_are_left_keeps_theirs(hub, relay, stream, monkeypatch):
    monkeypatch.setattr(keeper, "LINGER", -1)
    names = [f"{stream}{number}" for number in range(3)]
    for name in names:
        await hub.leave(await follow(hub, name))
    may_leave, discard, left = asyncio.Event(), hub.layer.group_discard, []

    async def group_discard(group, channel):
        left.append(group)
        await may_leave.wait()
        await discard(group, channel)

    monkeypatch.setattr(hub.layer, "group_discard", group_discard, raising=False)
    await keeper.drop_cold(hub)
    await asyncio.sleep(0.05)
    [first] = left
    back = {name: await follow(hub, name) for name in names if group_of(name) != first}
    may_leave.set()
    await hub.groups._leaving

    for name, page in back.items():
        commit(name, "a")
        await relay.publish_due()
        await page.hears((1, ["a"]))
    assert left == [first]


async def test_a_group_that_could_not_be_left_is_left_another_time(hub, stream, monkeypatch):
    monkeypatch.setattr(keeper, "LINGER", -1)
    await hub.leave(await follow(hub, stream))
    line, group = line_of(hub, stream)
    with monkeypatch.context() as patch:
        patch.setattr(hub.layer, "group_discard", layer_is_away, raising=False)
        await keeper.drop_cold(hub)
        await hub.groups._leaving
    assert group in line._subscribed_to

    await keeper.drop_cold(hub)
    await hub.groups._leaving

    assert group not in line._subscribed_to


async def test_two_relays_at_once_change_nothing(hub, relay, stream):
    page = await follow(hub, stream)
    async with Relay.connected() as second:
        for turn in range(20):
            commit(stream, turn)
            await asyncio.gather(relay.publish_due(), second.publish_due())

    await page.hears(*((turn + 1, [str(turn)]) for turn in range(20)))


async def test_what_was_committed_before_the_relay_came_is_carried(hub, stream):
    page = await follow(hub, stream)
    commit(stream, "a")

    async with Relay.connected() as relay:
        await carry_all(relay)

    await page.hears((1, ["a"]))


async def test_a_relay_that_dies_between_publishing_and_forgetting_repeats_and_nobody_notices(
    hub, relay, stream, monkeypatch
):
    page = await follow(hub, stream)
    commit(stream, "a")
    monkeypatch.setattr("realtime.relay.FORGET", "SELECT %s")
    await relay.publish_due()
    monkeypatch.undo()

    commit(stream, "b")
    await relay.publish_due()

    await page.hears((1, ["a"]), (2, ["b"]))


async def test_a_stream_that_reads_its_log_holds_up_no_other(hub, relay, stream, monkeypatch):
    calm = f"{stream}0"
    slow_page, page = await follow(hub, stream), await follow(hub, calm)
    released = asyncio.Event()

    async def slow_log(name, known):
        await released.wait()
        return await read_log(name, known)

    read_log = feeds.read_log
    monkeypatch.setattr(feeds, "read_log", slow_log)
    commit(stream, "lost on the way")
    await forget_all(relay)
    commit(stream, "a")
    commit(calm, "b")
    await relay.publish_due()

    await page.hears((1, ["b"]))
    assert slow_page.read() == []
    released.set()
    await slow_page.hears((1, ["lost on the way"]), (2, ["a"]))


async def forget_all(relay):
    await relay.reading.ask("DELETE FROM realtime_outbox")


async def test_a_feed_that_someone_is_joining_is_not_dropped(hub, relay, stream, monkeypatch):
    commit(stream, "a")
    released = threading.Event()

    def slow_heads(names):
        released.wait(10)
        return read_heads(names)

    read_heads = event_log.heads
    monkeypatch.setattr(event_log, "heads", slow_heads)
    joining = asyncio.create_task(follow(hub, stream))
    await asyncio.sleep(0)
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "LINGER", -1)
        await keeper.drop_cold(hub)
    released.set()
    page = await joining

    commit(stream, "b")
    await relay.publish_due()

    await page.hears((2, ["b"]))


async def test_feeds_gone_cold_are_dropped_although_the_layer_is_away(hub, stream, monkeypatch):
    monkeypatch.setattr(keeper, "LINGER", -1)
    for number in range(3):
        await hub.leave(await follow(hub, f"{stream}{number}"))
    monkeypatch.setattr(hub.layer, "group_discard", layer_is_away, raising=False)

    await keeper.drop_cold(hub)

    assert hub.feeds == {}


async def test_rows_whose_events_are_trimmed_do_not_stop_the_relay(hub, relay, stream):
    dead = [f"{stream}{number}" for number in range(MOST_AT_ONCE)]
    with session() as writer:
        for name in dead:
            stage(writer, name, "long ago")
        writer.commit()
        writer.execute("DELETE FROM realtime_event WHERE stream = ANY(%s)", [dead])
    page = await follow(hub, stream)
    commit(stream, "a")

    await carry_all(relay)

    await page.hears((1, ["a"]))
    assert frames_left() == 0


@pytest.mark.parametrize("pace", [0.05])
async def test_messages_that_the_layer_loses_are_found_by_comparing_heads(hub, relay, stream):
    lost = []

    def lose(message):
        lost.append(message["type"])

    page = await follow(hub, stream)
    hub._handle = lose
    commit(stream, "a")
    commit(stream, "b")
    await relay.publish_due()

    await page.hears((1, ["a"]), (2, ["b"]))


@pytest.mark.parametrize("pace", [0.05])
async def test_without_valkey_pages_are_fed_by_comparing_heads(hub, stream, monkeypatch):
    async def away(*args):
        raise ConnectionError("no Valkey")

    monkeypatch.setattr(hub.layer, "group_add", away, raising=False)
    page = await follow(hub, stream)

    commit(stream, "a")

    await page.hears((1, ["a"]))


async def test_a_stream_that_missed_its_group_joins_it_when_valkey_is_back(hub, relay, stream, monkeypatch):
    async def away(*args):
        raise ConnectionError("no Valkey")

    with monkeypatch.context() as patch:
        patch.setattr(hub.layer, "group_add", away, raising=False)
        page = await follow(hub, stream)
    await follow(hub, stream)

    commit(stream, "a")
    await relay.publish_due()

    await page.hears((1, ["a"]))


async def test_a_database_that_fails_once_does_not_end_the_hub(hub, relay, stream, monkeypatch):
    page = await follow(hub, stream)

    async def fail(*args):
        raise OperationalError("the connection was closed")

    commit(stream, "a")
    await relay.publish_due()
    await page.hears((1, ["a"]))
    monkeypatch.setattr(feeds, "read_log", fail)
    frame = ["x", "y", 7, 8, "now", []]
    await hub.layer.group_send(group_of(stream), {"type": "frame", "frame": [stream, *frame[1:]]})
    await asyncio.sleep(0.1)
    monkeypatch.undo()

    commit(stream, "b")
    await relay.publish_due()

    await page.hears((2, ["b"]))


@pytest.mark.parametrize(
    "message",
    [
        {"type": "close"},
        {"type": "frame"},
        {"type": "frame", "frame": [1, 2]},
        {"type": "touch"},
        {"type": "websocket.send", "text": "forged"},
        {},
    ],
)
async def test_a_strange_message_in_the_layer_is_dropped(message, hub, relay, stream):
    page = await follow(hub, stream)
    await hub.layer.group_send(group_of(stream), message)

    commit(stream, "a")
    await relay.publish_due()

    await page.hears((1, ["a"]))


async def test_subscribing_again_replaces_the_topics(hub, relay, stream):
    page = await follow(hub, stream, NOTES)
    await follow(hub, stream, TABS, page=page)

    commit(stream, "a", tabs=["x"])
    await relay.publish_due()

    await page.hears((2, ["x"]))


async def test_who_has_unsubscribed_or_left_hears_nothing(hub, relay, stream):
    stays, leaves, ends = [await follow(hub, stream) for _ in range(3)]
    hub.unsubscribe(leaves, stream)
    await hub.leave(ends)

    commit(stream, "a")
    await relay.publish_due()

    await stays.hears((1, ["a"]))
    assert (leaves.read(), ends.read()) == ([], [])
    assert hub.subscribers == {stays, leaves}


async def test_a_feed_outlives_its_last_page_for_a_while_and_then_goes(hub, relay, stream, monkeypatch):
    page = await follow(hub, stream)
    await hub.leave(page)
    await keeper.drop_cold(hub)
    assert list(hub.feeds) == [stream]

    monkeypatch.setattr(keeper, "LINGER", 0)
    await asyncio.sleep(0.01)
    await keeper.drop_cold(hub)
    assert list(hub.feeds) == []

    again = await follow(hub, stream)
    commit(stream, "a")
    await relay.publish_due()
    await again.hears((1, ["a"]))


async def test_the_beat_tells_where_each_followed_stream_stands(hub, stream):
    commit(stream, "a")
    page = await follow(hub, stream)
    page.pending()
    for _ in range(keeper.BEAT_TURNS):
        await keeper.beat(hub)

    (beat,) = map(json.loads, (message.text for message in page.pending()))

    assert beat["heads"] == {stream: str(await head_of(stream))}


async def test_a_hundred_pages_are_not_told_of_the_beat_at_once(hub, stream):
    pages = [await follow(hub, stream) for _ in range(100)]
    for page in pages:
        page.pending()
    told = []
    for _ in range(keeper.BEAT_TURNS):
        await keeper.beat(hub)
        told.append(sum(bool(page.pending()) for page in pages))

    assert (sum(told), max(told) <= 25) == (100, True)


@pytest.mark.parametrize("pages", [1, 30])
async def test_comparing_costs_one_query_whatever_the_number_of_pages(pages, hub, stream, monkeypatch):
    asked = []
    read_heads = keeper.event_log.heads

    def heads(names):
        asked.append(sorted(names))
        return read_heads(names)

    for number in range(pages):
        await follow(hub, f"{stream}{number % 3}")
    monkeypatch.setattr(keeper.event_log, "heads", heads)
    monkeypatch.setattr(keeper, "COMPARE_EVERY", 0.01)

    hub._tasks.append(asyncio.create_task(keeper.compare_forever(hub)))
    async with asyncio.timeout(3):
        while len(asked) < 2:
            await asyncio.sleep(0.01)

    assert asked[0] == asked[1] == sorted({f"{stream}{number % 3}" for number in range(pages)})


async def test_since_a_cursor_of_another_life_the_page_is_told_to_start_over(hub, stream):
    page = Page()

    head, result = await hub.subscribe(page, stream, ALL, since=Cursor("gone", 4))

    assert (head.seq, result, page.read()) == (0, "reset", [])
