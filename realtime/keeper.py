"""The hub's housekeeping: what is done every so often, whatever comes in."""

import asyncio
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from realtime import clock
from realtime import log as event_log
from realtime.caching import counted
from realtime.connections import COME_BACK, FULL, Connection
from realtime.limits import ALIVE, DEAD_AFTER, process_name
from realtime.log import message_text
from realtime.metering import meter
from realtime.models import Switch
from realtime.streams import registry
from realtime.subscribers import Message, Subscriber
from realtime.switches import is_on
from realtime.threads import in_thread
from realtime.valkey import Away, key

if TYPE_CHECKING:
    from realtime.hub import Hub

log = logging.getLogger(__name__)

COMPARE_EVERY = 5.0  # seconds: what a lost message may cost
COMPARE_ALONE = 1.0  # seconds, without Valkey: Postgres is asked instead
HINTS_EVERY = 0.25  # seconds: a hundred phones that come back make one look at who is here
TEND_EVERY = 1.0  # seconds
REPORT_LIVES = 10  # seconds
LOOK_EVERY = 5.0  # seconds: who has gone without a word is missed by then
LINGER = 60.0  # seconds that a feed stays warm without a reader
BEAT_EVERY = 25.0  # seconds: what a frame lost on the way to the browser may cost
BEAT_TURNS = 101  # all beats at once would hold up every frame behind them; a prime spreads addresses of objects evenly


def keep(hub: "Hub") -> list[asyncio.Task[None]]:
    """Start all of it."""
    works = ((HINTS_EVERY, say_and_look), (TEND_EVERY, tend), (TEND_EVERY, charge), (BEAT_EVERY / BEAT_TURNS, beat))
    return [asyncio.create_task(compare_forever(hub)), *(asyncio.create_task(every(*work, hub)) for work in works)]


async def every(seconds: float, work: Callable[["Hub"], Awaitable[None]], hub: "Hub") -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work(hub)
        except Away:
            pass
        except Exception:
            log.exception("%s failed and is tried again", work.__name__)


async def compare_forever(hub: "Hub") -> None:
    """Every 5 s, every second while Valkey is away, and at once when it comes and goes."""
    now = asyncio.get_running_loop().time
    due, was_alone = now() + COMPARE_EVERY, False
    while True:
        await asyncio.sleep(max(0.0, min(COMPARE_ALONE, due - now())))
        if now() >= due or hub.is_alone or was_alone:
            due, was_alone = now() + COMPARE_EVERY, hub.is_alone
            try:
                await compare(hub)
            except Exception:  # the database is away: sockets stay, the next round finds what is missing
                log.exception("heads could not be compared")
            await hub.groups.attach(*hub.feeds.values())
            await drop_cold(hub)


async def compare(hub: "Hub") -> None:
    """Read the heads of all feeds with one query, what they lack with another, whatever the layer has brought."""
    names = [name for name in hub.feeds if (stream := registry.stream(name)) and stream.is_logged]
    heads = await in_thread(event_log.heads)(names) if names else {}
    known = {name: feed for name in names if (feed := hub.feeds.get(name))}
    gaps = {
        name: (feed.head.seq, heads[name])
        for name, feed in known.items()
        if feed.head and feed.is_behind(heads[name]) and feed.head.epoch == heads[name].epoch
    }
    frames = await in_thread(event_log.frames_of_many)(gaps) if gaps else {}
    hub.counters.repairs += len(gaps)
    for name in gaps:
        known[name].is_attached = False  # late, or unheard: an echo will tell
    for name, feed in known.items():
        await feed.compare(heads[name], frames.get(name, ()))
    await look_at_switches(hub)


async def drop_cold(hub: "Hub") -> None:
    """Forget feeds and figures that nobody has followed for a while."""
    for boards in hub.states.values():
        boards.drop_cold(LINGER)
    now = asyncio.get_running_loop().time()
    cold = [feed for feed in hub.feeds.values() if not feed.is_watched and now - feed.idle_since > LINGER]
    for feed in cold:
        del hub.feeds[feed.stream]
        for boards in hub.states.values():
            boards.boards.pop(feed.stream, None)  # without its feed it would hear of no change
    hub.groups.leave_others(hub.feeds)


