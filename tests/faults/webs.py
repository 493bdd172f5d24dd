"""Web processes of a test's own, what they say of themselves, and what they hold."""

import json
import os
import time
import uuid
from contextlib import contextmanager

import httpx
import pytest
import redis
from django.conf import settings

from config.valkey import Valkey
from tests import factories
from tests.realtime.follower import poll
from tests.stack import Stack

PAGE = os.sysconf("SC_PAGE_SIZE")
MB = 1 << 20
FLAT = 8 * MB  # what a web process may grow by while it is under attack
LISTENING, NO_OWNER = "0A", "0"  # a state, and the inode of what the kernel alone looks after, in /proc/net/tcp


class Web(Stack):
    """A stack with variables of its own: `Web(database, folder, REDIS_URL=…)`. UVICORN_X is uvicorn's --x."""

    def __init__(self, database, folder, **environment):
        super().__init__(database, folder)
        self.environment = environment

    def run(self, name, module, *arguments):
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in self.environment.items():
                patch.setenv(variable, str(value))
            return super().run(name, module, *arguments)

    @property
    def pid(self):
        return self.web.pid


@contextmanager
def web_beside(stack, folder, **environment):
    """Another web process on the database and the Valkey of a stack, whose relay feeds both."""
    web = Web(stack.database, folder, **environment)
    try:
        web.start_web()
        yield web
    finally:
        web.stop()


class MortalValkey(Valkey):
    """Empty whenever it starts. Not the embedded one, which all share."""

    def __init__(self, folder):
        super().__init__(folder, temporary=True)

    def crash(self):
        self.process.kill()
        self.process.wait(10)

    def client(self):
        return redis.Redis.from_url(self.url, decode_responses=True)


def report(process, url=""):
    """What a web process has last told the monitor; None before it has, or once it is forgotten."""
    with redis.Redis.from_url(url or settings.REDIS_URL, decode_responses=True) as client:
        for name in client.scan_iter(f"{settings.REDIS_PREFIX}:monitor:web:*-{process.pid}"):
            return json.loads(client.get(name) or "null")
    return None


def begun(web, member):
    """A web server once its hub has begun: `web.web` is the process."""
    assert poll(web, member, f"user.{member.user_id}").status_code == 200
    until(lambda: report(web.web))
    return web


def leases(scope):
    """How many live connections are counted on a stream, or on `person.<id>`."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return client.zcard(f"{settings.REDIS_PREFIX}:live:{scope}")


def memory(process):
    """Resident bytes of a process."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * PAGE


def open_lines(web):
    """How many connections to its port a web process still holds, in whatever state: who has hung up is none."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in list(table)[1:]]
    own = f":{web.port:04X}"
    return sum(row[1].endswith(own) and row[3] != LISTENING and row[9] != NO_OWNER for row in rows)


def until(true, seconds=10.0):
    """Wait for something to come true; returns the seconds that it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it has not come true"
        time.sleep(0.02)
    return time.monotonic() - began


class Till:
    """Sells over HTTP, one bottle at a time."""

    def __init__(self, web, member, product):
        self.client = httpx.Client(base_url=web.url, headers=factories.bearer(member), timeout=20)
        self.path, self.product = f"/api/v1/bars/{member.bar_id}/sales", str(product.pk)
        self.took = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()

    def sell(self):
        """The response; its seconds stand in `took`."""
        body = {"key": str(uuid.uuid4()), "lines": [{"product": self.product, "quantity": 1}]}
        began = time.monotonic()
        answer = self.client.post(self.path, json=body)
        self.took.append(time.monotonic() - began)
        return answer

    def sell_for(self, seconds, pause=0.05):
        """Sell without an end but this one; returns how long each sale took. All of them succeed."""
        first, end = len(self.took), time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.sell()
            assert answer.status_code == 201, answer.text
            time.sleep(pause)
        return sorted(self.took[first:])
