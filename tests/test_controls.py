"""docs/controls.md says what the tests say."""

import tomllib

from tests.controls import LIST, PAGE, page, shown

LISTED = tomllib.loads(LIST.read_text())
NUMBERS = {
    "F": (range(1, 43),),
    "I": (range(1, 38),),
    "C": (range(1, 7), range(10, 20), range(20, 26), range(30, 38), range(40, 48), range(50, 55)),
}


def test_the_list_is_complete():
    wanted = {f"{kind}{number:02}" for kind, ranges in NUMBERS.items() for numbers in ranges for number in numbers}

    assert wanted - set(LISTED) == set()


def test_each_has_a_test_or_a_reason():
    found = shown()

    assert [one for one, (_, reason) in LISTED.items() if not found[one] and not reason] == []
    assert set(found) - set(LISTED) == set()


def test_the_page_is_what_the_tests_say():
    assert PAGE.read_text() == page(), "python -m tests.controls writes it"
