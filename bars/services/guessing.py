"""How often one may try a password: a debt that each try raises, and time takes off (GCRA, as realtime/rate.py).

A try is counted before the password is looked at, so that those that come together are counted too, and taken back if
it was right. OWASP ASVS 5.0, 6.3.1; known devices: OWASP, "Blocking Brute Force Attacks", device cookies.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bars.guesses import Guess
from bars.transactions import durably
from realtime.rate import TooManyRequests

WINDOW = timedelta(minutes=15)
OF_AN_ACCOUNT = 5  # times as many from unknown devices, wherever they are
OF_AN_ADDRESS = 10  # times as many at whatever accounts: a whole bar signs in behind one router
SUBSCRIBER = 64  # bits of an IPv6 address: the rest is for its owner to vary

# Rows are locked in one order, and a source that owes too much is left out of those that are counted.
TAKE = """
INSERT INTO bars_guess AS one (key, free_at)
SELECT key, now() + share FROM unnest(%s::text[], %s::interval[]) AS asked (key, share) ORDER BY key
ON CONFLICT (key) DO UPDATE SET free_at = greatest(one.free_at, now()) + (excluded.free_at - now())
WHERE greatest(one.free_at, now()) + (excluded.free_at - now()) <= now() + %s * interval '1 second'
"""
WAIT = """
SELECT ceil(extract(epoch FROM max(free_at + share - now())))
FROM unnest(%s::text[], %s::interval[]) AS asked (key, share) JOIN bars_guess USING (key)
"""
Debts = Mapping[str, timedelta]


class TooManyGuesses(TooManyRequests):
    """Says nothing of whether the account exists. Try again in `retry_after` seconds."""

    code, title = "too_many_guesses", _("Too many tries at a password.")


def debts_of(*, username: str, address: str, device: str) -> Debts:
    """What a try adds to the debts of those it comes from.

    A device on which this person has signed in before has a count of its own: who guesses elsewhere, or next to it,
    doesn't keep it out.
    """
    limit = settings.SIGN_IN_LIMIT
    if device:
        return {digest("device", device, username): WINDOW / limit}
    place = place_of(address)
    return {
        digest("pair", place, username): WINDOW / limit,
        digest("account", username): WINDOW / (limit * OF_AN_ACCOUNT),
        digest("address", place): WINDOW / (limit * OF_AN_ADDRESS),
    }


def digest(*parts: str) -> str:
    return salted_hmac("bars.guessing", "\0".join(parts).encode(errors="replace"), algorithm="sha256").hexdigest()


def place_of(address: str) -> str:
    """The address, or of an IPv6 address what its owner can't vary."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> SUBSCRIBER)
    return str(ip)


@durably
def count_guess(debts: Debts) -> None:
    """Count a try with each, or refuse it and count it with none. Raises TooManyGuesses or StillRunning."""
    if _add(debts) < len(debts):
        wait = _seconds_to_wait(debts)
        minutes = math.ceil(wait / 60)
        text = gettext("Too many tries at a password: wait {minutes} min, then try again.").format(minutes=minutes)
        raise TooManyGuesses(text, retry_after=wait)


@durably
def take_back_guess(debts: Debts) -> None:
    """The try was right: it counts with nobody. Raises StillRunning."""
    _add({key: -share for key, share in debts.items()})


def _add(debts: Debts) -> int:
    """How many of them take it."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [*asked(debts), WINDOW.total_seconds()])
        return cursor.rowcount


def _seconds_to_wait(debts: Debts) -> int:
    """Until all of them would take one more."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [*asked(debts)])
        [(seconds,)] = cursor.fetchall()
    return max(1, int(seconds - int(WINDOW.total_seconds())))


def asked(debts: Debts) -> tuple[Any, Any]:
    """Their keys and shares, as two arrays of Postgres."""
    return list(debts), list(debts.values())


@durably
def forget_guesses(now: datetime) -> int:
    """Delete those whose debts are paid; how many there were. Raises StillRunning."""
    return Guess.objects.filter(free_at__lt=now).delete()[0]
