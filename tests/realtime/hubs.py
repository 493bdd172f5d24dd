"""How a test ends a hub."""

import asyncio
import contextlib

from realtime import hub as hub_module

PATIENCE = 5  # seconds


async def end_hub(hub):
    """Close it and its layer: not in the middle of its first subscription, and not waiting for more than a moment.

    The layer's receiver may miss being cancelled once where its own timeout comes at the same time; twice it doesn't.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await hub.groups.has_channel.wait()
    await hub.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await hub.layer.flush()
    for loop, one in hub_module.running_hubs():
        if one is hub:
            del hub_module._hubs[loop]
