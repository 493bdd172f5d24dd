import asyncio
import contextlib
import logging
import random
import signal
import sys
from argparse import ArgumentParser
from typing import Any

import psycopg
import uvloop
from django.conf import settings
from django.core.management.base import CommandError

from realtime.management.refusing import RefusingCommand
from realtime.relay import Relay
from realtime.relay_status import Status

log = logging.getLogger("realtime.relay")

DOORBELLS = ("adaptive", "always")
STAND_BY = 0.5  # seconds between two tries to take the lead
ANOTHER_LEADS = 4  # exit code


class AnotherLeads(Exception):
    pass


class Command(RefusingCommand):
    help = "Carry committed events from Postgres to the channel layer, until stopped. A second one stands by."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", action="store_true", help="don't stand by: exit 4 where another relay leads")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DOORBELL not in DOORBELLS:
            raise CommandError(f"DOORBELL={settings.DOORBELL}: choose one of {', '.join(DOORBELLS)}")
        self.only = options["only"]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                uvloop.run(self.relay())
        except AnotherLeads:
            self.stderr.write("Another relay leads: this one was told not to stand by.")
            sys.exit(ANOTHER_LEADS)

    async def relay(self) -> None:
        task = asyncio.current_task()
        for sig in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sig, task.cancel)  # type: ignore[union-attr]
        status = Status()
        writing = asyncio.create_task(status.keep_writing())
        try:
            while True:
                await self.carry(status)
                await asyncio.sleep(random.uniform(0.2, 1.0))
        finally:
            writing.cancel()

    async def carry(self, status: Status) -> None:
        """Stand by, lead, and publish, until the database goes away."""
        try:
            async with Relay.connected(status) as relay:
                await self.take_the_lead(relay)
                status.leads()
                log.info("listening")
                await relay.run()
        except (psycopg.OperationalError, TimeoutError) as error:
            status.failed(error)
            log.warning("the database is away (%s): trying again", str(error).strip() or "silence")
        finally:
            status.stands_by()

    async def take_the_lead(self, relay: Relay) -> None:
        if await relay.leads():
            return
        if self.only:
            raise AnotherLeads
        log.info("another relay leads: standing by")
        while not await relay.leads():
            await asyncio.sleep(STAND_BY)
