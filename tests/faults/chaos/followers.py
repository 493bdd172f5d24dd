"""Programs that follow a bar's stream from its first event, through the Python client."""

import asyncio
import threading

from realtime.client import Event, Feed


class Follower(threading.Thread):
    """Keeps what it is told in `heard`, as (type, data); what is no event, in `strange`."""

    def __init__(self, address, token, stream):
        super().__init__(daemon=True)
        self.address, self.token, self.stream = address, token, stream
        self.heard, self.strange, self.seq = [], [], 0
        self._loop = asyncio.new_event_loop()
        self._task = None

    def run(self):
        self._task = self._loop.create_task(self._listen())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # what ended the feed is a finding
            self.strange.append(repr(error))
        self._loop.close()

    def close(self):
        if self._task and self.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(20)

    async def _listen(self):
        async with Feed(self.address, token=self.token) as feed:
            async for happening in feed.follow(self.stream, since="0"):
                self._note(happening)

    def _note(self, happening):
        if not isinstance(happening, Event):
            self.strange.append(repr(happening))
            return
        self.heard.append((happening.type, happening.data))
        if happening.cursor:
            self.seq = int(happening.cursor.rpartition(":")[2])
