"""Pages that read in threads of their own, and note when each frame came."""

import json
import socket
import threading
import time
from datetime import datetime

import httpx
from websockets.exceptions import ConnectionClosed

from tests.realtime.follower import events
from tests.realtime.numbering import frames_in_log, head

ENDS = (EOFError, OSError, ConnectionClosed, httpx.HTTPError, httpx.StreamError)


class Watch:
    """Reads a Follower or an EventSource until it is closed: `frames` as they came, `late` the seconds of each."""

    def __init__(self, source):
        self.source, self.frames, self.late, self.others = source, [], [], []
        self.ended = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        """Hang up under the reader's hands: who closes an httpx response waits for it."""
        if hasattr(self.source, "socket"):
            self.source.close()
        else:
            stream = self.source.response.extensions["network_stream"]
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _read(self):
        try:
            while self.ended is None:
                self._note(self._next())
        except ENDS as error:
            self.ended = error

    def _next(self):
        """Patient: nobody may sell for a while."""
        if hasattr(self.source, "socket"):
            return json.loads(self.source.socket.recv())
        return self.source.next()[1]

    def _note(self, message):
        if message["type"] != "frame":
            self.others.append(message)
            return
        self.late.append(time.time() - datetime.fromisoformat(message["at"]).timestamp())
        self.frames.append(message)

    @property
    def seq(self):
        return self.frames[-1]["seq"] if self.frames else 0

    def until(self, stream, seconds=12.0):
        """Wait until the last event of now has come; returns the seconds."""
        began, last = time.monotonic(), head(stream)
        while self.seq < last:
            assert time.monotonic() - began < seconds, f"{self.seq} of {last} after {seconds} s"
            time.sleep(0.01)
        return time.monotonic() - began

    def has_all_since(self, stream, seq):
        """Whether what came is the log from behind `seq`: nothing is missing, nothing came twice."""
        return events(self.frames) == [frame for frame in frames_in_log(stream) if frame[0] > seq]
