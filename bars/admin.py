from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from bars.models import AccessToken, Bar, Member, User
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
