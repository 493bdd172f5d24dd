"""Writes docs/controls.md: for each invariant, control and fault its tests, or why there is none.

python -m tests.controls

Read from the names of the tests: `test_i05_c11_…` shows I05 and C11. Titles and reasons stand in controls.toml.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "controls.md"
LIST = Path(__file__).with_name("controls.toml")
TOKEN = re.compile(r"[cif]\d\d")
INTRODUCTION = """\
# Invariants, controls and faults

Written by `python -m tests.controls` from the names of the tests; a test fails where this page is another. I: what is
always true, checked by `manage.py verify`. C: what protects it. F: what may go wrong meanwhile.

"""


def tests() -> Iterator[tuple[str, str, list[str]]]:
    """File, sentence and ids of each test that names an id."""
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                words = node.name.split("_")[1:]
                ids = [word for word in words if TOKEN.fullmatch(word)]
                if ids:
                    yield str(path.relative_to(ROOT)), " ".join(word for word in words if word not in ids), ids
            yield from _sabotage(path, node)


def _sabotage(path: Path, node: ast.AST) -> Iterator[tuple[str, str, list[str]]]:
    """The keys of SABOTAGE, each of which is a test."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and ast.unparse(node.targets[0]) == "SABOTAGE":
        for key in map(ast.literal_eval, (key for key in node.value.keys if key)):
            yield str(path.relative_to(ROOT)), f"sabotage of “{key[1]}…” is found", [key[0].lower()]


def shown() -> dict[str, dict[str, list[str]]]:
    """Sentences by id and file."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file, sentence, ids in tests():
        for one in ids:
            found[one.upper()][file].append(sentence)
    return found


def page() -> str:
    listed, found = tomllib.loads(LIST.read_text()), shown()
    lines = [INTRODUCTION]
    for one, (title, reason) in listed.items():
        lines.append(f"**{one}** {title}\n")
        lines += [
            f"- {file.removeprefix('tests/')}: {'; '.join(names)}\n" for file, names in sorted(found[one].items())
        ]
        lines += [f"- {reason}\n"] if reason else []
        lines.append("\n")
    return "".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
