"""The files of deploy/ against the programs that they are for."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.supervisor import HOST, children
from tests import factories
from tests.deploy.units import BACKUPS, DEPLOY, UNITS, command, example_environment, unit
from tests.stack import ROOT, url_of_test_database

OWN = {"SECRET_KEY": "a-key-of-their-own-" + "7" * 40}


def own_words():
    """The command of each program as `make run` starts it."""
    return {child.name: child._argv[1:] for child in children(8001, logs=Path(), environment={})}


@pytest.mark.parametrize("name", ["web", "relay", "worker", "beat"])
def test_a_unit_runs_what_make_run_runs(name):
    file = f"bartender-{name}@.service" if name in ("web", "relay") else f"bartender-{name}.service"

    assert command(file, instance="8001") == own_words()[name]


def test_the_containers_run_what_make_run_runs():
    words = " ".join((DEPLOY / "compose.yaml").read_text().split())
    web, *others = (" ".join(own_words()[name]) for name in ("web", "relay", "worker", "beat"))

    assert f"python {web.partition(f'--host {HOST}')[0]}--host 0.0.0.0 --port 8000" in words
    assert [other for other in others if f"python {other}" not in words] == []


def test_every_unit_is_restarted_and_may_write_nowhere_but_in_its_folder():
    for file in UNITS:
        service = unit(file.name)["Service"]
        assert (service["Restart"], service["ProtectSystem"], service["User"]) == ("always", "strict", "bartender")
        assert service["ReadWritePaths"] == example_environment()["DATA_DIR"]


def test_the_target_wants_every_unit_and_as_many_web_processes_as_nginx_knows():
    wanted = re.findall(r"bartender-[\w@]+\.service", (DEPLOY / "systemd/bartender.target").read_text())
    known = re.findall(r"server 127\.0\.0\.1:(\d+)", (DEPLOY / "nginx/bartender.conf").read_text())

    assert {name.partition("@")[0].removesuffix(".service") for name in wanted} == {
        file.name.partition("@")[0].removesuffix(".service") for file in UNITS
    }
    assert [name for name in wanted if "web" in name] == [f"bartender-web@{port}.service" for port in known]


def test_the_units_of_backups_write_beside_the_data_alone_and_into_one_folder():
    folder = f"{example_environment()['DATA_DIR']}/backups"
    for name, verb in (("wal", "receive_wal"), ("backup", "backup")):
        file = f"backup/bartender-{name}.service"
        service = unit(file)["Service"]
        assert command(file) == ["manage.py", verb, folder]
        assert (service["User"], service["ProtectSystem"]) == ("bartender", "strict")
        assert service["ReadWritePaths"] == example_environment()["DATA_DIR"]
    assert f"manage.py receive_wal {folder}" in (DEPLOY / "compose.yaml").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_every_unit():
    """What they run stands in /srv/bartender, which isn't here: of that alone it may complain."""
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *UNITS, *BACKUPS, DEPLOY / "systemd/bartender.target"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    complaints = [line for line in run.stderr.splitlines() if "bartender" in line]

    assert [line for line in complaints if "is not executable" not in line and "Unit " not in line] == []


def settings_with(**environment):
    """How the settings answer to an environment: the exit code of a check, and what it says."""
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--database", "default"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": url_of_test_database()} | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return run.returncode, run.stderr


def deployed():
    """The example as somebody fills it in, on the servers of the tests."""
    given = {name: value for name, value in example_environment().items() if not name.endswith("_URL")}
    return given | OWN | {"DATA_DIR": os.environ["DATA_DIR"]}


@pytest.mark.django_db(transaction=True)
def test_the_example_filled_in_passes_the_check_of_a_deployment():
    assert settings_with(**deployed()) == (0, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault", [{"SECRET_KEY": ""}, {"SECRET_KEY_FALLBACKS": "demo-only-never-in-production-" + "0" * 32}]
)
def test_no_other_host_is_served_with_the_secret_of_the_demo(fault):
    given = deployed() | fault
    if not given["SECRET_KEY"]:
        del given["SECRET_KEY"]
    code, said = settings_with(**given)

    assert code == 1
    assert "SECRET_KEY: set your own before serving any host but this machine" in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["DATABASE_CORES", "PRICE_MONTH"])
def test_a_number_that_is_none_is_refused_with_its_name(name):
    code, said = settings_with(**deployed(), **{name: "many"})

    assert (code, said) == (1, f"Wrong setting: {name}=many: it must be a number\n")


@pytest.mark.django_db(transaction=True)
def test_a_person_of_the_demo_with_the_password_of_the_readme_stops_a_deployment():
    yao = factories.user("yao")
    yao.set_password("bartender")
    yao.save()
    code, said = settings_with(**deployed())
    assert (code, "Everybody knows the password of yao" in said) == (1, True)

    yao.set_password("another one")
    yao.save()
    assert settings_with(**deployed()) == (0, "")
