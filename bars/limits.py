"""Closer bounds than the API's own, for what somebody might guess at."""

from django.conf import settings

from realtime.rate import TooManyRequests, limiter


def check_rate(who: str, most: int) -> None:
    """Count a try of `who`, of which there may be so many in 15 minutes. Raises TooManyRequests."""
    if not settings.RATE_LIMIT:
        return
    budget = limiter.take(who, most)
    if not budget.is_granted:
        raise TooManyRequests(retry_after=budget.retry_after)
