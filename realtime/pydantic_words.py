"""What pydantic says of a value, in the reader's language: in English its own words, up to where the parser's begin."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

OUR_OWN = "Value error, "  # before the sentence of a validator of ours

# By the type of the error.
WORDS: dict[str, Any] = {
    "missing": _("Field required"),
    "extra_forbidden": _("Extra inputs are not permitted"),
    "none_required": _("Input should be None"),
    "enum": _("Input should be %(expected)s"),
    "literal_error": _("Input should be %(expected)s"),
    "string_type": _("Input should be a valid string"),
    "string_unicode": _("Input should be a valid string"),
    "string_pattern_mismatch": _("String should match pattern '%(pattern)s'"),
    "string_too_short": ngettext_lazy(
        "String should have at least %(min_length)d character",
        "String should have at least %(min_length)d characters",
        "min_length",
    ),
    "string_too_long": ngettext_lazy(
        "String should have at most %(max_length)d character",
        "String should have at most %(max_length)d characters",
        "max_length",
    ),
    "too_short": ngettext_lazy(
        "List should have at least %(min_length)d item, not %(actual_length)d",
        "List should have at least %(min_length)d items, not %(actual_length)d",
        "min_length",
    ),
    "too_long": ngettext_lazy(
        "List should have at most %(max_length)d item, not %(actual_length)d",
        "List should have at most %(max_length)d items, not %(actual_length)d",
        "max_length",
    ),
    "int_type": _("Input should be a valid integer"),
    "int_parsing": _("Input should be a valid integer"),
    "int_parsing_size": _("Input should be a valid integer"),
    "int_from_float": _("Input should be a valid integer"),
    "float_type": _("Input should be a valid number"),
    "float_parsing": _("Input should be a valid number"),
    "finite_number": _("Input should be a finite number"),
    "decimal_type": _("Input should be a valid decimal"),
    "decimal_parsing": _("Input should be a valid decimal"),
    "decimal_max_places": ngettext_lazy(
        "Decimal input should have no more than %(decimal_places)d decimal place",
        "Decimal input should have no more than %(decimal_places)d decimal places",
        "decimal_places",
    ),
    "greater_than": _("Input should be greater than %(gt)s"),
    "greater_than_equal": _("Input should be greater than or equal to %(ge)s"),
    "less_than": _("Input should be less than %(lt)s"),
    "less_than_equal": _("Input should be less than or equal to %(le)s"),
    "bool_type": _("Input should be a valid boolean"),
    "bool_parsing": _("Input should be a valid boolean"),
    "uuid_type": _("Input should be a valid UUID"),
    "uuid_parsing": _("Input should be a valid UUID"),
    "date_type": _("Input should be a valid date"),
    "date_parsing": _("Input should be a valid date"),
    "date_from_datetime_parsing": _("Input should be a valid date"),
    "date_from_datetime_inexact": _("Input should be a valid date"),
    "datetime_type": _("Input should be a valid datetime"),
    "datetime_parsing": _("Input should be a valid datetime"),
    "datetime_from_date_parsing": _("Input should be a valid datetime"),
    "timezone_aware": _("Input should have timezone info"),
    "list_type": _("Input should be a valid list"),
    "dict_type": _("Input should be a valid dictionary"),
    "model_type": _("Input should be a valid dictionary"),
    "model_attributes_type": _("Input should be a valid dictionary"),
    "json_invalid": _("Invalid JSON"),
}


def in_words(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a sentence; as pydantic says it where we have no words of our own for it."""
    words, facts = WORDS.get(error["type"]), dict(error.get("ctx") or {})
    if words is None:
        return str(error["msg"]).removeprefix(OUR_OWN)
    if "expected" in facts:
        facts["expected"] = listed(facts["expected"])
    try:
        return words % facts if facts else str(words)
    except (KeyError, TypeError):  # another version of pydantic tells other facts
        return str(error["msg"])


def listed(expected: str) -> str:
    """'cash', 'card' or 'tab': pydantic writes the last word itself."""
    others, found, last = expected.rpartition(" or ")
    return _("%(others)s or %(last)s") % {"others": others, "last": last} if found else last
