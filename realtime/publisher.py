"""The way into the channel layer. Nobody takes it but the relay."""

import asyncio
from collections.abc import Iterable
from typing import Any

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from realtime.groups import group_of

Message = tuple[str, dict[str, Any]]  # stream, what its group is sent

PUBLISH_TIMEOUT = 2.0  # seconds that a silent Valkey may hold the line
LAYER_ERRORS = (RedisError, OSError, TimeoutError)


class Publisher:
    """One line, so that a batch costs one round trip and arrives in its order: the layer's own sends one at a time."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.client: Any = redis.asyncio.from_url(settings.REDIS_URL)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Raises one of LAYER_ERRORS where all of them must be published again."""
        async with asyncio.timeout(PUBLISH_TIMEOUT), self.client.pipeline(transaction=False) as batch:
            for stream, message in messages:
                group = self.layer._get_group_channel_name(group_of(stream))
                batch.publish(group, self.layer.serialize(message))
            await batch.execute()

    async def close(self) -> None:
        await self.client.aclose()
