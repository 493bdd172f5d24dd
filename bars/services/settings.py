"""What an owner decides about the bar itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import TERMS, TERMS_STAY, Bar
from bars.transactions import durably, hold_books, open_books
from realtime.acting import acting
from realtime.errors import Problem


class TermsStay(Problem):
    """What the figures of its sales mean: a bar with another currency, zone or closing hour is another bar."""

    status, code, title = 409, "terms_stay", _("A bar that has sold keeps its currency, time zone and closing hour.")
    constraints = (TERMS_STAY,)


@durably
def change_settings(*, bar_id: UUID, by: UUID, changes: Mapping[str, Any]) -> Bar:
    """The bar with these fields changed; nothing is written where they stand so already.

    Waits for every sale under way before it changes a term. Raises StillRunning, and IntegrityError by the
    name that TermsStay declares: only the app that knows sales can tell whether there is one.
    """
    (hold_books if set(changes) & set(TERMS) else open_books)(bar_id)
    acting(by)
    bar = Bar.objects.select_for_update(no_key=True).get(pk=bar_id)
    changed = [name for name, value in changes.items() if getattr(bar, name) != value]
    for name in changed:
        setattr(bar, name, changes[name])
    if changed:
        bar.save(update_fields=changed)
    return bar
