"""Sentences that the till's modules show: {places} are filled in the browser, plural forms chosen by count."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sales.models import Sale

Texts = dict[str, str | dict[str, str]]


def forms(text: Callable[[int], str]) -> dict[str, str]:
    """Both forms of a sentence, as the browser's Intl.PluralRules names them."""
    return {"one": text(1), "other": text(2)}


def till_texts() -> Texts:
    return stock_texts() | refusal_texts() | answer_texts()


def stock_texts() -> Texts:
    return {
        "sold_out": _("Sold out"),
        "all_taken": _("All in the basket"),
        "few_left": forms(lambda count: ngettext("{count} left", "{count} left", count)),
        "in_stock": forms(lambda count: ngettext("{count} in stock", "{count} in stock", count)),
    }


def answer_texts() -> Texts:
    payments: Texts = {str(value): str(label).capitalize() for value, label in Sale.Payment.choices}
    return payments | {
        "items": forms(lambda count: ngettext("{count} item", "{count} items", count)),
        "sold": _("Sold · {payment}"),
        "sold_pending": _("Waiting for the manager · {payment}"),
    }


def refusal_texts() -> Texts:
    return {
        "stock_insufficient": _("Not enough left. The basket is kept."),
        "short": _("{name}: {available} left, {wanted} in the basket."),
        "none_left": _("{name}: none left."),
        "price_changed": _("A price has changed. Tell the client the new total before cashing in."),
        "new_price": _("{name} now costs {price}."),
        "unknown_product": _("Not on sale any more, taken out of the basket:"),
        "withdrawn": "{name}",
        "unsure": _("No answer. The basket is kept; trying again never sells it twice."),
        "key_reused": _("Already sold. Cashing in again makes a second sale: look at the sales first."),
        "not_allowed": _("You may not sell in this bar any more."),
        "csrf": _("This page has grown too old. The basket is kept: reload it."),
        "refused": _("The sale was refused. {detail}"),
    }
