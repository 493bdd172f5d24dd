"""The figures of realtime: python -m bench.realtime deliveries|commit|idle|resume|storm [ARGUMENTS]."""

import importlib
import sys

from bench import runner

NAMES = ("deliveries", "commit", "idle", "resume", "storm")

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(__doc__)
    scenario = importlib.import_module(f"bench.realtime_{sys.argv[1]}")
    runner.main("bench.realtime", lambda: scenario.measure(*runner.numbers(*scenario.measure.__defaults__, after=1)))
