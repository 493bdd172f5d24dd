"""manage.py up: real runs of the whole bar, real kills."""

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded, supervisor
from config.supervisor import Child, Refusal, Supervisor, chosen_port, chosen_processes
from tests.config.programs import ROOT, Runner, processes_of, wait_until

PUBLIC = {"ALLOWED_HOSTS": "bars.example.org,127.0.0.1", "SECRET_KEY": "a-key-of-their-own-" + "7" * 40}
PROGRAMS = ("uvicorn", "manage.py relay", "config worker", "config beat", "valkey-server", "postgres")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def up(runner: Runner, **environment: str) -> tuple[subprocess.Popen, list[str]]:
    """A run that is ready, and the lines it has said."""
    process = runner.start("manage.py", "up", **{"DEMO": "0"} | environment)
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("Logs: "):
            return process, lines
    raise AssertionError(process.communicate())


def refusal(runner: Runner, *arguments: str, code: int = 1, **environment: str) -> str:
    """The one line with which a command of manage.py ends."""
    *found, errors = runner.run("manage.py", *arguments, **environment)
    assert (found, errors.count("\n")) == ([code, ""], 1), errors
    return errors.strip()


def pids(runner: Runner, words: str) -> list[int]:
    return [int(found.split()[0]) for found in processes_of(runner.folder) if words in found.replace("\0", " ")]


def health(port: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
        return response.status


def ask(runner: Runner, statement: str) -> tuple | None:
    with psycopg.connect(embedded.database_url(runner.folder)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.mark.slow
def test_ctrl_c_stops_everything_and_the_next_run_has_the_same_data(runner):
    port = free_port()
    first, lines = up(runner, PORT=port, DEMO="1")
    logins = ask(runner, "SELECT array_agg(username) FROM bars_user")[0]

    assert lines[:2] == [
        f"BarTender is starting on the data of {runner.folder}…",
        f"BarTender is ready: http://127.0.0.1:{port}",
    ]
    assert sorted(line.split()[0] for line in lines[2:-1]) == sorted(logins)
    assert health(port) == 200
    assert {program: bool(pids(runner, program)) for program in PROGRAMS} == dict.fromkeys(PROGRAMS, True)
    ask(runner, "CREATE TABLE kept AS SELECT 7 AS number")
    first.send_signal(signal.SIGINT)
    assert first.wait(30) == 0
    assert processes_of(runner.folder) == []

    second, again = up(runner, PORT=port, DEMO="1")
    assert (again, ask(runner, "SELECT number FROM kept")) == (lines, (7,))
    assert ask(runner, "SELECT array_agg(username) FROM bars_user")[0] == logins
    second.send_signal(signal.SIGHUP)
    assert second.wait(30) == 0
    assert processes_of(runner.folder) == []

    code, _, told = runner.run("manage.py", "up", PORT=port, **PUBLIC)
    assert (code, told.count("\n")) == (1, 1)
    assert told.startswith("ALLOWED_HOSTS names another host than this machine, and everybody knows the password of ")
    assert all(name in told for name in logins)


@pytest.mark.slow
def test_kill_9_leaves_nothing_behind_and_the_next_run_starts(runner):
    port = free_port()
    up(runner, PORT=port)[0].kill()

    second, _ = up(runner, PORT=port)
    assert health(port) == 200

    second.kill()
    wait_until(lambda: not processes_of(runner.folder), 10)


@pytest.mark.slow
def test_what_dies_is_named_and_started_again(runner):
    port = free_port()
    run, _ = up(runner, PORT=port)
    [relay], [valkey] = pids(runner, "manage.py relay"), pids(runner, "valkey-server")

    for name, pid in (("relay", relay), ("valkey", valkey)):
        os.kill(pid, signal.SIGKILL)
        log = runner.folder / "logs" / f"{name}.log"
        assert run.stdout.readline() == f"{name} stopped and starts again in 0.5 s: see {log}\n"

    wait_until(lambda: set(pids(runner, "manage.py relay")) - {relay} and set(pids(runner, "valkey-server")) - {valkey})
    assert health(port) == 200


@pytest.mark.slow
def test_several_web_processes_share_the_port_and_one_that_dies_is_missed_by_nobody(runner):
    """And whoever serves another host than this machine gets nobody of the demo."""
    port = free_port()
    run, _ = up(runner, PORT=port, PROCESSES="3", DEMO="1", **PUBLIC)
    assert ask(runner, "SELECT count(*) FROM bars_user") == (0,)
    webs = pids(runner, "uvicorn")
    assert len(webs) == 3

    os.kill(webs[0], signal.SIGKILL)
    assert [health(port) for _ in range(50)] == [200] * 50
    assert "stopped and starts again" in run.stdout.readline()
    wait_until(lambda: len(pids(runner, "uvicorn")) == 3 and webs[0] not in pids(runner, "uvicorn"))

    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 0
    assert processes_of(runner.folder) == []


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "1.5", "٣"])
def test_a_number_of_processes_that_is_none_is_named(text):
    with pytest.raises(Refusal, match=f"PROCESSES={text}: choose a number from 1 to 64"):
        chosen_processes(text)


