"""The real servers on the test database: a web process, the relay, Valkey."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
RUNNING = []
HTTP = ["--http", "config.intake:RequestProtocol"]
SOCKETS = ["--ws", "realtime.wire:SocketProtocol", "--ws-per-message-deflate", "false", "--ws-max-size", "65536"]


class Stack:
    """Processes on one database. `url` answers once started; `stop` ends them all."""

    def __init__(self, database, folder, settings="config.settings"):
        self.database, self.folder, self.settings = database, folder, settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/ws/"
        self.web = self.relay = None
        self.processes = []

    def start(self):
        self.start_web()
        self.start_relay()
        return self

    def start_web(self):
        arguments = ["uvicorn", "config.asgi:application", "--port", str(self.port), *HTTP, *SOCKETS]
        self.web = self.run("web", *arguments, "--no-access-log", "--no-proxy-headers", "--lifespan", "off")
        self.wait_until(self.answers)

    def start_daphne(self):
        """The development server: `manage.py runserver` is Daphne's."""
        self.web = self.run("web", "django", "runserver", f"127.0.0.1:{self.port}", "--noreload")
        self.wait_until(self.answers)

    def start_relay(self):
        self.relay = self.run("relay", "django", "relay")
        self.wait_until(lambda: "listening" in (self.folder / "relay.log").read_text().rsplit("started\n", 1)[-1])

    def kill_relay(self):
        end(self.relay, signal.SIGKILL)

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                end(process, signal.SIGTERM)

    def run(self, name, module, *arguments):
        environment = os.environ | {
            "DATABASE_URL": self.database,
            "DATABASE_APP_ROLE": "bartender_app",
            "DJANGO_SETTINGS_MODULE": self.settings,
            "PORT": str(self.port),
        }
        with (self.folder / f"{name}.log").open("a") as log:
            log.write("started\n")
            log.flush()
            command = [sys.executable, "-m", module, *arguments]
            self.processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
            return self.processes[-1]

    def answers(self):
        try:
            return urllib.request.urlopen(f"{self.url}/healthz", timeout=1).status == 200
        except OSError:
            return False

    def wait_until(self, ready, seconds=60):
        end_at = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end_at:
                logs = "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))
                raise TimeoutError(f"the servers did not start:\n{logs}")
            time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process, sig):
    process.send_signal(sig)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def url_of_test_database():
    """DATABASE_URL with the name that pytest-django gave its database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture(scope="session")
def running_stack(django_db_setup, tmp_path_factory):
    """Started once a worker: starting costs seconds, and every test brings its own bars."""
    started = Stack(url_of_test_database(), tmp_path_factory.mktemp("stack"))
    RUNNING.append(started)
    try:
        yield started.start()
    finally:
        started.stop()
        RUNNING.remove(started)


@pytest.fixture
def stack(running_stack, transactional_db):
    """Web and relay on the test database; a relay that a test has killed is started again."""
    yield running_stack
    if running_stack.relay.poll() is not None:
        running_stack.start_relay()


@pytest.fixture
def live_stack(stack):
    """The address of the running web server."""
    return stack.url


@pytest.fixture
def no_relay():
    """The relay of a stack that other tests have started holds still: what a test commits stays to be carried."""
    relays = [stack.relay for stack in RUNNING if stack.relay and stack.relay.poll() is None]
    for relay in relays:
        relay.send_signal(signal.SIGSTOP)
    yield
    for relay in relays:
        relay.send_signal(signal.SIGCONT)
