"""Words that the live boards need in the browser."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sales.models import Sale


def tonight_texts() -> dict[str, Any]:
    labels = {str(value): str(label).capitalize() for value, label in Sale.Status.choices}
    counted = {form: ngettext("{count} sale", "{count} sales", count) for form, count in (("one", 1), ("other", 2))}
    return labels | {"sold_out": _("Sold out"), "sales": counted}


def period_labels() -> list[tuple[str, str]]:
    return [("day", _("Day")), ("week", _("Week")), ("month", _("Month")), ("year", _("Year"))]
