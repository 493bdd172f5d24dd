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
        "recorded": _("Recorded · {payment}"),
        "sold": _("Sold · {payment}"),
        "sold_pending": _("Waiting for the manager · {payment}"),
        "sold_review": _("To be looked at by a manager · {payment}"),
        "kept": _("Kept, to be sent · {payment}"),
        "receipt": _("Receipt"),
        "receipt_waits": _("Receipt when the network is back"),
        "undoing": _("Undoing…"),
        "undone": _("Undone: nothing was sold."),
        "undo_unclear": _("No answer. Undo it again, or look at the sales."),
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
        "ConstraintError": _("Already sold. Cashing in again makes a second sale: look at the sales first."),
        "key_reused": _("Already sold. Cashing in again makes a second sale: look at the sales first."),
        "QuotaExceededError": _("This phone is full: the sale was not made. Free some storage, then cash in again."),
        "VersionError": _("This page has grown too old. The basket is kept: reload it."),
        "set_aside": _("The sale before was refused and is kept. {detail}"),
        "discount_too_high": _("The discount is higher than this bar allows: give less."),
        "most_off": _("At most {price}."),
        "round_short": _("Not enough left for the same round."),
        "not_undone": _("The sale stands. {detail}"),
        "not_allowed": _("You may not sell in this bar any more."),
        "refused": _("The sale was refused. {detail}"),
    }


def unsent_texts() -> Texts:
    """Of the sales that a browser keeps until they are sent."""
    return {
        "unsent": forms(lambda count: ngettext("{count} sale to send", "{count} sales to send", count)),
        "to_decide": forms(lambda count: ngettext("{count} sale to look at", "{count} sales to look at", count)),
        "chip_unsent": forms(lambda count: ngettext("{count} to send", "{count} to send", count)),
        "chip_to_decide": forms(lambda count: ngettext("{count} to look at", "{count} to look at", count)),
        "all_sent": _("Everything is sent."),
        "refused": _("The server has refused this sale."),
        "others": forms(
            lambda count: ngettext(
                "{count} sale of {names} waits on this phone. They sign in here to send it.",
                "{count} sales of {names} wait on this phone. They sign in here to send them.",
                count,
            )
        ),
    }


def pick_texts() -> Texts:
    """Of the button that validates what was picked."""
    return {
        "pick": _("Pick sales to validate"),
        "picked": forms(
            lambda count: ngettext("Validate {count} sale: {total}", "Validate {count} sales: {total}", count)
        ),
    }
