"""Every sentence of the project that wants translating, read from its Python and its templates."""

import ast
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "realtime", "bars", "stock", "sales", "stats")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}

# A context or None; a text, or (singular, plural).
Message = tuple[str | None, str | tuple[str, str]]


@cache
def all_messages() -> dict[Message, str]:
    """Where each message stands, by message."""
    return {message: place for path in sources() for message, place in messages_of(path)}


def sources() -> Iterator[Path]:
    yield from python_sources()
    yield from sorted(ROOT.joinpath("templates").rglob("*.html"))


def python_sources() -> Iterator[Path]:
    for app in APPS:
        yield from sorted(ROOT.joinpath(app).rglob("*.py"))


def messages_of(path: Path) -> Iterator[tuple[Message, str]]:
    text = path.read_text(encoding="utf-8")
    is_template = path.suffix == ".html"
    # What templatize leaves of a template is calls without valid Python around them; the JavaScript reader is lenient.
    reader, code = ("javascript", templatize(text)) if is_template else ("python", text)
    for line, message, _, context in extract(reader, BytesIO(code.encode()), KEYWORDS):
        yield (context, message), f"{path.relative_to(ROOT)}:{line}"


def unread_calls() -> list[str]:
    """Calls whose text the reader can't see: under a name that it doesn't know, or without the text in them.

    Only `gettext` by its whole name may be given a text that stands elsewhere, in a row of the database.
    """
    return [f"{path.relative_to(ROOT)}:{line}" for path in python_sources() for line in _unread_calls_of(path)]


def _unread_calls_of(path: Path) -> Iterator[int]:
    text = path.read_text(encoding="utf-8")
    if "django.utils.translation" not in text:
        return
    tree = ast.parse(text)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imports = [node for node in found if node.module == "django.utils.translation"]
    names = {name.asname or name.name for node in imports for name in node.names if "gettext" in name.name}
    if unknown := names - set(KEYWORDS):
        yield from (node.lineno for node in imports if unknown & {name.asname or name.name for name in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names - {"gettext"}:
            texts = node.args[:-1] if node.func.id.startswith("n") else node.args
            if not all(isinstance(text, ast.Constant) for text in texts):
                yield node.lineno
