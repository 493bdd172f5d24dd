"""Data folders on which a test may start real programs. Whatever it starts is gone when it ends."""

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.server_account import is_open_to_others
from tests.config.programs import ROOT, Runner


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """Programs of the user who runs the tests."""
    runner = Runner(tmp_path / "data")
    try:
        yield runner
    finally:
        runner.clean()


def others_python() -> str:
    """A Python that any user can run. Root's own may lie under /root."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        real = Path(candidate).resolve()
        if real.exists() and is_open_to_others(real) and is_open_to_others(ROOT):
            return str(real)
    pytest.skip("needs a Python and a clone that another user can read")


@pytest.fixture
def ordinary() -> Iterator[Runner]:
    """Programs of an ordinary user: where the tests run as root, of nobody."""
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    runner = Runner(folder / "data")
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
            runner.python = [others_python()]
            runner.options = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            runner.environment |= {"PYTHONPATH": sysconfig.get_path("purelib"), "HOME": str(folder)}
        yield runner
    finally:
        runner.clean()
        shutil.rmtree(folder)
