"""Asking for an operator's switch."""

from realtime.models import Switch


def is_on(name: Switch.Name) -> bool:
    """Whether a switch is on. Queries."""
    return Switch.objects.filter(name=name, is_on=True).exists()
