"""The evening report as text, ready to be sent by WhatsApp (*bold*). Pure: figures in, text out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from bars.money import format_money
from sales.figures import average_basket

Figures = dict[str, Any]
LANGUAGES = ("fr", "en")


def report_text(figures: Figures, language: str) -> str:
    """The report of `sales.queries.reports.figures_of` in one of LANGUAGES, without its empty parts."""
    with override(language):
        parts = Parts(figures, language)
        return "\n\n".join("\n".join(lines) for part in parts.all() if (lines := list(part))) + "\n"


class Parts:
    """The parts of a report, in their order; each gives its lines, or none. Call in the language of the text."""

    def __init__(self, figures: Figures, language: str) -> None:
        self.figures, self.language = figures, language

    def all(self) -> Iterator[Iterator[str]]:
        yield from (self.head(), self.takings(), self.payments(), self.products(), self.sellers())
        yield from (self.stock(), self.to_follow(), self.drawer())

    def money(self, amount: int) -> str:
        return format_money(amount, self.figures["currency"], self.language)

    def signed(self, amount: int) -> str:
        return ("+" if amount > 0 else "") + self.money(amount)

    def head(self) -> Iterator[str]:
        day = date.fromisoformat(self.figures["business_date"])
        yield f"*{self.figures['bar']}*"
        yield _capital(format_date(day, "full", locale=self.language))

    def takings(self) -> Iterator[str]:
        told = self.figures
        yield _("*Revenue: %(amount)s*") % {"amount": self.money(told["net"])}
        if told["sales"]:
            count = ngettext("%(count)s sale", "%(count)s sales", told["sales"]) % {"count": told["sales"]}
            basket = self.money(average_basket(told["net"], told["sales"]))
            yield _("%(sales)s, average basket %(amount)s") % {"sales": count, "amount": basket}
        else:
            yield _("No sale on this day.")
        if told["refunds"]:
            yield _("Refunds, already taken off: %(amount)s") % {"amount": self.money(told["refunds"])}
        if told["discounts"]:
            yield _("Discounts given: %(amount)s") % {"amount": self.money(told["discounts"])}
        if told["expenses"]:
            yield _("Expenses: %(amount)s") % {"amount": self.money(told["expenses"])}

    def payments(self) -> Iterator[str]:
        names = {
            "cash": _("Cash"),
            "mobile_money": _("Mobile money"),
            "card": _("Card"),
            "tab": _("On tabs"),
            "credit": _("On credit"),
        }
        if self.figures["by_payment"] or self.figures["collected"]:
            yield _("*Payments*")
        for how, name in names.items():
            if amount := self.figures["by_payment"].get(how):
                yield _("%(name)s: %(amount)s") % {"name": name, "amount": self.money(amount)}
        for how, name in names.items():
            if amount := self.figures["collected"].get(how):
                told = {"name": name.lower(), "amount": self.money(amount)}
                yield _("Tabs and credits paid, %(name)s: %(amount)s") % told

    def products(self) -> Iterator[str]:
        if self.figures["top_products"]:
            yield _("*Best sellers*")
        for place, one in enumerate(self.figures["top_products"], start=1):
            yield f"{place}. {one['name']} × {one['quantity']} ({self.money(one['amount'])})"

    def sellers(self) -> Iterator[str]:
        if self.figures["by_seller"]:
            yield _("*By waiter*")
        for one in self.figures["by_seller"]:
            sales = ngettext("%(count)s sale", "%(count)s sales", one["sales"]) % {"count": one["sales"]}
            told = {"name": one["name"], "amount": self.money(one["amount"]), "sales": sales}
            yield _("%(name)s: %(amount)s (%(sales)s)") % told

    def stock(self) -> Iterator[str]:
        if self.figures["low_stock"]:
            yield _("*Low stock*")
        for one in self.figures["low_stock"]:
            if one["available"] > 0:
                yield _("%(name)s: %(count)s left") % {"name": one["name"], "count": one["available"]}
            else:
                yield _("%(name)s: sold out") % {"name": one["name"]}

    def to_follow(self) -> Iterator[str]:
        lines = [*self.open_tabs(), *self.waiting()]
        if lines:
            yield _("*To follow up*")
        yield from lines

    def open_tabs(self) -> Iterator[str]:
        if count := self.figures["open_tabs"]["tabs"]:
            told = {"count": count, "amount": self.money(self.figures["open_tabs"]["owed"])}
            yield ngettext("%(count)s open tab: %(amount)s", "%(count)s open tabs: %(amount)s", count) % told

    def waiting(self) -> Iterator[str]:
        def told_of(status: str) -> tuple[int, dict[str, Any]]:
            found = self.figures["waiting"].get(status, {"count": 0, "total": 0})
            return found["count"], {"count": found["count"], "amount": self.money(found["total"])}

        count, told = told_of("pending")
        if count:
            yield ngettext("%(count)s sale waits: %(amount)s", "%(count)s sales wait: %(amount)s", count) % told
        count, told = told_of("expired")
        if count:
            text = ngettext("%(count)s sale has expired: %(amount)s", "%(count)s sales have expired: %(amount)s", count)
            yield text % told
        count, told = told_of("needs_review")
        if count:
            text = ngettext("%(count)s sale to review: %(amount)s", "%(count)s sales to review: %(amount)s", count)
            yield text % told

    def drawer(self) -> Iterator[str]:
        close = self.figures["close"]
        if close is None:
            yield _("The day is not closed yet.")
            return
        yield _("*Cash drawer (Z no. %(number)s)*") % {"number": close["number"]}
        yield _("Expected: %(amount)s") % {"amount": self.money(close["expected_cash"])}
        yield _("Counted: %(amount)s") % {"amount": self.money(close["counted_cash"])}
        if close["difference"]:
            yield _("Difference: %(amount)s") % {"amount": self.signed(close["difference"])}
        else:
            yield _("The drawer is right.")
        added = close["added"]
        if added["count"]:
            told = {"amount": self.signed(added["revenue"]), "cash": self.signed(added["cash"])}
            yield _("Added after the close: %(amount)s of revenue, %(cash)s of cash") % told


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
