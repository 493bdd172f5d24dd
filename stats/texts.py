"""Words that the live boards need in the browser."""

from django.utils.translation import gettext as _

from sales.models import Sale


def tonight_texts() -> dict[str, str]:
    labels = {str(value): str(label).capitalize() for value, label in Sale.Status.choices}
    return labels | {"sold_out": _("Sold out")}