async def look_at_switches(hub: "Hub") -> None:
    """An operator may have sent everybody to polling."""
    if (is_emergency := await in_thread(is_on)(Switch.Name.EMERGENCY_POLLING)) and not hub.is_emergency:
        log.warning("emergency: all live connections are sent to polling")
        for connection in live_connections(hub):
            connection.end(FULL, "poll", "Live connections are switched off for now: poll.")
    hub.is_emergency = is_emergency


async def say_and_look(hub: "Hub") -> None:
    await hub.leases.forget_freed()
    await hub.say_hints()
    await hub.presence.look_where_hinted()


async def tend(hub: "Hub") -> None:
    """Renew the leases, report, look after the old and the suspended. Raises Away."""
    await hub.guards.sweep()
    was_known = await hub.valkey.ask(lambda client: say_alive(client, json.dumps(report(hub))))
    await hub.leases.renew(is_forgotten=not was_known)  # Valkey has begun anew, or somebody has emptied it
    if (now := time.monotonic()) >= hub.next_look:
        hub.next_look = now + LOOK_EVERY
        await hub.presence.look_everywhere()
        await hub.fullness.look()


async def charge(hub: "Hub") -> None:
    """Put the time since the last look to the account of the streams that are followed now."""
    now = time.monotonic()
    elapsed, hub.charged_at = now - hub.charged_at, now
    meter.connected(Counter(stream for one in live_connections(hub) for stream in one.streams), elapsed)


async def say_alive(client: Any, told: str) -> bool:
    """Returns whether Valkey still knew of the last time."""
    async with client.pipeline(transaction=False) as pipe:
        pipe.set(key(ALIVE, process_name()), "", ex=DEAD_AFTER, get=True)
        pipe.set(key("monitor", "web", process_name()), told, ex=REPORT_LIVES)
        before, _ = await pipe.execute()
    return before is not None


async def beat(hub: "Hub") -> None:
    """Tell those whose turn it is where their streams stand, and send on who has been here long enough."""
    now, turn = clock.now().timestamp(), next(hub.turns)
    for subscriber in [one for one in hub.subscribers if hash(one) % BEAT_TURNS == turn]:
        if isinstance(subscriber, Connection) and now >= subscriber.ends_at:
            subscriber.close(COME_BACK)
            continue
        subscriber.offer(heads_of(hub, subscriber, now))


def heads_of(hub: "Hub", subscriber: Subscriber, now: float) -> Message:
    """Where a subscriber's streams stand, and what it was sent of them. None of those that it is still joining."""
    heads: dict[str, str] = {}
    sent: dict[str, int] = {}
    for name in subscriber.streams:
        feed = hub.feeds.get(name)
        last = feed.sent_to(subscriber) if feed else None
        if feed and last is not None:
            heads[name], sent[name] = str(feed.head), last
    return Message("beat", message_text("beat", time=now, heads=heads, sent=sent))


def live_connections(hub: "Hub") -> list[Connection]:
    return [one for one in hub.subscribers if isinstance(one, Connection) and one.is_live]


def report(hub: "Hub") -> dict[str, Any]:
    """What this process does, for the monitor."""
    live = live_connections(hub)
    return {
        "process": process_name(),
        "pid": os.getpid(),
        "started_at": hub.started_at,
        "at": clock.now().timestamp(),
        "connections": len(live),
        "by_transport": Counter(connection.transport for connection in live),
        "streams": Counter(stream for connection in live for stream in connection.streams),
        "users": len(hub.guards.connections),
        "feeds": len(hub.feeds),
        "counters": hub.counters.report() | counted.report(),
        "lag_ms": hub.counters.percentiles(),
        "valkey": not hub.is_alone,
        "mode": "emergency" if hub.is_emergency else "draining" if hub.is_draining else "live",
    }
