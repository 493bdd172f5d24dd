from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime.acting import SignedAdmin
from realtime.models import Conversation, Event, Message, Notification, NotificationMark, ReadMark, StreamHead, Switch
from realtime.operators import is_operator
from realtime.read_only import ReadOnlyAdmin, TablePage


@admin.register(StreamHead)
class StreamHeadAdmin(TablePage):
    list_display = ("stream", "epoch", "seq")
    search_fields = ("stream",)
    page_name, page_title = "events", _("events")
    page_fields = ("created_at", "stream", "seq", "topic", "type", "data")

    def page_rows(self) -> QuerySet:
        return Event.objects.order_by("-created_at", "stream", "-seq")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "stream", "topic", "kind", "subject", "resolved_at")
    list_filter = ("kind", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("stream", "subject")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(NotificationMark)
class NotificationMarkAdmin(ReadOnlyAdmin):
    list_display = ("notification", "user", "read_at", "deleted_at")
    list_select_related = ("notification", "user")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ("stream", "first", "second", "last_number", "created_at")
    list_select_related = ("first", "second")
    search_fields = ("stream", "first__username", "second__username")
    ordering = ("-id",)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Never what was said: that is between those who talk. Only that it was, and by whom."""

    list_display = ("created_at", "conversation", "number", "author", "deleted_at")
    list_select_related = ("conversation__first", "conversation__second", "author")
    fields = ("conversation", "number", "author", "created_at", "deleted_at", "deleted_by")
    search_fields = ("author__username",)
    ordering = ("-id",)
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("text") and super().lookup_allowed(lookup, value, request)


@admin.register(ReadMark)
class ReadMarkAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "user", "number")
    list_select_related = ("conversation__first", "conversation__second", "user")
    ordering = ("-id",)


@admin.register(Switch)
class SwitchAdmin(SignedAdmin):
    """For operators alone; a trigger keeps who has switched what, and when."""

    list_display = ("name", "is_on", "note", "changed_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Switch | None = None) -> bool:
        return is_operator(request.user)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
