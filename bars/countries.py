"""What a country says of a bar in it: its money and its clock, from CLDR and the time zone database. Pure."""

from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies

WAEMU = ("CI", "SN", "BJ", "TG", "BF", "ML", "NE", "GW")  # one currency, and where the first bars are
NEAR = ("GH", "NG", "GN", "CM", "GA", "CG", "CD", "TD", "CF", "GQ", "FR", "BE")


class Country(NamedTuple):
    """The first of its zones and of its currencies are proposed, not imposed."""

    code: str
    name: str
    currency: str
    zone: str


@cache
def countries(language: str) -> tuple[Country, ...]:
    """Every country that has a currency and a zone: those of our first bars, their neighbours, the rest by name."""
    names = Locale.parse(language, sep="-").territories
    found = [
        Country(code, names[code], money[0], zones[0])
        for code, zones in zones_by_country().items()
        if code in names and (money := get_territory_currencies(code))
    ]
    order = {code: place for place, code in enumerate((*WAEMU, *NEAR))}
    return tuple(sorted(found, key=lambda one: (order.get(one.code, len(order)), one.name)))


@cache
def currencies(language: str) -> tuple[tuple[str, str], ...]:
    """Currencies in use somewhere, by code with their names; the first bars' first."""
    used = {country.currency for country in countries(language)} | {"EUR", "USD"}
    named = [(code, get_currency_name(code, locale=language.replace("-", "_"))) for code in sorted(used)]
    return tuple(sorted(named, key=lambda one: one[0] not in ("XOF", "XAF")))


@cache
def zones() -> tuple[str, ...]:
    """Every zone of a place, by name."""
    return tuple(sorted(zone for some in zones_by_country().values() for zone in some))


@cache
def zones_by_country() -> dict[str, list[str]]:
    known, found = available_timezones(), dict[str, list[str]]()
    for zone, code in sorted(get_global("zone_territories").items()):
        if zone in known and code != "ZZ":
            found.setdefault(code, []).append(zone)
    return found
