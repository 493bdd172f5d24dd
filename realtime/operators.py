"""Who runs the platform."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from realtime.errors import NotAllowed


def is_operator(user: Any) -> bool:
    return bool(user.is_active and user.is_superuser)


def check_operator(user: Any) -> None:
    """Raises NotAllowed for everybody else."""
    if not is_operator(user):
        raise NotAllowed(_("For operators of the platform."))
