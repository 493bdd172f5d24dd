"""The bell on every page of who is signed in: its number, and where each stream stood when it was counted."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bars.models import Bar
from bars.money import exponent
from bars.visitors import Visitor


def bell_of(visitor: Visitor, bar: Bar | None) -> dict[str, Any]:
    """The number on the bell, of all bars; what its module follows, since when; and the bars that notices are of.

    Of the bars it follows only the page's own: a live connection takes a place in each that it follows, and says
    that the person is there.
    """
    elsewhere = {f"bar.{member.bar_id}" for member in visitor.members} - {f"bar.{bar.pk}" if bar else ""}
    cursors = {stream: str(cursor) for stream, cursor in visitor.cursors.items() if stream not in elsewhere}
    told = {"count": visitor.unread, "streams": cursors, "bars": bars_of(visitor)}
    return {"count": visitor.unread, "follows": told}


def bars_of(visitor: Visitor) -> dict[str, dict[str, Any]]:
    """What a sentence says of a bar, by its stream."""
    bars = [member.bar for member in visitor.members]
    return {
        f"bar.{bar.pk}": {"name": bar.name, "currency": bar.currency, "digits": exponent(bar.currency)} for bar in bars
    }


def bell_texts() -> dict[str, str | dict[str, str]]:
    """Sentences by kind: {places} are filled in the browser, plural forms chosen by count."""
    return {
        "bell": {
            "one": ngettext("Notifications: {count} unread", "Notifications: {count} unread", 1),
            "other": ngettext("Notifications: {count} unread", "Notifications: {count} unread", 2),
        },
        "bell_none": _("Notifications"),
        "stock_low": {
            "one": ngettext("{name}: only {count} left", "{name}: only {count} left", 1),
            "other": ngettext("{name}: only {count} left", "{name}: only {count} left", 2),
        },
        "stock_out": _("{name}: sold out"),
        "a_product": _("A product"),
        "sale_pending": {
            "one": ngettext("{count} sale is waiting for you", "{count} sales are waiting for you", 1),
            "other": ngettext("{count} sale is waiting for you", "{count} sales are waiting for you", 2),
        },
        "sale_needs_review": _("An offline sale of {total} needs your decision"),
        "bar_full": _("Too many devices are connected: the newest update every few seconds"),
        "view_failed": _("{view}: the refresh has failed; figures are right, and slower"),
        "view_old": _("{view}: not refreshed for long; figures are right, and slower"),
        "something": _("Something in the bar wants your attention"),
        "settled": _("dealt with"),
    }
