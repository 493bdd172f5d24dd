"""A Postgres of a test's own, with nothing in it but realtime's tables: made in a second, killed without regret."""

import contextlib
import os
import signal
from pathlib import Path

import psycopg

from config.postgres import Postgres
from config.processes import working_in
from realtime import lines

SQL = Path(lines.__file__).parent / "sql"
HEADS = (
    'CREATE TABLE realtime_streamhead (stream text COLLATE "C" PRIMARY KEY, epoch text NOT NULL, seq bigint NOT NULL)'
)


class Cluster(Postgres):
    """Durable, as in production: a test may kill it. `settings` are added to the server's."""

    def __init__(self, folder, **settings):
        super().__init__(folder)
        self.added = settings

    def _settings(self, home):
        return [*super()._settings(home), *(word for item in self.added.items() for word in ("-c", "=".join(item)))]

    def begin_anew(self):
        """With the first version of the log's SQL."""
        with self.session() as session:
            session.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            session.execute(HEADS)
        self.install("number_events_v1.sql")

    def install(self, *files):
        with self.session() as session:
            for file in files:
                session.execute((SQL / file).read_text())

    def session(self):
        return psycopg.connect(self.url)

    def crash(self):
        """Every process of it at once, as a power cut would."""
        for pid in [self.process.pid, *working_in(self.home, self.program)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


class Standby(Cluster):
    """Streams from a running cluster, by its socket: as another account's, both lie in a folder that it may pass."""

    def __init__(self, folder, primary, **settings):
        super().__init__(folder, **settings)
        self.primary = primary

    def _create_cluster(self, programs):
        home = self._account.enter(self._account.make_folder(self._new_home))
        source = f"host={self.primary.socket.parent} port=5432 user=postgres"
        argv = [programs / "pg_basebackup", "-D", home, "-d", source, "-R", "--checkpoint=fast", "--no-sync"]
        self._run(argv, **self._account.options())
        for socket in self._new_home.glob(f"{self.socket_name}*"):  # and its lock: of the primary, copied with all else
            socket.unlink()
        self._new_home.rename(self.home)

    def _provision(self):
        """Comes from the primary."""


@contextlib.contextmanager
def running(folder, kind=Cluster, **settings):
    made = kind(folder, **settings)
    made.start()
    try:
        yield made
    finally:
        made.stop()