@pytest.mark.slow
def test_a_data_folder_is_run_once_and_another_beside_it(runner, neighbour):
    port = free_port()
    up(runner, PORT=port)

    said = refusal(runner, "up", PORT=free_port())
    beside, _ = up(neighbour, PORT=free_port())

    assert said == f"BarTender is already running at http://127.0.0.1:{port} on the data of {runner.folder}"
    assert (health(port), beside.poll()) == (200, None)


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path / "a neighbour's data")
    try:
        yield runner
    finally:
        runner.clean()


def test_a_taken_port_is_named_before_anything_starts(runner):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(runner, "up", PORT=str(port))

    assert said == f"Port {port} is taken by another program: choose another, PORT={port + 1} make run"
    assert [path.name for path in runner.folder.iterdir()] == ["up.lock"]


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "8000.5", "eight", "٣٠٠٠"])
def test_a_port_that_is_none_is_named(text):
    with pytest.raises(Refusal, match=f"PORT={text} is no port"):
        chosen_port(text)


def test_a_run_with_nonsense_for_a_port_says_so(runner):
    assert "eight" in refusal(runner, "up", PORT="eight")
    assert not runner.folder.exists()


def test_other_commands_say_that_the_database_is_not_running(runner):
    said = refusal(runner, "migrate", code=3)

    assert said == f"The database is not running at {runner.folder}/postgres: start it with `make run`"


def test_a_wrong_python_is_named(runner):
    script = "import runpy, sys; sys.version_info = (3, 10, 14); runpy.run_path('manage.py', run_name='__main__')"

    assert runner.run("-c", script) == (1, "", "BarTender needs Python 3.11 or later; this is Python 3.10\n")


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("exit 1", "BarTender needs Python 3.11 or later"),
        ("[[ $2 != *ensurepip* ]]", "lacks venv: install it (on Debian and Ubuntu: apt install python3-venv)"),
        ("[[ $2 != *musl* ]]", "There is no Postgres wheel for musl (Alpine)"),
    ],
)
def test_make_names_what_python_lacks_and_installs_nothing(tmp_path, python, line):
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "python").write_text(f"#!/usr/bin/env bash\n{python}\n")
    (tmp_path / "python").chmod(0o755)

    done = subprocess.run(
        ["make", "--no-print-directory", "PYTHON=./python", "run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_a_program_that_keeps_dying_ends_the_run_with_the_end_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "ROUND_SECONDS", 0.01)
    said = []
    unlucky = Child("unlucky", ["-c", "raise SystemExit('no luck')"], logs=tmp_path, environment={})

    with pytest.raises(Refusal, match=r"unlucky keeps stopping(.|\n)*ends with:\n(no luck\n){4}no luck"):
        Supervisor([], [unlucky], said.append).start(int(free_port()))

    assert said == [f"unlucky stopped and starts again in 0.01 s: see {tmp_path}/unlucky.log"] * 4
