"""What people type: one spelling for what looks alike, and nothing that hides."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ninja import Field, Schema
from pydantic import ValidationError

from bars.texts import CleanLines, CleanText, clean, clean_lines, plain

pytestmark = pytest.mark.usefixtures("english")

KEPT = {
    "plain": ("Beaufort", "Beaufort"),
    "blanks around it": (" \t Beaufort \r\n", "Beaufort"),
    "blanks inside": ("Castel  \u00a0 33", "Castel 33"),
    "two spellings of é": ("Cafe\u0301", "Café"),
    "an emoji": ("Bière 🍺", "Bière 🍺"),
    "a family": ("👨‍👩‍👧", "👨‍👩‍👧"),
    "a burning heart": ("❤️‍🔥", "❤️‍🔥"),
    "a flag": ("🇧🇯", "🇧🇯"),
    "Persian": ("می‌خواهم", "می‌خواهم"),
    "Hindi": ("क्‍ष", "क्‍ष"),
    "Yoruba": ("ọ̀jọ̀gbọ́n", unicodedata.normalize("NFC", "ọ̀jọ̀gbọ́n")),
    "markup": ("<img onerror=x> {{7*7}} ');DROP ${jndi:x}", "<img onerror=x> {{7*7}} ');DROP ${jndi:x}"),
    "nothing": ("", ""),
    "eight marks": ("a" + "\u0323" * 8, "ạ" + "\u0323" * 7),
}


@pytest.mark.parametrize(("typed", "kept"), KEPT.values(), ids=KEPT)
def test_a_text_is_kept_in_one_spelling(typed, kept):
    assert clean(typed) == kept


REFUSED = {
    "NUL": ("a\0", "control"),
    "a tab": ("a\tb", "control"),
    "a line break": ("a\nb", "control"),
    "escape": ("\x1b[31mred", "control"),
    "C1": ("a\x85b", "control"),
    "a line separator": ("a\u2028b", "control"),
    "half a character": ("a\ud83c", "half a character"),
    "no character": ("a\uffff", "no character"),
    "turned round": ("a\u202egnp.exe", "direction"),
    "isolated": ("a\u2066b", "direction"),
    "zero width": ("Beau\u200bfort", "invisible"),
    "a byte order mark": ("\ufeffBeaufort", "invisible"),
    "a soft hyphen": ("Beau\u00adfort", "invisible"),
    "a joiner in Latin": ("Beau\u200dfort", "invisible"),
    "a joiner at the end": ("Beaufort\u200d", "invisible"),
    "a tag": ("Beaufort\U000e0041", "invisible"),
    "a filler": ("\u3164", "invisible"),
    "nine marks": ("a" + "\u0301" * 9, "marks"),
    "10,001 characters": ("a" * 10_001, "10000 characters"),
}


@pytest.mark.parametrize(("typed", "why"), REFUSED.values(), ids=REFUSED)
def test_a_text_that_hides_something_is_refused_in_a_sentence(typed, why):
    with pytest.raises(ValueError, match=why):
        clean(typed)


def test_a_note_keeps_its_lines():
    assert clean_lines("  two broken \r\n\r\n one\tlost \n") == "two broken\n\none lost"
    with pytest.raises(ValueError, match="control"):
        clean_lines("a\rb")


@given(st.text(st.characters(codec=None), max_size=40))
def test_what_is_kept_is_kept_as_it_is(text):
    try:
        kept = clean(text)
    except ValueError:
        return
    assert clean(kept) == kept == unicodedata.normalize("NFC", kept)
    assert "\0" not in kept.encode().decode()


def test_a_pile_of_marks_costs_no_time():
    started = time.perf_counter()

    with pytest.raises(ValueError, match="characters"):
        clean("\u0301\u0323" * 500_000)

    assert time.perf_counter() - started < 0.1


class Named(Schema):
    name: CleanText = Field(min_length=1, max_length=5)
    note: CleanLines = Field("", max_length=9)


@pytest.mark.parametrize("name", ["e\u0301" * 5, "  abcde  ", "🍺" * 5])
def test_a_limit_counts_the_characters_that_are_kept(name):
    assert len(Named(name=name).name) == 5


@pytest.mark.parametrize("name", ["e\u0301" * 6, "abcdef", "", "   ", 5, None, True])
def test_a_field_is_a_text_within_its_limits(name):
    with pytest.raises(ValidationError):
        Named(name=name)


@pytest.mark.parametrize(
    ("text", "bare"), [("Bière", "biere"), ("BIE\u0300RE", "biere"), ("Ça Va", "ca va"), ("Việt", "viet"), ("33", "33")]
)
def test_accents_and_capitals_make_no_difference_to_a_search(text, bare):
    assert plain(text) == bare
