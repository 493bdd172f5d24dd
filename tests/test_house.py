"""What holds for the whole tree: imports, migrations, versions, and words that must not occur."""

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "stats", "sales", "stock", "bars", "realtime")
MIGRATIONS = [
    path for app in APPS for path in sorted(ROOT.glob(f"{app}/migrations/*.py")) if path.name != "__init__.py"
]


def sources(*suffixes):
    """Our own files of these kinds, without the tests (whose data is hostile on purpose)."""
    folders = [ROOT / name for name in (*APPS, "templates", "bench", "deploy")]
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in suffixes]


# Imports and migrations


def test_imports_point_one_way():
    contracts = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert contracts.returncode == 0, contracts.stdout


def test_the_models_have_no_change_without_a_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
def test_a_migration_is_named_as_a_sentence_and_imports_no_code(path):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert re.fullmatch(r"\d{4}(_[a-z0-9]+){3,}", path.stem)
    assert not re.search("auto|initial", path.stem)
    assert imported & set(APPS) == set()


# Versions (integrity §2.6)

FLOORS = {
    "django": "5.2.19",
    "channels": "4.3.2",
    "channels-redis": "4.3.0",
    "daphne": "4.2.2",
    "twisted": "26.10.0",
    "autobahn": "26.7.1",
    "h11": "0.16.0",
    "psycopg": "3.2.10",
}


def numbers(text):
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_what_is_installed_has_its_holes_closed(package, floor):
    assert numbers(version(package)) >= numbers(floor)


def test_django_is_the_long_term_series_that_we_support():
    assert numbers(version("django"))[:2] == [5, 2]


def test_the_servers_have_their_holes_closed(db):
    from django.core.cache import cache

    valkey = cache._cache.get_client().info("server")

    assert connection.pg_version >= 180004
    assert numbers(valkey.get("valkey_version", valkey["redis_version"])) >= [9, 0, 3]


# Words that must not occur (integrity C04, C40)


class Word(NamedTuple):
    pattern: str
    kinds: tuple[str, ...]
    sample: str  # what it must find, or the gate proves nothing


WORDS = [
    Word(r"csrf_exempt", (".py",), "@csrf_exempt"),
    Word(r"mark_safe", (".py",), "mark_safe(name)"),
    Word(r"\|\s*safe\b", (".html", ".txt"), "{{ name|safe }}"),
    Word(r"autoescape off", (".html", ".txt"), "{% autoescape off %}"),
    Word(r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write", (".js", ".html"), "row.innerHTML = name"),
    Word(r"createContextualFragment|\beval\(|new Function\(", (".js", ".html"), "eval(text)"),
    Word(r"cache_page", (".py",), "@cache_page(60)"),
    Word(r"\bpickle\b", (".py",), "import pickle"),
    Word(r"shell=True", (".py",), "run(line, shell=True)"),
    # The content security policy refuses what stands inline.
    Word(r"<script(?![^>]*(?:\bsrc=|application/json))", (".html",), "<script type='module'>"),
    Word(r"<style|\sstyle=|\son[a-z]+=|javascript:", (".html",), '<a onclick="sell()">'),
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.sample)
def test_c04_c40_a_dangerous_word_stands_nowhere(word):
    assert re.search(word.pattern, word.sample)
    assert [name_of(path) for path in sources(*word.kinds) if re.search(word.pattern, path.read_text())] == []


def name_of(path):
    return str(path.relative_to(ROOT))


# Sizes (style §3)


def functions_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)}: {node.name}", node.end_lineno - node.lineno + 1


def test_no_module_has_more_than_300_lines_and_no_function_more_than_40():
    ours = [path for path in sources(".py") if path.parts[-2] != "migrations" and "bench" not in path.parts]

    assert [name_of(path) for path in ours if len(path.read_text().splitlines()) > 300] == []
    assert [name for path in ours for name, lines in functions_of(path) if lines > 40] == []


def long_modules(paths):
    """Those of over 60 lines that define a custom element, or that the till is made of."""
    till = ROOT / "sales/static/sales"
    texts = {path: path.read_text() for path in paths}
    ours = [path for path in paths if path.parent == till or "customElements.define(" in texts[path]]
    return [path.name for path in ours if len(texts[path].splitlines()) > 60]


def test_no_custom_element_nor_module_of_the_till_has_more_than_60_lines(tmp_path):
    for name, lines in (("long", 60), ("short", 59)):
        (tmp_path / f"{name}.js").write_text("\n" * lines + 'customElements.define("an-element", Element);\n')

    assert long_modules(sorted(tmp_path.iterdir())) == ["long.js"]
    assert long_modules(sources(".js")) == []


def test_messages_between_processes_are_never_dropped_silently():
    """The core layer of channels_redis drops above its capacity."""
    assert settings.CHANNEL_LAYERS["default"]["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
