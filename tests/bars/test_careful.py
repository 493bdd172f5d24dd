"""What every command of the project does with bad input, whoever calls it."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection

from tests.books import books
from tests.sessions import session
from tests.settling import run
from tests.stack import ROOT, url_of_test_database


def manage(*arguments, **environment):
    """Exit code, output and errors of the command line on the test database."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url_of_test_database()} | environment,
        capture_output=True,
        text=True,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["create_sales", "--count", "-1"], "argument --count: -1 is not a whole number from 1 on"),
        (["simulate_sales", "--interval", "0"], "argument --interval: 0 is not a whole number from 1 on"),
        (["refresh_views", "--all"], "unrecognized arguments: --all"),
        (["import_sales", "x.csv"], "the following arguments are required: --time-zone, --currency"),
        (["create_sales", "--count", "1e9"], "argument --count: 1e9 is not a whole number from 1 on"),
        (["create_sales", "--seed", "-1"], "argument --seed: -1 is not a whole number from 0 on"),
        (["seed_demo", "now"], "unrecognized arguments: now"),
        (["create_sales", "--count", "1"], "CommandError: There is no bar yet: add the demo with manage.py seed_demo"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_1(db, arguments, why):
    assert manage(*arguments) == (1, "", f"{why}\n")


# Every command that reads or writes a bar's rows, with what it needs to begin.
COMMANDS = {
    "verify": [],
    "create_sales": ["--count", "1"],
    "simulate_sales": ["--interval", "1"],
    "refresh_views": [],
    "seed_demo": [],
    "import_catalogue": ["manage.py"],
    "import_sales": ["manage.py", "--time-zone", "Africa/Abidjan", "--currency", "XOF"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_database_the_exit_code_is_3(command, db):
    code, output, errors = manage(command, *COMMANDS[command], DATABASE_URL="postgres://nobody@127.0.0.1:1/none")

    assert (code, output, errors.count("\n")) == (3, "", 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_behind_the_code_is_refused(command, db):
    run("DELETE FROM django_migrations WHERE app = 'sales'")
    before = books()

    with pytest.raises(CommandError, match="The database is behind the code: run manage.py migrate first"):
        call_command(command, *COMMANDS[command])

    assert books() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_is_one_line_and_exit_code_130(command, db, monkeypatch, capsys):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    module = load_command_class(get_commands()[command], command)
    monkeypatch.setattr(type(module), "handle", interrupt)
    before = books()

    with pytest.raises(SystemExit) as left:
        call_command(command, *COMMANDS[command])

    assert (left.value.code, books()) == (130, before)
    assert capsys.readouterr().err == f"{module.interrupted}\n"


def test_an_error_of_the_database_is_one_line(db, monkeypatch):
    monkeypatch.setattr(
        "sales.management.commands.create_sales.find_bars", lambda slugs: connection.cursor().execute("X")
    )

    with pytest.raises(CommandError, match='^The database refused: syntax error at or near "X"$'):
        call_command("create_sales")


WHO = """
import django; django.setup()
from django.core.management.base import CommandError
from django.db import connection
from bars.management import careful
careful.ROLE = "nobody_by_that_name"
try:
    careful.leave_superuser()
except CommandError as refusal:
    print(refusal)
careful.ROLE = "bartender_app"
careful.leave_superuser()
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user, current_setting('is_superuser')")
    print(*cursor.fetchone())
"""


def test_a_command_of_a_superuser_goes_on_as_the_application_or_not_at_all(transactional_db):
    with session() as reader:
        known = reader.execute("SELECT 1 FROM pg_roles WHERE rolname = 'postgres' AND rolsuper").fetchone()
    if not known:
        pytest.skip("these servers have no superuser postgres to sign in as")
    url = urlsplit(url_of_test_database())
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(url._replace(netloc=f"postgres@{url.netloc.rpartition('@')[2]}")),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", WHO]
    told = subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    refusal, role = told.stdout.splitlines()
    assert refusal.endswith("sign in as another, or create role nobody_by_that_name")
    assert role == "bartender_app off"
