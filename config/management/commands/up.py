"""manage.py up: the whole bar with one command. Ctrl-C, SIGTERM or SIGHUP stop all of it; the exit code is then 0."""

import contextlib
import errno
import io
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command
from django.db import OperationalError, connection

from config import embedded
from config.checks import demo_people
from config.postgres import APP_ROLE
from config.processes import Stopped, end_with_make, exit_with, last_lines, stop_on_signals
from config.servers import FORBIDDEN, NO_ROOM, Server, ServerError, explain, tells_full_disk
from config.supervisor import (
    HOST,
    WAITING,
    Child,
    Refusal,
    Supervisor,
    check_port,
    children,
    children_on,
    chosen_port,
    chosen_processes,
    only_run,
)
from config.translations import compile_translations

MAY_SET_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')"


class Command(BaseCommand):
    help = (
        "Runs BarTender: Postgres and Valkey (unless DATABASE_URL and REDIS_URL name others), web server, relay, "
        "Celery worker and beat. PORT and DATA_DIR choose where, PROCESSES how many web processes; DEMO=0 leaves the "
        "demo out."
    )
    requires_system_checks: list[str] = []  # there may be no database yet

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals()
        end_with_make()
        try:
            port = chosen_port(os.environ.get("PORT") or "8000")
            self._run(port, chosen_processes(os.environ.get("PROCESSES") or "1"), embedded.data_dir())
        except Stopped:
            self._say("BarTender has stopped.")
        except (Refusal, ServerError) as error:
            exit_with(str(error))
        except OperationalError as error:
            exit_with(self._database_failure(error, embedded.data_dir()))
        except OSError as error:
            if error.errno not in (*NO_ROOM, *FORBIDDEN):
                raise
            exit_with(explain(error))

    def _run(self, port: int, processes: int, folder: Path) -> None:
        address = f"http://{HOST}:{port}"
        with only_run(folder, address):
            check_port(port)
            self._say(f"BarTender is starting on the data of {folder}…")
            logs = folder / "logs"
            logs.mkdir(exist_ok=True)
            with embedded.servers(folder) as servers:
                environment = self._prepare(servers, port, folder)
                with self._programs(port, processes, logs, environment) as programs:
                    supervisor = Supervisor(servers, programs, self._say, drain=settings.DRAIN_SECONDS)
                    try:
                        supervisor.start(port)
                        self._greet(address, logs)
                        supervisor.run()
                    finally:
                        supervisor.stop()

    @contextlib.contextmanager
    def _programs(self, port: int, processes: int, logs: Path, environment: dict[str, str]) -> Iterator[list[Child]]:
        """One web process listens itself; of several each is given the socket on which we do."""
        if processes == 1:
            yield children(port, logs=logs, environment=environment)
        else:
            with socket.create_server((HOST, port), backlog=WAITING) as listening:
                yield children_on(listening, processes, logs=logs, environment=environment)

    def _prepare(self, servers: Iterable[Server], port: int, folder: Path) -> dict[str, str]:
        """Brings database, static files and translations up to date; returns the children's environment."""
        self._check_redis()
        compile_translations()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.IS_PUBLIC:
            self._refuse_demo_people()
        elif os.environ.get("DEMO") != "0" and not get_user_model().objects.exists():
            call_command("seed_demo", stdout=io.StringIO())  # it names the logins, as we do each time
        urls = {server.variable: server.url for server in servers}
        role = {"DATABASE_APP_ROLE": APP_ROLE} if self._may_set_role() else {}
        connection.close()
        return os.environ | urls | role | {"PORT": str(port), "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}

    def _refuse_demo_people(self) -> None:
        if names := demo_people():
            raise Refusal(
                f"ALLOWED_HOSTS names another host than this machine, and everybody knows the password of "
                f"{', '.join(names)}, who are the demo's: start with a new DATA_DIR, or change their passwords first "
                "(manage.py changepassword NAME)"
            )

    def _check_redis(self) -> None:
        """Without it the programs would start, and wait for it in silence."""
        try:
            with redis.from_url(settings.REDIS_URL, socket_connect_timeout=5) as client:
                client.ping()
        except (redis.RedisError, ValueError) as error:
            raise Refusal(f"The server of REDIS_URL does not answer: {error}") from error

    def _database_failure(self, error: OperationalError, folder: Path) -> str:
        """One line. A full disk closes Postgres' connections; only its log says why."""
        if tells_full_disk(str(error) + last_lines(folder / "logs" / "postgres.log", 50)):
            return explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)))
        return f"The database has failed: {str(error).splitlines()[0]}"

    def _may_set_role(self) -> bool:
        """Whether the application can run with fewer rights than the owner: a database of yours may lack the role."""
        with connection.cursor() as cursor:
            cursor.execute(MAY_SET_ROLE, [APP_ROLE])
            return cursor.fetchone() is not None

    def _greet(self, address: str, logs: Path) -> None:
        from sales.demo import LOGINS

        self._say(f"BarTender is ready: {address}")
        users = get_user_model().objects.filter(username__in=[name for name, _, _ in LOGINS])
        known = set(users.values_list("username", flat=True))
        connection.close()
        for name, password, who in LOGINS:
            if name in known:
                self._say(f"  {name} / {password}: {who}")
        self._say(f"Logs: {logs}. Ctrl-C stops everything.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
