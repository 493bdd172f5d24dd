"""Whatever refuses a person speaks their language."""

import pytest
from django.utils.translation import override

from tests.sentences import all_problems, untranslated, untranslated_in

REFUSED = {
    "a title": 'class NoBeer(Problem):\n    status, code, title = 409, "no_beer", "There is no beer."',
    "a title alone": 'class NoBeer(Problem):\n    title = "There is no beer."',
    "a title of a number": 'class NoBeer(Problem):\n    title = f"At most {MOST} beers."',
    "a detail": 'def take():\n    raise NoBeer("There is no beer.")',
    "a detail with a fact": 'def take():\n    raise NoBeer(f"There is no {beer}.")',
    "a detail put together": 'def take():\n    raise NoBeer(beer + " is not there.", left=2)',
    "a detail with a name": 'def take():\n    told = f"There is no {beer}."\n    raise NoBeer(told)',
    "a detail with a name and a fact": 'def take():\n    told = "There is no %s."\n    raise NoBeer(told % beer)',
    "a fact in the text": 'def take():\n    raise NoBeer("There is no %s." % beer)',
    "a fault": 'faults = [Fault(3, "is no beer")]',
    "a validator": 'def check():\n    raise ValueError("is no beer")',
}
TRANSLATED = {
    "a title": 'class NoBeer(Problem):\n    status, code, title = 409, "no_beer", _("There is no beer.")',
    "a title of a number": 'class NoBeer(Problem):\n    title = format_lazy(_("At most {most} beers."), most=MOST)',
    "a detail": 'def take():\n    raise NoBeer(_("There is no beer."), field="beer")',
    "a detail with a fact": 'def take():\n    raise NoBeer(_("There is no %(beer)s.") % {"beer": beer or "beer"})',
    "a detail with a name": 'def take():\n    told = _("No %(beer)s.")\n    raise NoBeer(told % {"beer": beer})',
    "no detail": "def take():\n    raise NoBeer(left=2)",
    "what was told before": 'def take():\n    raise NoBeer("; ".join(told))',
}


def test_every_refusal_is_said_in_the_language_of_its_reader():
    assert untranslated() == []


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.__name__)
def test_a_refusal_has_its_french(problem):
    with override("en"):
        english = str(problem.title)
    with override("fr"):
        french = str(problem.title)

    assert french != english


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_an_english_refusal_would_be_found(source):
    assert untranslated_in(source, {"Problem", "NoBeer"}, is_spoken=True) != []


@pytest.mark.parametrize("source", TRANSLATED.values(), ids=TRANSLATED)
def test_a_translated_refusal_is_let_be(source):
    assert untranslated_in(source, {"Problem", "NoBeer"}, is_spoken=True) == []
