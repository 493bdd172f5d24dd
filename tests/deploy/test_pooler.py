"""Web processes behind PgBouncer in transaction mode, as docs/scaling.md describes it; the relay goes past it."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from config.postgres import APP_ROLE, SUPERUSER
from sales.models import Sale
from tests.books import shelf
from tests.faults.webs import Till, Web, until
from tests.realtime.follower import Follower, sub
from tests.realtime.numbering import head
from tests.stack import ROOT

POOLED = 3  # sessions of Postgres, for the eight threads of a web process and more
CONFIGURATION = """
[databases]
* = host=/proc/self/cwd port=5432
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
ignore_startup_parameters = options
"""
SCALING = (ROOT / "docs/scaling.md").read_text()

pytestmark = pytest.mark.django_db(transaction=True)


def superuser(database):
    return psycopg.connect(database.replace("//bartender@", f"//{SUPERUSER}@"), autocommit=True)


@pytest.fixture(scope="module")
def pooler(running_stack, tmp_path_factory):
    """The URL of the test's database through PgBouncer, for a login that the tests may change."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        if os.environ.get("REQUIRE_PGBOUNCER"):
            raise FileNotFoundError("pgbouncer is to be installed")
        pytest.skip("needs pgbouncer")
    folder = tmp_path_factory.mktemp("pooler")
    target = urlsplit(running_stack.database)
    login = f"{target.path[1:]}_pooled"  # all databases of the server share their logins
    [postgres] = parse_qs(target.query)["host"]
    (folder / "users").write_text(f'"{login}" ""\n')
    (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(folder=folder, size=POOLED))
    account = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if account:  # which it doesn't run as: what is ours alone it enters by the folder that it starts in
        shutil.chown(folder, "nobody")
        for path in (folder, *folder.parents[: folder.parents.index(Path(gettempdir()))]):
            path.chmod(0o755)
    process = subprocess.Popen([program, folder / "pgbouncer.ini"], cwd=postgres, stderr=subprocess.DEVNULL, **account)
    try:
        until(lambda: list(folder.glob(".s.PGSQL.*")))
        yield f"postgres://{login}@{target.path}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def login(pooler, running_stack, beer):
    """A superuser's session, and a login with the settings that docs/scaling.md gives it."""
    name = urlsplit(pooler).username
    with superuser(running_stack.database) as session:
        session.execute(f"CREATE ROLE {name} LOGIN; GRANT {APP_ROLE} TO {name}")
        for setting in re.findall(r"^ +ALTER ROLE web (SET .+);$", SCALING, re.MULTILINE):
            session.execute(f"ALTER ROLE {name} {setting}")
        yield session
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [name])
        session.execute(f"DROP ROLE {name}")


@contextmanager
def pooled_web(pooler, folder):
    web = Web(pooler, folder, DATABASE_PREPARE="0")
    try:
        web.start_web()
        yield web
    finally:
        web.stop()


def test_thirty_sales_at_once_share_three_sessions_and_every_page_hears_of_them(login, pooler, koffi, beer, tmp_path):
    stream = f"bar.{koffi.bar_id}"
    with pooled_web(pooler, tmp_path) as web, Follower(web, koffi) as page, ThreadPoolExecutor(10) as crowd:
        page.hello(sub(stream))
        answers = list(crowd.map(lambda _: sell(web, koffi, beer), range(30)))
        page.until(stream, head(stream))
        [sessions] = login.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [urlsplit(pooler).username]
        ).fetchone()

    assert answers == [201] * 30
    assert (Sale.objects.count(), shelf(beer)) == (30, [(470, 0)])
    assert 1 < sessions <= POOLED


def sell(web, member, product):
    with Till(web, member, product) as till:
        return till.sell().status_code


def test_a_session_through_the_pooler_is_the_applications_with_its_limits(login, pooler):
    assert check(pooler).returncode == 0


@pytest.mark.parametrize("setting", ["role", "lock_timeout"])
def test_a_pooler_that_swallows_a_setting_is_told_of_before_the_web_starts(setting, login, pooler):
    login.execute(f"ALTER ROLE {urlsplit(pooler).username} RESET {setting}")

    told = check(pooler)

    assert told.returncode == 1
    assert f"begin without what the application asks for: {setting}=" in told.stderr


def check(url):
    """What stands before the web in its unit, asked of a web's environment."""
    limits = {"STATEMENT": "3s", "TRANSACTION": "15s", "IDLE": "10s"}
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_APP_ROLE": APP_ROLE,
        "DATABASE_PREPARE": "0",
        "SECRET_KEY": "a-key-of-their-own-" + "7" * 40,
    }
    environment |= {f"DATABASE_{name}_TIMEOUT": value for name, value in limits.items()}
    words = [sys.executable, "manage.py", "check", "--deploy", "--database", "default", "--tag", "database"]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
