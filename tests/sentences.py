"""Every sentence by which the project refuses, read from its Python: those that gettext is not asked for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import config.api  # noqa: F401 - every refusal is declared by now
from config.problems import problems_below
from realtime.errors import Problem
from tests.messages import APPS, ROOT, python_sources

GETTEXT = {"_", "gettext", "ngettext", "pgettext", "lazy"}
# Only commands say these, and commands speak English; the client is a program's, without Django.
ENGLISH = ("sales/simulation.py", "sales/seeding.py", "sales/basket_file.py", "sales/importing.py", "realtime/client/")
ENGLISH_MODULES = tuple(path.removesuffix(".py") for path in ENGLISH)
# Where a ValueError's words reach people, by pydantic or as a fault of a file.
SPOKEN = ("/schemas", "bars/days.py", "bars/texts.py", "stock/files/")


def all_problems() -> list[type[Problem]]:
    """Those that people of a bar may be told."""
    ours = [one for one in problems_below(Problem) if one.__module__.split(".")[0] in APPS]
    return [Problem, *(one for one in ours if not one.__module__.replace(".", "/").startswith(ENGLISH_MODULES))]


def untranslated() -> list[str]:
    """path:line of each title and detail that is not looked up in the reader's language."""
    problems = {one.__name__ for one in all_problems()}
    told = [path for path in python_sources() if not str(path.relative_to(ROOT)).startswith(ENGLISH)]
    return [
        f"{path.relative_to(ROOT)}:{line}"
        for path in told
        if "migrations" not in path.parts
        for line in untranslated_in(path.read_text(encoding="utf-8"), problems, is_spoken(path))
    ]


def is_spoken(path: Path) -> bool:
    return any(part in str(path.relative_to(ROOT)) for part in SPOKEN)


def untranslated_in(text: str, problems: set[str], is_spoken: bool) -> list[int]:
    """Lines of a module whose refusals hold words outside of gettext; a ValueError counts where it is spoken."""
    tree = ast.parse(text)
    telling = problems | {"Fault"} | ({"ValueError"} if is_spoken else set())
    sentences = [*titles(tree, problems), *details(tree, telling)]
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            named = {one.id for one in map(without_facts, details(scope, telling)) if isinstance(one, ast.Name)}
            sentences += [value for name, value in assigned(scope) if name in named]
    return sorted({one.lineno for one in sentences if has_words(one)})


def titles(tree: ast.AST, problems: set[str]) -> Iterator[ast.expr]:
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and problems & {kind.name}:
            yield from (value for name, value in assigned(kind) if name == "title")


def details(tree: ast.AST, telling: set[str]) -> Iterator[ast.expr]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in telling:
            yield from call.args


def assigned(scope: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(scope):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value
        for target in node.targets if isinstance(node, ast.Assign) else ():
            names, values = (target.elts, node.value.elts) if is_tuple(target, node.value) else ([target], [node.value])
            yield from ((name.id, value) for name, value in zip(names, values, strict=True) if is_name(name))


def is_tuple(target: ast.expr, value: ast.expr) -> bool:
    return isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)


def without_facts(node: ast.expr) -> ast.expr:
    return node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) else node


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def has_words(node: ast.AST) -> bool:
    """Letters in a text that no gettext is asked for; the facts behind % and in a look-up are no sentences."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(map(str.isalpha, node.value))
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", "")
        return name not in GETTEXT and any(has_words(one) for one in node.args if name in ("format_lazy", "str"))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return has_words(node.left)
    if isinstance(node, ast.Subscript | ast.Compare):
        return False
    return any(has_words(child) for child in ast.iter_child_nodes(node))
