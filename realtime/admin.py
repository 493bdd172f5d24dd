from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from realtime.models import Event, StreamHead
from realtime.read_only import TablePage


@admin.register(StreamHead)
class StreamHeadAdmin(TablePage):
    list_display = ("stream", "epoch", "seq")
    search_fields = ("stream",)
    page_name, page_title = "events", _("events")
    page_fields = ("created_at", "stream", "seq", "topic", "type", "data")

    def page_rows(self) -> QuerySet:
        return Event.objects.order_by("-created_at", "stream", "-seq")
