"""What a new bar still needs before its first sale."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.permissions import Permission
from bars.showing import following, shown
from stock.queries.starting import progress_of


@require_safe
@login_required
def start(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The steps from an empty bar to its first sale, and which are done."""
    member = membership(request.user, bar_id, Permission.EDIT_PRODUCTS)
    with following(member, "stock team") as live:
        progress = progress_of(member)
    return shown(request, "stock/start.html", member, live=live, progress=progress)
