"""The servers of a realtime measurement, and the people who connect to them."""

import contextlib
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from config.processes import stop
from config.supervisor import Child, answers, children

BATCH = 1000
READY_SECONDS = 60  # all start at once


class Servers:
    """A relay and web processes as `make run` starts them, with bench's stream; `more` programs by their names."""

    def __init__(self, webs: int, logs: Path, *, more: Sequence[str] = (), **variables: str) -> None:
        from tests.stack import free_port

        self.environment = os.environ | {
            "DATABASE_APP_ROLE": "bartender_app",
            "DJANGO_SETTINGS_MODULE": "bench.realtime_settings",
        }
        self.environment |= variables
        self.logs, self.ports = logs, [free_port() for _ in range(webs)]
        self.webs = [self._child("web", port, logs / str(port)) for port in self.ports]
        self.relay = self._child("relay", self.ports[0], logs)
        self.more = [self._child(name, self.ports[0], logs / f"{name}-2") for name in more]
        self.everything = [*self.webs, self.relay, *self.more]

    def _child(self, name: str, port: int, logs: Path) -> Child:
        logs.mkdir(exist_ok=True)
        environment = self.environment | {"PORT": str(port)}
        return next(child for child in children(port, logs=logs, environment=environment) if child.name == name)

    @property
    def urls(self) -> list[str]:
        return [f"ws://127.0.0.1:{port}" for port in self.ports]

    def pid(self, child: Child) -> int:
        assert child.process
        return child.process.pid

    @property
    def web_pids(self) -> list[int]:
        return [self.pid(web) for web in self.webs]

    def start(self) -> None:
        for child in self.everything:
            child.start()
        self.wait()

    def wait(self) -> None:
        """Until every web process answers."""
        end = time.monotonic() + READY_SECONDS
        while not all(answers(port) for port in self.ports):
            if time.monotonic() > end:
                raise TimeoutError(self.webs[0].log.read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        stop(*[child.process for child in self.everything if child.process], grace=10)


@contextlib.contextmanager
def servers(webs: int = 1, **options: Any) -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
        running = Servers(webs, Path(folder), **options)
        try:
            running.start()
            yield running
        except Exception:
            for log in Path(folder).rglob("*.log"):
                said = [line for line in log.read_text().splitlines() if " INFO " not in line]
                print(f"{log.parent.name}/{log.name} ends with:", *said[-20:], sep="\n")
            raise
        finally:
            running.stop()


class Person(NamedTuple):
    """Somebody with a token."""

    id: uuid.UUID
    token: str


def people(count: int) -> list[Person]:
    """So many new users. In bulk, with the triggers of every one."""
    from django.utils import timezone

    from bars.models import AccessToken, User, digest

    run = uuid.uuid4().hex[:8]
    made: list[Person] = []
    for start in range(0, count, BATCH):
        users = [
            User(id=uuid.uuid4(), username=f"{run}-{number}") for number in range(start, min(start + BATCH, count))
        ]
        User.objects.bulk_create(users)
        made += [Person(user.pk, uuid.uuid4().hex) for user in users]
        AccessToken.objects.bulk_create(
            AccessToken(
                user=user,
                digest=digest(person.token),
                auth_hash=user.get_session_auth_hash(),
                expires_at=timezone.now() + timedelta(days=1),
            )
            for user, person in zip(users, made[start:], strict=True)
        )
    return made


def staffed_bars(bars: int, staff: int) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The streams of new bars, and of each who works there: the token, and the streams that a page follows."""
    from bars.models import Bar, Member

    run = uuid.uuid4().hex[:8]
    opened = Bar.objects.bulk_create(
        Bar(id=uuid.uuid4(), name=f"Bar {run} {n}", slug=f"{run}-{n}") for n in range(bars)
    )
    everyone = people(bars * staff)
    members = [
        Member(bar=opened[number % bars], user_id=person.id, role=Member.Role.MANAGER)
        for number, person in enumerate(everyone)
    ]
    for start in range(0, len(members), BATCH):
        Member.objects.bulk_create(members[start : start + BATCH])
    streams = [f"bar.{bar.pk}" for bar in opened]
    return streams, [
        (person.token, [streams[number % bars], f"user.{person.id}"]) for number, person in enumerate(everyone)
    ]


def settle(seconds: float = 1.0) -> None:
    """Let what has been written so far reach everybody."""
    time.sleep(seconds)


def database() -> dict[str, Any]:
    """How psycopg connects to the bench's database."""
    from django.db import connection

    from realtime.lines import NOT_FOR_LIBPQ

    return {k: v for k, v in connection.get_connection_params().items() if k not in NOT_FOR_LIBPQ}
