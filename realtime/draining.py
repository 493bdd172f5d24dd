"""A process that is about to stop lets go of its connections first, spread over a few seconds."""

import asyncio
import logging
import random
import signal
from types import FrameType

from django.conf import settings

from realtime.connections import COME_BACK, Connection
from realtime.hub import Hub, running_hubs
from realtime.log import message_text
from realtime.subscribers import Message

log = logging.getLogger(__name__)

SIGNAL = signal.SIGUSR1


def drain(hub: Hub, window: float) -> None:
    """Tell all connections of a hub, and close each with 4200 at some moment of the next `window` seconds.

    Polls that wait for news are told that there is none.
    """
    hub.is_draining = True
    loop = asyncio.get_running_loop()
    notice = Message("drain", message_text("drain", window=window))
    for connection in [one for one in hub.subscribers if isinstance(one, Connection)]:
        if connection.is_live:
            connection.offer(notice)
        loop.call_later(random.uniform(0, window), connection.close, COME_BACK)


def drain_on_signal() -> None:
    """Drain when the supervisor asks, with SIGUSR1; it sends SIGTERM DRAIN_SECONDS later. For the main thread."""

    def begin(signum: int, frame: FrameType | None) -> None:
        for loop, hub in running_hubs():
            loop.call_soon_threadsafe(drain, hub, settings.DRAIN_SECONDS)

    signal.signal(SIGNAL, begin)
