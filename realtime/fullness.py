"""Which streams have as many live connections as they may: their owners are told, and told when there is room again."""

import time

from realtime.limits import Full, live_on
from realtime.streams import registry
from realtime.threads import in_thread
from realtime.valkey import Valkey

LOOK_EVERY = 15.0  # seconds between looks at a stream that was full


class Fullness:
    """Of one process: what found no room here is looked after here."""

    def __init__(self, valkey: Valkey) -> None:
        self.valkey = valkey
        self._full: dict[str, float] = {}

    async def found(self, full: Full) -> None:
        """Somebody found no room. The owner of the stream is told once until there is room again."""
        if full.scope not in self._full and self._is_declared(full.scope):
            self._full[full.scope] = time.monotonic()
            await self._tell(full.scope, True)

    async def look(self) -> None:
        """Find where there is room again. Raises Away."""
        for scope, seen in list(self._full.items()):
            if time.monotonic() - seen < LOOK_EVERY:
                continue
            self._full[scope] = time.monotonic()
            declared = registry.stream(scope)
            if declared and declared.most_live and len(await live_on(self.valkey, scope)) < declared.most_live:
                del self._full[scope]
                await self._tell(scope, False)

    def _is_declared(self, scope: str) -> bool:
        declared = registry.stream(scope)
        return bool(declared and declared.tell_full)

    async def _tell(self, scope: str, is_full: bool) -> None:
        kind, _, key = scope.partition(".")
        if tell := registry.streams[kind].tell_full:
            await in_thread(tell)(key, is_full)
