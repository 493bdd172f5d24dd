"""Nothing that people read is left untranslated, and nothing is translated that nobody reads."""

import re

import polib
import pytest
from django.utils.translation import override

from bars.models import Bar
from sales.models import Consignment, Return, Sale
from tests.messages import ROOT, all_messages, unread_calls

FRENCH = polib.pofile(str(ROOT / "locale/fr/LC_MESSAGES/django.po"))


def key(entry):
    text = (entry.msgid, entry.msgid_plural) if entry.msgid_plural else entry.msgid
    return entry.msgctxt, text


def texts(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_every_message_has_its_french():
    translated = {key(entry) for entry in FRENCH if all(texts(entry)) and not entry.fuzzy}

    assert {message: place for message, place in all_messages().items() if message not in translated} == {}


def test_every_french_text_is_used():
    assert [key(entry) for entry in FRENCH if key(entry) not in all_messages()] == []


def test_no_message_is_hidden_from_these_tests():
    assert unread_calls() == []


def test_a_message_has_one_french():
    keys = [key(entry) for entry in FRENCH]

    assert [one for one in set(keys) if keys.count(one) > 1] == []


@pytest.mark.parametrize("entry", FRENCH, ids=lambda entry: entry.msgid[:40])
def test_places_are_kept(entry):
    """{name}, %(name)s and %(name)d come through, or the sentence loses its facts."""

    def places(text):
        return set(re.findall(r"\{\w+\}|%\(\w+\)[sd]", text))

    english = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
    assert [places(text) for text in texts(entry)] == [places(text) for text in english]


def test_french_is_set_as_it_is_printed():
    """A typographic apostrophe, and spaces that don't break before : ; ! ? and inside « »."""
    wrong = re.compile(r"'|(?<![\s\d/])[;!?]|[^\s\d*]:(?!/)| [:;!?»]|« ")

    assert [text for entry in FRENCH for text in texts(entry) if wrong.search(text)] == []


def test_a_status_agrees_with_what_has_it():
    """A sale is feminine, a return masculine: one English word, two French ones."""
    with override("fr"):
        told = [str(status.label) for status in (Sale.Status.REJECTED, Return.Status.REJECTED)]
        active = [str(Consignment.Status.ACTIVE.label), str(Bar._meta.get_field("is_active").verbose_name)]

    assert (told, active) == (["refusée", "refusé"], ["en cours", "actif"])
