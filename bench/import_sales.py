"""Lines of real sales imported a second, every trigger on and every invariant checked after it, beside a bare COPY."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import runner

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT.parent / "shared" / "data" / "drink_baskets_10_stores.csv"
OWNER = "importer"
OPTIONS = ("--time-zone", "America/New_York", "--currency", "USD", "--skipped-times", "shift", "--owner", OWNER)
BARE = """
CREATE TEMP TABLE bare (store_id text, basket_id text, sold_at timestamp, product_id text, name text, category text,
                        quantity integer, price numeric)
"""


def manage(*arguments: str) -> str:
    """What a command prints; one that fails ends the bench."""
    command = [sys.executable, "manage.py", *arguments]
    ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{ran.stdout}{ran.stderr}")
    return ran.stdout.strip()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plain_copy() -> None:
    """The same lines as they are, into a table without keys, checks or triggers."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE)
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(FILE.read_bytes())
        cursor.execute("DROP TABLE bare")


def import_file() -> None:
    said = manage("import_sales", str(FILE), *OPTIONS)
    print(f"import: {said}", flush=True)
    if "Nothing new" in said:
        sys.exit("This database has the baskets already: the bench needs a fresh one")


def measure() -> dict[str, Any]:
    from bars.models import User

    if not FILE.exists():
        sys.exit(f"There are no baskets to import: {FILE} is missing")
    User.objects.get_or_create(username=OWNER)
    lines = FILE.read_bytes().count(b"\n") - 1
    bare = seconds(plain_copy)
    whole = seconds(import_file)
    print(f"again: {manage('import_sales', str(FILE), *OPTIONS)}")
    checking = seconds(lambda: print(f"verify: {manage('verify').splitlines()[-1]}"))
    print(f"the whole command, with Python's start: {whole:.2f} s; plain COPY: {bare:.3f} s; verify: {checking:.2f} s")
    return {
        "figure": "import_sales",
        "value": round(lines / whole),
        "unit": "lines/s",
        "target": 1000,
        "floor": round(lines / bare),
    }


if __name__ == "__main__":
    runner.main("bench.import_sales", measure)
