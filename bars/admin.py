from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bars.models import TERMS_STAY, AccessToken, Bar, Member, User
from realtime.read_only import ReadOnlyAdmin

admin.site.register(User, UserAdmin)


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    autocomplete_fields = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # leaving a bar is `is_active`, so that history keeps its names


@admin.register(Bar)
class BarAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "currency", "time_zone", "closing_hour", "mode", "is_active")
    list_filter = ("is_active", "mode", "currency")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_inlines(self, request: HttpRequest, obj: Bar | None) -> list:
        return [MemberInline] if obj else []  # people are added to a bar that has its key

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads back to the form where the database refuses new terms; this app knows no sales to ask first."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            if constraint_of(error) != TERMS_STAY:
                raise
            messages.error(request, _("A bar that has sold keeps its currency, time zone and closing hour."))
            return HttpResponseRedirect(request.get_full_path())


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ("user", "bar", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    list_select_related = ("user", "bar")
    search_fields = ("user__username", "bar__name")
    autocomplete_fields = ("user", "bar")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at", "expires_at")
    list_select_related = ("user",)
    fields = ("user", "created_at", "expires_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.is_superuser)  # deleting a token revokes it


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that Postgres says was broken."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
