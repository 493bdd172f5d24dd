"""The admin's autocomplete, for fields that a form can hold."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OfForms(AutocompleteJsonView):
    """Refuses a relation seen from its other end, too: Django would ask it for choices, which it hasn't."""

    def process_request(self, request: HttpRequest) -> Any:
        term, model_admin, field, to_field = super().process_request(request)
        if not field.concrete:
            raise PermissionDenied
        return term, model_admin, field, to_field


@admin.site.admin_view
def autocomplete(request: HttpRequest) -> HttpResponseBase:
    return OfForms.as_view(admin_site=admin.site)(request)
