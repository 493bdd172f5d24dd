"""Who is measured beside us in bench.realtime deliveries, and how each is started; bench/README.md installs them."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.programs import Program, family
from bench.realtime_publish import SIZE, STREAMS
from bench.realtime_world import Servers, people

SOCKETS = 1000
FOLDER = Path(__file__).parent / "peers"


@dataclass
class Contender:
    """A server under load: who publishes, who listens, and the processes whose time counts.

    `relay` carries to the server, `around` is what else works for a delivery: publisher, database, broker.
    """

    name: str
    publisher: Program
    load: Program
    server: list[int]
    relay: list[int]
    around: list[int]

    @property
    def key(self) -> str:
        """The name in a figure."""
        return "".join(letter for letter in self.name.lower().replace(" ", "_") if letter.isalpha() or letter == "_")

    @property
    def readers(self) -> float:
        return SOCKETS / STREAMS


def ours(kind: str, running: Servers) -> Contender:
    """BarTender's web process, fed by committed rows or straight from the channel layer."""
    names = [f"bench.{kind}-{number}" for number in range(STREAMS)]
    crowd = [(person.token, [names[number % STREAMS]]) for number, person in enumerate(people(SOCKETS))]
    publisher = started(Program.of("bench.realtime_publish", kind, ",".join(names), env=running.environment))
    listeners = load("bartender", running.urls, crowd)
    relay = [running.pid(running.relay)] if kind == "committed" else []
    around = [publisher.pid, *valkey_pids(), *(postgres_pids() if kind == "committed" else [])]
    return Contender(f"ours, {kind}", publisher, listeners, running.web_pids, relay, around)


def socket_io(port: int) -> Contender:
    """Socket.IO and its Redis adapter on Node, on the same Valkey; it emits by itself, with no process between."""
    arguments = [str(port), os.environ["REDIS_URL"], str(STREAMS), str(SIZE)]
    environment = os.environ | {"NODE_ENV": "production"}
    publisher = started(Program(["node", FOLDER / "server.js", *arguments], env=environment))
    listeners = load("socket.io", [f"ws://127.0.0.1:{port}"], rooms())
    return Contender("Socket.IO", publisher, listeners, [publisher.pid], [], valkey_pids())


def floor(port: int) -> Contender:
    """A loop that writes the same bytes to every socket, many messages at once: what client and machine allow."""
    publisher = started(Program.of("bench.realtime_publish", "floor", str(port)))
    listeners = load("nchan", [f"ws://127.0.0.1:{port}"], rooms())
    return Contender("floor", publisher, listeners, [publisher.pid], [], [])


@contextlib.contextmanager
def nchan(port: int) -> Iterator[Contender]:
    """nginx with nchan, published to over HTTP."""
    with tempfile.TemporaryDirectory(prefix="bench-nchan-") as folder:
        known = {"MODULES": nchan_folder(), "FOLDER": folder, "PORT": port}
        conf = Path(folder, "nginx.conf")
        conf.write_text(re.sub("@([A-Z]+)@", lambda found: str(known[found[1]]), (FOLDER / "nchan.conf").read_text()))
        Path(folder).chmod(0o755)
        nginx = subprocess.Popen(["nginx", "-p", folder, "-c", conf], stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            publisher = started(Program.of("bench.realtime_publish", "nchan", f"127.0.0.1:{port}"))
            listeners = load("nchan", [f"ws://127.0.0.1:{port}"], rooms())
            yield Contender("nchan", publisher, listeners, family(nginx.pid)[1:], [], [publisher.pid])
        finally:
            nginx.terminate()
            nginx.wait(10)


def rooms() -> list[tuple[str, list[str]]]:
    return [("", [str(number % STREAMS)]) for number in range(SOCKETS)]


def load(dialect: str, urls: list[str], crowd: list[tuple[str, list[str]]]) -> Program:
    """The same client program for each, with all sockets open."""
    client = Program.of("bench.sockets")
    client.ask("configure", dialect=dialect, urls=urls, people=crowd)
    client.ask("open")
    return client


def started(program: Program) -> Program:
    program.answer()
    return program


def postgres_pids() -> list[int]:
    """The processes of the database, where it runs on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        return [pid for (pid,) in cursor.fetchall()]


def valkey_pids() -> list[int]:
    from django.conf import settings
    from redis import Redis

    return [Redis.from_url(settings.REDIS_URL).info("server")["process_id"]]


def nchan_folder() -> str | None:
    """Where nginx keeps its modules, if nchan is one of them."""
    if not shutil.which("nginx"):
        return None
    told = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"--modules-path=(\S+)", told)
    return found[1] if found and Path(found[1], "ngx_nchan_module.so").exists() else None


def has_socket_io() -> bool:
    return bool(shutil.which("node")) and (FOLDER / "node_modules" / "socket.io").exists()


def missing() -> list[str]:
    """Peers that aren't installed."""
    return [*([] if has_socket_io() else ["Socket.IO"]), *([] if nchan_folder() else ["nchan"])]
