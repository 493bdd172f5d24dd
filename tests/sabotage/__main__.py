"""Proof that the tests can fail: take one control away at a time, and require that its tests turn red.

python -m tests.sabotage [--quick] [--list] [ID…]

In a copy of the tree, on servers of its own; ID is that of a control or its beginning. The tests run untouched first,
where they must be green; --quick leaves that out. Exit code 1 where a test stays green without its control.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from config.embedded import ROOT, servers, temporary_folder
from config.processes import stop_on_signals
from tests.sabotage.control import Control, Edit, Statement
from tests.sabotage.table import CONTROLS

TEMPLATE, SPOILT = "bars_template", "bars_spoilt"
TIMEOUT = 120  # seconds of one test
RED = 1  # pytest's code where tests ran and some failed


def main() -> int:
    asked = arguments()
    if asked.list:
        print("\n".join(f"{one.id:14} {one.what}" for one in asked.controls))
        return 0
    stop_on_signals()
    with temporary_folder() as folder, servers(folder, temporary=True) as running:
        os.environ.update({one.variable: one.url for one in running}, DATA_DIR=str(folder), TEST_TEMPLATE=TEMPLATE)
        workshop = Workshop(folder / "tree")
        green = asked.quick or workshop.is_green(asked.controls)
        seen = [show(workshop, one) for one in asked.controls] if green else []
    print(f"{seen.count('red')} of {len(asked.controls)} controls: without each, its tests fail")
    return 0 if seen.count("red") == len(asked.controls) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.sabotage", description=__doc__.partition("\n")[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="a control or a beginning of some; without it, all")
    parser.add_argument("--quick", action="store_true", help="don't run the tests untouched first")
    parser.add_argument("--list", action="store_true", help="name the controls and run nothing")
    asked = parser.parse_args()
    asked.controls = [one for one in CONTROLS if not asked.ids or one.id.startswith(tuple(asked.ids))]
    if not asked.controls:
        parser.error("no control is called so: --list names them")
    return asked


def show(workshop: "Workshop", one: Control) -> str:
    began = time.monotonic()
    verdict = workshop.verdict_without(one)
    print(f"{verdict.split(':')[0]:6} {one.id:14} {one.what} ({time.monotonic() - began:.0f} s)", flush=True)
    if verdict != "red":
        print(f"       {verdict}", flush=True)
    return verdict


class Workshop:
    """A copy of the tree, and a database migrated by it."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.edits = 0
        copy_tree(tree)
        execute("postgres", f"CREATE DATABASE {TEMPLATE}")
        migrated = os.environ | {"DATABASE_URL": address_of(TEMPLATE)}
        self._python("manage.py", "migrate", "--verbosity", "0", env=migrated, check=True)
        self._python("-c", "from config.translations import compile_translations as c; c()", check=True)

    def is_green(self, controls: Sequence[Control]) -> bool:
        """Whether all tests pass while nothing is taken away."""
        for tests in {one.tests for one in controls if "-k" in one.tests} | {plain_tests(controls)}:
            if tests and (ran := self.run(tests)).returncode:
                print(f"Not green with every control in place:\n{ran.stdout[-3000:]}")
                return False
        return True

    def verdict_without(self, control: Control) -> str:
        """`red`, or what is wrong."""
        try:
            with self.taken_away(control.without):
                ran = self.run(control.tests)
        except (LookupError, psycopg.Error) as error:
            return f"error: {error}"
        if ran.returncode == RED and re.search(r"\d+ failed", ran.stdout):
            return "red"
        return "green: its tests pass without it" if not ran.returncode else f"error: {ran.stdout[-1500:]}"

    @contextmanager
    def taken_away(self, without: Edit | Statement) -> Iterator[None]:
        """Raises LookupError where the text isn't there, or more than once; psycopg.Error where the object isn't."""
        if isinstance(without, Statement):
            execute("postgres", f"DROP DATABASE IF EXISTS {SPOILT}", f"CREATE DATABASE {SPOILT} TEMPLATE {TEMPLATE}")
            execute(SPOILT, without.sql)
            os.environ["TEST_TEMPLATE"] = SPOILT
            try:
                yield
            finally:
                os.environ["TEST_TEMPLATE"] = TEMPLATE
            return
        path = self.tree / without.file
        before = path.read_text()
        if before.count(without.old) != 1:
            raise LookupError(f"{without.file} has {before.count(without.old)} times: {without.old.strip()}")
        self._write(path, before.replace(without.old, without.new))
        try:
            yield
        finally:
            self._write(path, before)

    def _write(self, path: Path, text: str) -> None:
        """With a time of its own: Python compiles again what is newer than it knows, by whole seconds."""
        self.edits += 1
        path.write_text(text)
        moment = time.time() + 2 * self.edits
        os.utime(path, (moment, moment))

    def run(self, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return self._python("-m", "pytest", "-x", "-p", "no:cacheprovider", f"--timeout={TIMEOUT}", *tests)

    def _python(
        self, *arguments: str, check: bool = False, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [str(self.tree / ".venv/bin/python"), *arguments]
        return subprocess.run(command, cwd=self.tree, capture_output=True, text=True, check=check, env=env)


def plain_tests(controls: Sequence[Control]) -> tuple[str, ...]:
    """Those that can be run together, each once."""
    return tuple(dict.fromkeys(test for one in controls if "-k" not in one.tests for test in one.tests))


def copy_tree(tree: Path) -> None:
    """What git knows of and what it may yet learn; the installed packages by a link."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        source = ROOT / name
        if name and source.is_file() and not source.is_symlink():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, tree / name)
    (tree / ".venv").symlink_to(Path(sys.prefix))


def address_of(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


def execute(database: str, *statements: str) -> None:
    with psycopg.connect(address_of(database), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


if __name__ == "__main__":
    sys.exit(main())
