"""Processes on a machine whose clock somebody has set. Python's own looks at the clock are turned, in them alone."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import sleep

VARIABLE = "TESTS_WRONG_CLOCK"
# Python imports a module of this name before anything else.
START = f"from {__name__} import follow\nfollow()\n"


class WrongClock:
    """The clock of a machine, to be set by hours whenever one likes. The counter of the machine goes on as it does."""

    def __init__(self, folder):
        self.file = folder / "hours"
        (folder / "sitecustomize.py").write_text(START)
        path = os.pathsep.join([str(folder), str(Path(__file__).parent.parent.parent)])
        self.environment = {VARIABLE: str(self.file), "PYTHONPATH": path}
        self.set(0)

    def set(self, hours):
        written = self.file.with_suffix(".new")
        written.write_text(str(hours))
        written.replace(self.file)  # whole at any moment: it is read all the time


def follow():
    """In such a process: be as wrong as the file says, now and whenever it says otherwise."""
    told = turned(Path(os.environ[VARIABLE]))
    next(told)
    Thread(target=lambda: [sleep(0.02) for _ in told], daemon=True).start()


def turned(file):
    """Looks at the file with each step."""
    import time_machine

    shown, travel = "0", None
    while True:
        if (hours := file.read_text()) != shown:
            if travel:
                travel.stop()
            travel = time_machine.travel(datetime.now(UTC) + timedelta(hours=int(hours)), tick=True)
            travel.start()
            shown = hours
        yield
