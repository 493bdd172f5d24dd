"""What a client asks to follow, checked: the same for every transport."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from realtime.cursors import Cursor
from realtime.errors import NotFound, Problem
from realtime.streams import registry

MOST_STREAMS = 50


class Subscription(NamedTuple):
    """`topics` None asks for every log topic, `since` None for what happens from now on."""

    stream: str
    topics: tuple[str, ...] | None
    since: Cursor | None


class Granted(NamedTuple):
    """A subscription whose topics this user may read."""

    stream: str
    topics: frozenset[str]
    since: Cursor | None


class TooMany(Problem):
    code, title = "too_many_streams", f"At most {MOST_STREAMS} streams a connection."


def read_subscription(asked: Any) -> Subscription:
    """A subscription from a client's JSON. Raises Problem."""
    if not isinstance(asked, dict) or not isinstance(asked.get("stream"), str):
        raise Problem("A subscription needs a stream.", field="stream")
    topics, since = asked.get("topics"), asked.get("since")
    if topics is not None and not (isinstance(topics, list) and all(isinstance(topic, str) for topic in topics)):
        raise Problem("topics is a list of names.", field="topics")
    if since is not None and not isinstance(since, str):
        raise Problem("since is a cursor.", field="since")
    return Subscription(asked["stream"], tuple(topics) if topics else None, Cursor.parse(since) if since else None)


def read_subscriptions(streams: str, topics: str, since: str) -> list[Subscription]:
    """Subscriptions from a query string: commas between, `since` in the order of `streams`. Raises Problem."""
    names = [name for name in streams.split(",") if name]
    if not names:
        raise Problem("Name at least one stream.", field="streams")
    asked = tuple(topic for topic in topics.split(",") if topic) or None
    cursors = since.split(",") if since else []
    if len(cursors) > len(names):
        raise Problem("since holds more cursors than there are streams.", field="since")
    cursors += [""] * (len(names) - len(cursors))
    return [
        Subscription(name, asked, Cursor.parse(text) if text else None)
        for name, text in zip(names, cursors, strict=True)
    ]


def grant(user: Any, asked: Iterable[Subscription]) -> list[Granted]:
    """What this user may follow. Raises NotFound where a stream isn't theirs or isn't at all, TooMany."""
    asked = list(asked)
    if len(asked) > MOST_STREAMS:
        raise TooMany()
    granted = []
    for stream, topics, since in asked:
        allowed = registry.admitted(user, stream, topics)
        if allowed is None:
            raise NotFound("There is no such stream for you.", stream=stream[:99])
        granted.append(Granted(stream, allowed, since))
    return granted
