"""Admin pieces for rows that only services and triggers write."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

PAGE = 100
MOST_PAGES = 1000


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows; adds, changes and deletes none."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except OverflowError:  # the year 99999999999 of a date hierarchy
            raise SuspiciousOperation("a date beyond the calendar") from None


class TablePage(ReadOnlyAdmin):
    """A read-only admin with one more page, `<page_name>/`, for a model that it can't list itself (composite key)."""

    page_name: str
    page_title: Any
    page_fields: Sequence[str]
    change_list_template = "admin/list_with_page.html"

    def page_rows(self) -> QuerySet:
        """The rows, in the order shown."""
        raise NotImplementedError

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.page)
        return [path(f"{self.page_name}/", view, name=self.page_name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        page = {"page_name": self.page_name, "page_title": self.page_title}
        return super().changelist_view(request, page | (extra_context or {}))

    def page(self, request: HttpRequest) -> HttpResponse:
        """One page of the rows. Raises PermissionDenied for staff who may not see this model."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, number = self.page_rows(), page_number(request.GET.get("p", ""))
        heads = [rows.model._meta.get_field(name.partition("__")[0]).verbose_name for name in self.page_fields]
        first = (number - 1) * PAGE
        shown = list(rows.values_list(*self.page_fields)[first : first + PAGE + 1])  # never COUNT(*) a log
        context = self.admin_site.each_context(request)
        return TemplateResponse(
            request,
            "admin/table_page.html",
            context
            | {
                "title": self.page_title,
                "opts": self.opts,
                "heads": heads,
                "rows": shown[:PAGE],
                "number": number,
                "newer": number - 1,
                "older": number + 1 if len(shown) > PAGE else 0,
            },
        )


def page_number(text: str) -> int:
    """A page from a query string, 1 for nonsense."""
    return min(max(int(text), 1), MOST_PAGES) if text.isdecimal() else 1
