"""Where alerts may be posted to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def checked_webhook(url: str) -> str:
    """The address, or nothing for nothing: https, unless it is on this machine. Says no part of it: it is a secret."""
    try:
        parts = urlsplit(url)
        is_good = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname or ""))
        )
    except ValueError:
        is_good = False
    if url and not is_good:
        raise ImproperlyConfigured("ALERT_WEBHOOK: an https:// address, or http:// on this machine")
    return url


def is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
