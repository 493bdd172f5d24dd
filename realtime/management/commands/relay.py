import asyncio
import contextlib
import logging
import random
import signal
from typing import Any

import psycopg
from django.core.management.base import BaseCommand

from realtime.relay import Relay

log = logging.getLogger("realtime.relay")


class Command(BaseCommand):
    help = "Carry committed events from Postgres to the channel layer, until stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self.carry())

    async def carry(self) -> None:
        task = asyncio.current_task()
        for sig in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sig, task.cancel)  # type: ignore[union-attr]
        while True:
            try:
                async with Relay.connected() as relay:
                    log.info("listening")
                    await relay.run()
            except (psycopg.OperationalError, TimeoutError) as error:
                log.warning("the database is away (%s): trying again", str(error).strip() or "silence")
                await asyncio.sleep(random.uniform(0.2, 1.0))
