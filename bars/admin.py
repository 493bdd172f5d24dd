from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from bars.changes import Change
from bars.editable import EditableAdmin
from bars.models import TERMS, AccessToken, Bar, Invitation, Member, Session, User
from bars.services.sessions import end_sessions
from bars.transactions import hold_books
from realtime import clock
from realtime.acting import SignedAdmin, signed
from realtime.read_only import ReadOnlyAdmin


@admin.register(User)
class PersonAdmin(SignedAdmin, UserAdmin):
    actions = ("sign_out",)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with signed(request):
            return super().user_change_password(request, *args, **kwargs)

    @admin.action(description=lazy("Sign out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, people: QuerySet[User]) -> None:
        count = sum(end_sessions(user_id=pk) for pk in people.values_list("pk", flat=True))
        text = ngettext("%(count)d session or token was ended.", "%(count)d sessions and tokens were ended.", count)
        messages.success(request, text % {"count": count})


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    autocomplete_fields = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # leaving a bar is `is_active`, so that history keeps its names


@admin.register(Bar)
class BarAdmin(EditableAdmin):
    list_display = ("name", "slug", "currency", "time_zone", "closing_hour", "mode", "is_active")
    list_filter = ("is_active", "mode", "currency")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: Bar, form: ModelForm, change: bool) -> None:
        """Writes what was changed, and of the terms, which need the books, nothing before it has these."""
        if set(form.changed_data) & set(TERMS) and change:
            hold_books(obj.pk)
        obj.save(update_fields=form.changed_data if change else None)

    def get_inlines(self, request: HttpRequest, obj: Bar | None) -> list:
        return [MemberInline] if obj else []  # people are added to a bar that has its key


@admin.register(Member)
class MemberAdmin(EditableAdmin):
    list_display = ("user", "bar", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    list_select_related = ("user", "bar")
    search_fields = ("user__username", "bar__name")
    autocomplete_fields = ("user", "bar")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class WithDigest(ReadOnlyAdmin):
    """Rows with a digest or a key, which is neither shown nor guessed at by asking for its beginning."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        is_secret = lookup.startswith(("digest", "auth_hash", "session_"))
        return not is_secret and super().lookup_allowed(lookup, value, request)


@admin.register(AccessToken)
class AccessTokenAdmin(WithDigest):
    list_display = ("user", "created_at", "expires_at")
    list_select_related = ("user",)
    fields = ("user", "created_at", "expires_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.is_superuser)  # deleting a token revokes it


@admin.register(Session)
class SessionAdmin(WithDigest):
    """Nothing to click on: the address of a row is the key that signs in. Operators end a person's sessions."""

    list_display = ("user", "expire_date")
    list_display_links = None
    list_select_related = ("user",)
    fields = ("user", "expire_date")
    actions = None


@admin.register(Invitation)
class InvitationAdmin(WithDigest):
    """Never the digest. Operators close a door that went astray; who opens one is the bar's business."""

    list_display = ("bar", "role", "created_by", "created_at", "expires_at", "accepted_by", "revoked_at")
    list_filter = ("role", ("accepted_by", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("bar", "created_by", "accepted_by")
    search_fields = ("bar__name", "created_by__username", "accepted_by__username")
    fields = ("bar", "role", "created_by", "created_at", "expires_at", "accepted_by", "revoked_at")
    ordering = ("-id",)
    show_full_result_count = False
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("bars.change_invitation")

    @admin.action(description=lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        """Those that are still open; who has joined by one stays."""
        is_open = invitations.filter(accepted_by=None, revoked_at=None)
        count = Invitation.objects.filter(pk__in=is_open.values("pk")).update(revoked_at=clock.now())
        text = ngettext("%(count)d invitation was revoked.", "%(count)d invitations were revoked.", count)
        messages.success(request, text % {"count": count})


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "bar", "person", "name", "who", "role")
    list_filter = ("kind",)
    list_select_related = ("bar", "person", "who")
    search_fields = ("bar__name", "who__username", "person__username", "name")
    ordering = ("-id",)
    show_full_result_count = False
