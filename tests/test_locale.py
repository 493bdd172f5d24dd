"""Nothing that people read is left untranslated, and nothing is translated that nobody reads."""

import polib
import pytest

from tests.messages import ROOT, all_messages

FRENCH = polib.pofile(str(ROOT / "locale/fr/LC_MESSAGES/django.po"))


def key(entry):
    return (entry.msgid, entry.msgid_plural) if entry.msgid_plural else entry.msgid


def texts(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_every_message_has_its_french():
    translated = {key(entry) for entry in FRENCH if all(texts(entry)) and not entry.fuzzy}

    assert {message: place for message, place in all_messages().items() if message not in translated} == {}


def test_every_french_text_is_used():
    assert [key(entry) for entry in FRENCH if key(entry) not in all_messages()] == []


@pytest.mark.parametrize("entry", FRENCH, ids=lambda entry: entry.msgid[:40])
def test_places_are_kept(entry):
    """{name} and %(name)s come through, or the sentence loses its facts."""
    import re

    def places(text):
        return set(re.findall(r"\{\w+\}|%\(\w+\)s", text))

    assert [places(text) for text in texts(entry)] == [places(entry.msgid)] * len(texts(entry))
