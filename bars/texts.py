"""Text that people type, as it is kept: one spelling for what looks alike, and nothing that hides. Pure."""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import BeforeValidator

MOST_CHARACTERS = 10_000  # before any work is done on a text; each field says its own limit
MOST_MARKS = 8  # accents on one letter: no script piles up more

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
HALVES = re.compile(r"[\ud800-\udfff]")  # of a character beyond 16 bits, which no encoding takes alone
NO_CHARACTERS = re.compile(
    "[\ufdd0-\ufdef" + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF)) + "]"
)
# What turns the line round or takes no room: two names would look alike and not be the same.
DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
INVISIBLES = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners make one sign of several emojis, and shape Persian and Indic words; between other letters they only hide.
SHAPED = r"[\u0590-\u1dff\u2190-\u2bff\u3030-\u303f\ufb1d-\ufefe\U00010000-\U0001ffff]"
LOOSE_JOINERS = re.compile(rf"(?<!{SHAPED})[\u200c\u200d]|[\u200c\u200d](?!{SHAPED})")

REFUSED = (
    (HALVES, _("half a character")),
    (NO_CHARACTERS, _("a code that is no character")),
    (DIRECTIONS, _("a character that changes the direction of the text")),
    (INVISIBLES, _("an invisible character")),
    (LOOSE_JOINERS, _("an invisible character")),
)


def clean(text: str) -> str:
    """The text in NFC, on one line, with single spaces and none around it.

    Raises ValueError with a sentence for control characters and for what is there only to deceive.
    """
    text = text.strip(" \t\r\n")
    check(text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_lines(text: str) -> str:
    """Like `clean`, for notes: line breaks stay, each as one newline. Raises ValueError."""
    lines = text.strip(" \t\r\n").replace("\r\n", "\n").replace("\t", " ").split("\n")
    check("".join(lines))
    return "\n".join(" ".join(unicodedata.normalize("NFC", line).split()) for line in lines)


def plain(text: str) -> str:
    """Without accents and capitals, so that "biere" finds "Bière", as the till finds it."""
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M")).casefold()


def check(text: str) -> None:
    """Raises ValueError. Before normalising, which takes the square of a pile of marks in time."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(_("has more than %(most)d characters") % {"most": MOST_CHARACTERS})
    if found := CONTROLS.search(text):
        raise ValueError(_("holds a control character (%(code)s)") % {"code": code_of(found)})
    if text.isascii():
        return
    for pattern, what in REFUSED:
        if found := pattern.search(text):
            raise ValueError(_("holds %(what)s (%(code)s)") % {"what": what, "code": code_of(found)})
    if longest_pile(text) > MOST_MARKS:
        raise ValueError(_("piles more than %(most)d marks on one letter") % {"most": MOST_MARKS})


def code_of(found: re.Match[str]) -> str:
    return f"U+{ord(found.group()):04X}"


def longest_pile(text: str) -> int:
    """How many combining marks stand in a row at most."""
    piles = groupby(text, key=lambda character: unicodedata.category(character) in ("Mn", "Me"))
    return max((sum(1 for _ in pile) for is_mark, pile in piles if is_mark), default=0)


def of_text(cleaned: Callable[[str], str]) -> BeforeValidator:
    """Before pydantic looks at it, so that limits count what is kept; it refuses what is no text."""
    return BeforeValidator(lambda value: cleaned(value) if isinstance(value, str) else value)


# For schemas, with Field(min_length=…, max_length=…): in code points of what is kept.
CleanText = Annotated[str, of_text(clean)]
CleanLines = Annotated[str, of_text(clean_lines)]
