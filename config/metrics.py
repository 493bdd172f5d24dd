"""GET /metrics, for operators, and for the addresses that METRICS_ALLOW names."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bars.auth import signed_in
from bars.limits import address_of
from realtime.errors import SignInRequired
from realtime.metrics import exposition
from realtime.operators import check_operator


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Nobody by default is let in for where they are: behind a proxy on this machine, everybody is loopback."""
    if address_of(request) not in settings.METRICS_ALLOW:
        try:
            check_operator(signed_in(request))
        except SignInRequired:
            return HttpResponse("Sign in first.\n", "text/plain", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(), CONTENT_TYPE_PLAIN_0_0_4)
