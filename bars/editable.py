"""Admin forms of rows that the database has a say in."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bars.models import TERMS_STAY
from bars.transactions import LOCK_NOT_AVAILABLE, UNDONE, constraint_of, sqlstate
from realtime.acting import SignedAdmin

# What only triggers know, and what two people may do at once, by the name of the constraint.
REASONS = {
    TERMS_STAY: lazy("A bar that has sold keeps its currency, time zone and closing hour."),
    "a_bar_keeps_an_owner": lazy("A bar keeps at least one owner: make somebody else an owner first."),
}


class EditableAdmin(SignedAdmin):
    """Leads back to the form, with the reason, where the database refuses what the form let through."""

    show_full_result_count = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refused_politely(request, partial(super().changeform_view, request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Likewise for actions."""
        return refused_politely(request, partial(super().changelist_view, request, *args, **kwargs))


def refused_politely(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """What the view answers, or the way back with the reason: another row, or another who holds this one."""
    try:
        return view()
    except IntegrityError as error:
        reason = REASONS.get(constraint_of(error))
    except OperationalError as error:
        if sqlstate(error) not in {LOCK_NOT_AVAILABLE, *UNDONE}:
            raise
        reason = None
    messages.error(request, reason or _("Somebody was faster: look again."))
    return HttpResponseRedirect(request.get_full_path())
