"""Celery's processes as they run in production, with queues of a test's own, and what stands in these."""

import json
import time

import redis
from celery import Celery
from django.conf import settings

from config.supervisor import OTHERS
from tests.faults.webs import Web
from tests.stack import url_of_test_database

AN_HOUR = 3600  # after which Celery gives a job of a worker that is gone to another: its visibility timeout


class Jobs(Web):
    """Workers and beats on the test database. A job that waits for a lock waits until the test lets it go."""

    def __init__(self, folder, prefix):
        super().__init__(url_of_test_database(), folder, REDIS_PREFIX=prefix, DATABASE_LOCK_TIMEOUT="60s")
        self.prefix = prefix
        self.valkey = redis.from_url(settings.REDIS_URL, decode_responses=True)
        self.sender = Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False)
        self.sender.conf.broker_transport_options = {"global_keyprefix": f"{prefix}:"}

    def start_worker(self):
        return self._start("worker", "--without-mingle", "--without-gossip")  # it has no others to ask

    def start_beat(self):
        return self._start("beat", "--max-interval", "1")

    def _start(self, name, *added):
        _, module, *arguments = OTHERS[name].split()
        return self.run(name, module, *arguments, *added)

    def send(self, task):
        self.sender.send_task(task)

    def waiting(self, task):
        """The process ids of those who have sent each job of a task that no worker has taken yet."""
        headers = [json.loads(text)["headers"] for text in self.valkey.lrange(f"{self.prefix}:celery", 0, -1)]
        return [int(one["origin"].removeprefix("gen").partition("@")[0]) for one in headers if one["task"] == task]

    def taken(self):
        """How many jobs workers have taken and not finished."""
        return self.valkey.hlen(f"{self.prefix}:unacked")

    def are_done(self):
        return not self.taken() and not self.valkey.llen(f"{self.prefix}:celery")

    def let_an_hour_pass(self):
        """For the jobs that are taken: as if it had been an hour ago."""
        index = f"{self.prefix}:unacked_index"
        for tag in self.valkey.zrange(index, 0, -1):
            self.valkey.zadd(index, {tag: time.time() - AN_HOUR - 1})

    def forget(self):
        for name in self.valkey.scan_iter(f"{self.prefix}:*"):
            self.valkey.delete(name)
        self.sender.close()
        self.valkey.close()
