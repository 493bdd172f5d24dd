"""Closer bounds than the API's own, for what somebody might guess at."""

from django.conf import settings
from django.http import HttpRequest

from realtime.addresses import client_address
from realtime.rate import TooManyRequests, limiter


def check_rate(who: str, most: int) -> None:
    """Count a try of `who`, of which there may be so many in 15 minutes. Raises TooManyRequests."""
    if not settings.RATE_LIMIT:
        return
    budget = limiter.take(who, most)
    if not budget.is_granted:
        raise TooManyRequests(retry_after=budget.retry_after)


def address_of(request: HttpRequest) -> str:
    """Of the client, by what our own proxies say."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return client_address(peer, forwarded, settings.TRUSTED_PROXIES)
