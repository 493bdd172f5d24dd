from django.contrib import admin
from django.urls import include, path

from config.api import api
from config.autocomplete import autocomplete
from config.metrics import metrics
from config.pwa import manifest, offline, worker
from realtime.views import monitor

urlpatterns = [
    path("admin/realtime/monitor/", admin.site.admin_view(monitor), name="monitor"),
    path("admin/autocomplete/", autocomplete),
    path("admin/office/", include("config.office.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("metrics", metrics),
    path("sw.js", worker, name="worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("offline", offline, name="offline"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("bars.urls")),
    path("", include("stock.urls")),
    path("", include("sales.urls")),
    path("", include("stats.urls")),
]
