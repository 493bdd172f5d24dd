"""A table whose every change is told on a stream, those who write it at random, and screens that show it.

A screen shows one stream's rows: a snapshot, patched by frames. It keeps what it was told, to be held against the log.
"""

import asyncio
import contextlib
import json
import random
import time
import uuid

from realtime.cursors import Cursor
from realtime.log import grouped, seen_by
from realtime.snapshot import snapshot
from realtime.threads import in_thread
from tests.realtime.numbering import read
from tests.sessions import session

TABLE = """
CREATE TABLE told_shelf (stream text, product uuid, available int, PRIMARY KEY (stream, product));
CREATE FUNCTION told_shelf_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM realtime_stage(NEW.stream, 'stock', 'stock.changed', jsonb_build_object(
        'product', NEW.product, 'stock', NEW.available, 'available', NEW.available));
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER UPDATE ON told_shelf FOR EACH ROW EXECUTE FUNCTION told_shelf_changed();
"""
DROP = "DROP TABLE told_shelf; DROP FUNCTION told_shelf_changed"
FILL = "INSERT INTO told_shelf SELECT %s, gen_random_uuid(), 0 FROM generate_series(1, %s)"
PUT = "UPDATE told_shelf SET available = %s WHERE (stream, product) = (%s, %s)"
LOCK_ALL = "SELECT 1 FROM told_shelf WHERE stream = %s ORDER BY product FOR UPDATE"
PUT_ALL = "UPDATE told_shelf SET available = %s WHERE stream = %s"
SELL = "SELECT realtime_stage(%s, 'sales', 'sale.changed', %s)"
LONGEST_LIFE = 2.0  # seconds; shorter ones of a busy machine end before they are welcomed
ROWS = 210  # of each stream: changing all is more than 200 events, so one `invalidate`
LOG = "SELECT seq, xid, topic, type, data::text, created_at FROM realtime_event WHERE stream = %s ORDER BY seq"


def products_of(streams):
    """Every row that there is, in the order in which all writers lock them."""
    with session() as owner:
        for stream in streams:
            owner.execute(FILL, [stream, ROWS])
        return sorted(owner.execute("SELECT stream, product FROM told_shelf").fetchall())


class Writer:
    """Random transactions: of one or two streams, with savepoints taken back, given up as a whole, or of all rows."""

    def __init__(self, seed, products):
        self.chance, self.products = random.Random(seed), products
        self.done = {"committed": 0, "given up": 0, "taken back": 0, "bulk": 0}

    def write(self, transactions):
        with session() as writer:
            for _ in range(transactions):
                self.write_one(writer)
                time.sleep(self.chance.random() * 0.04)

    def write_one(self, writer):
        if self.chance.random() < 0.04:
            stream = self.chance.choice(self.products)[0]
            writer.execute(LOCK_ALL, [stream])
            writer.execute(PUT_ALL, [self.chance.randrange(1000), stream])
            self.done["bulk"] += 1
        else:
            for stream, product in sorted(self.chance.sample(self.products, self.chance.randint(1, 4))):
                self.put(writer, stream, product)
        if self.chance.random() < 0.15:
            writer.rollback()
            self.done["given up"] += 1
        else:
            writer.commit()
            self.done["committed"] += 1

    def put(self, writer, stream, product):
        writer.execute("SAVEPOINT here")
        writer.execute(PUT, [self.chance.randrange(1000), stream, product])
        if self.chance.random() < 0.5:
            writer.execute(SELL, [stream, json.dumps({"sale": str(uuid.uuid4()), "status": "pending", "total": 1})])
        if self.chance.random() < 0.2:
            writer.execute("ROLLBACK TO here")
            self.done["taken back"] += 1


def rows_of(stream):
    """What SELECT says."""
    return {str(product): available for product, available in read(
        "SELECT product, available FROM told_shelf WHERE stream = %s", stream
    )}  # fmt: skip


def snapshot_of(stream):
    """As an endpoint reads it."""
    with snapshot([stream]) as at:
        return at.heads[stream], rows_of(stream)


def logged_frames(stream, topics):
    """All that a reader of these topics must be told: (seq, events)."""
    rows = read(LOG, stream)
    frames = ((frame.last, seen_by(frame, frozenset(topics))) for frame in grouped(stream, "", rows))
    return [(seq, [json.loads(event) for event in events]) for seq, events in frames if events]


class Screen:
    """Shows a stream over one transport, which it leaves and comes back to."""

    def __init__(self, stream, topics, line, chance):
        self.stream, self.topics, self.line, self.chance = stream, topics, line, chance
        self.cursor, self.rows = None, {}
        self.lives = []  # of each connection: the cursor that it began with, and the frames that it was told
        self.resets = 0

    async def fetch(self):
        self.cursor, self.rows = await in_thread(snapshot_of)(self.stream)

    async def follow(self, is_over):
        """Until it is over: connect, read for a while, go away for a while. Then catch up."""
        await self.fetch()
        while not is_over():
            await self.live(self.chance.uniform(0.2, LONGEST_LIFE), lambda: False)
            await asyncio.sleep(self.chance.random() * 0.2)
        last = (await in_thread(logged_frames)(self.stream, self.topics))[-1][0]
        async with asyncio.timeout(10):
            while self.cursor.seq < last:
                await self.live(10, lambda: self.cursor.seq >= last)

    async def live(self, seconds, is_enough):
        """One connection, and a fresh snapshot where only that helps."""
        told = []
        self.lives.append((self.cursor.seq, told))
        is_stale = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for message in self.line(self.stream, self.topics, str(self.cursor)):
                    if (is_stale := not self.hears(message, told)) or is_enough():
                        break
        if is_stale:
            await self.fetch()

    def hears(self, message, told):
        """Apply it; False where only a fresh snapshot helps."""
        if message["type"] == "reset" or message.get("result") == "reset":
            self.resets += 1
            return False
        if message["type"] != "frame":
            return True
        told.append((message["seq"], message["events"]))
        self.cursor = Cursor(message["epoch"], message["seq"])
        for event in message["events"]:
            if event["type"] == "stock.changed":
                self.rows[event["data"]["product"]] = event["data"]["available"]
        return all(event["type"] != "invalidate" for event in message["events"])
