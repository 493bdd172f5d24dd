"""Translations are compiled by us: no machine need have gettext's programs."""

import gettext
import os

import pytest

from config.translations import compile_translations


@pytest.fixture
def source(tmp_path):
    source = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Sold"\nmsgstr "Vendu à"\n'
    )
    return source


def test_a_translation_is_compiled_and_nothing_else_is_left(tmp_path, source):
    compiled = source.with_suffix(".mo")

    assert compile_translations(tmp_path) == [compiled]

    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]
    assert gettext.translation("django", tmp_path / "locale", ["fr"]).gettext("Sold") == "Vendu à"


def test_only_what_has_changed_is_compiled_again(tmp_path, source):
    compile_translations(tmp_path)
    assert compile_translations(tmp_path) == []

    later = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (later, later))

    assert compile_translations(tmp_path) == [source.with_suffix(".mo")]


def test_one_word_is_compiled_once_per_context(tmp_path, source):
    plain, with_context = 'msgid "open"\nmsgstr "ouvert"\n', 'msgctxt "day"\nmsgid "open"\nmsgstr "ouverte"\n'
    source.write_text(f"{source.read_text()}\n{plain}\n{with_context}")

    compile_translations(tmp_path)

    french = gettext.translation("django", tmp_path / "locale", ["fr"])
    assert (french.gettext("open"), french.pgettext("day", "open")) == ("ouvert", "ouverte")
