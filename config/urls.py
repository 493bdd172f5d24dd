from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.api import api


def healthz(request: HttpRequest) -> HttpResponse:
    """Answers while the process lives; says nothing of what it runs."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("bars.urls")),
    path("", include("sales.urls")),
    path("", include("stats.urls")),
]
