"""What a client asks to follow, checked: the same for every transport."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

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
    """A subscription whose topics this user may read; `asked` are those it named."""

    stream: str
    topics: frozenset[str]
    since: Cursor | None
    asked: tuple[str, ...] | None


class TooMany(Problem):
    code, title = "too_many_streams", format_lazy(_("At most {most} streams a connection."), most=MOST_STREAMS)


def read_subscription(asked: Any) -> Subscription:
    """A subscription from a client's JSON. Raises Problem."""
    if not isinstance(asked, dict) or not isinstance(asked.get("stream"), str):
        raise Problem(_("A subscription needs a stream."), field="stream")
    topics, since = asked.get("topics"), asked.get("since")
    if topics is not None and not (isinstance(topics, list) and all(isinstance(topic, str) for topic in topics)):
        raise Problem(_("topics is a list of names."), field="topics")
    if since is not None and not isinstance(since, str):
        raise Problem(_("since is a cursor."), field="since")
    return Subscription(asked["stream"], tuple(topics) if topics else None, Cursor.parse(since) if since else None)


def read_subscriptions(streams: str, topics: str, since: str) -> list[Subscription]:
    """Subscriptions from a query string: commas between, `since` in the order of `streams`. Raises Problem.

    `topics` holds those of all streams, or one group for each of them, with semicolons between.
    """
    names = [name for name in streams.split(",") if name]
    if not names:
        raise Problem(_("Name at least one stream."), field="streams")
    asked = [tuple(topic for topic in group.split(",") if topic) or None for group in topics.split(";")]
    if len(asked) == 1:
        asked *= len(names)
    if len(asked) != len(names):
        raise Problem(_("topics holds one group for all streams, or one for each."), field="topics")
    cursors = since.split(",") if since else []
    if len(cursors) > len(names):
        raise Problem(_("since holds more cursors than there are streams."), field="since")
    cursors += [""] * (len(names) - len(cursors))
    return [
        Subscription(name, group, Cursor.parse(text) if text else None)
        for name, group, text in zip(names, asked, cursors, strict=True)
    ]


def grant(user: Any, asked: Iterable[Subscription]) -> list[Granted]:
    """What this user may follow. Raises NotFound where a stream isn't theirs or isn't at all, TooMany."""
    [answer] = grant_many([(user, list(asked))])
    if isinstance(answer, Exception):
        raise answer
    return answer


def grant_many(asked: list[tuple[Any, list[Subscription]]]) -> list[list[Granted] | Exception]:
    """For each user what they may follow, or the Problem that `grant` raises, in as few queries as for one."""
    wishes = [(user, one.stream, one.topics) for user, subscriptions in asked for one in subscriptions[:MOST_STREAMS]]
    allowed = iter(registry.admitted_many(wishes))
    return [
        _granted(subscriptions, [next(allowed) for _ in subscriptions[:MOST_STREAMS]]) for _, subscriptions in asked
    ]


def _granted(asked: list[Subscription], allowed: list[frozenset[str] | None]) -> list[Granted] | Exception:
    if len(asked) > MOST_STREAMS:
        return TooMany()
    granted = []
    for (stream, topics, since), found in zip(asked, allowed, strict=True):
        if found is None:
            return NotFound(_("There is no such stream for you."), stream=stream[:99])
        granted.append(Granted(stream, found, since, topics))
    return granted
