"""A second look at what failed in a run of everything: `python -m tests.once_more EXIT_CODE`.

Ten thousand tests beside real servers on two busy processors: one that waits for a server may wait too long. A few of
those are run once more, alone, as CPython's own suite does; what fails twice has failed, and what passed the second
time is named, loudly, to be mended. Of money, stock and figures nothing is run twice: there a test that fails now and
then has found something.
"""

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(__file__).resolve().parent.parent / ".pytest_cache/v/cache/lastfailed"
WAIT_FOR_SERVERS = ("tests/browser/", "tests/config/", "tests/deploy/", "tests/faults/", "tests/realtime/")
MOST = 3
SOME_FAILED = 1  # pytest's exit code


def final(failed):
    """Those of the failed whose failure stands: all of them where more than a few failed."""
    return failed if len(failed) > MOST else [name for name in failed if not name.startswith(WAIT_FOR_SERVERS)]


def main(exit_code, failed):
    if exit_code != SOME_FAILED or not failed or final(failed):
        return exit_code
    again = subprocess.run([sys.executable, "-m", "pytest", *failed], check=False).returncode
    print("Some failed again of:" if again else "FAILED ONCE, and passed alone:", *failed, sep="\n  ", flush=True)
    return again


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), list(json.loads(FAILED.read_text())) if FAILED.exists() else []))
