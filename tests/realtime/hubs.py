"""What a test of a hub has to wait for: its subscriptions, and its end."""

import asyncio
import contextlib

from realtime import hub as hub_module
from realtime.groups import group_of

PATIENCE = 5  # seconds


async def listens(hub, stream):
    """Wait until Valkey knows that the hub listens: the layer doesn't wait for the answer to its SUBSCRIBE."""
    name = hub.layer._get_layer()._get_group_channel_name(group_of(stream))
    async with asyncio.timeout(PATIENCE):
        while dict(await hub.valkey.client.pubsub_numsub(name))[name] == 0:
            await asyncio.sleep(0.005)


async def end_hub(hub):
    """Close it and its layer: not in the middle of its first subscription, and not waiting for more than a moment.

    The layer's receiver may miss being cancelled once where its own timeout comes at the same time; twice it doesn't.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await hub._has_channel.wait()
    await hub.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await hub.layer.flush()
    for loop, one in hub_module.running_hubs():
        if one is hub:
            del hub_module._hubs[loop]
