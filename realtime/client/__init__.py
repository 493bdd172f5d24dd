"""A client of the live streams for tests, tools and integrators; see docs/python-client.md.

It stands alone: beside Python it needs httpx and websockets, and nothing else of this project.
`Feed` is for an event loop, `blocking.Feed` for programs without one.
"""

from realtime.client.feed import Closed, Feed, Following
from realtime.client.happenings import (
    Event,
    FeedError,
    Happening,
    OutcomeUnknown,
    Presence,
    Refused,
    Reset,
    Signal,
    SignInRequired,
    State,
)

__all__ = [
    "Closed",
    "Event",
    "Feed",
    "FeedError",
    "Following",
    "Happening",
    "OutcomeUnknown",
    "Presence",
    "Refused",
    "Reset",
    "Signal",
    "SignInRequired",
    "State",
]
