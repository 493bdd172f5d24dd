"""Every sentence of the project that wants translating, read from its Python and its templates."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "realtime", "bars", "stock", "sales", "stats")
KEYWORDS = DEFAULT_KEYWORDS | {"gettext_lazy": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}

Message = str | tuple[str, str]


def all_messages() -> dict[Message, str]:
    """Where each message stands, by message: a text, or (singular, plural)."""
    return {message: place for path in sources() for message, place in messages_of(path)}


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from sorted(ROOT.joinpath(app).rglob("*.py"))
    yield from sorted(ROOT.joinpath("templates").rglob("*.html"))


def messages_of(path: Path) -> Iterator[tuple[Message, str]]:
    text = path.read_text(encoding="utf-8")
    is_template = path.suffix == ".html"
    # What templatize leaves of a template is calls without valid Python around them; the JavaScript reader is lenient.
    reader, code = ("javascript", templatize(text)) if is_template else ("python", text)
    for line, message, _, context in extract(reader, BytesIO(code.encode()), KEYWORDS):
        assert context is None, f"{path}:{line}: contexts are not used yet"
        yield message, f"{path.relative_to(ROOT)}:{line}"
