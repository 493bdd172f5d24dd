"""The catalogue of all bars: kept by operators, by hand or from a file."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bars.downloads import download
from bars.editable import EditableAdmin
from realtime import clock
from realtime.errors import Problem
from stock.files.catalogue import catalogue_lines, read_catalogue
from stock.files.sheets import MEDIA_TYPES, MOST_BYTES, Format, write
from stock.models import CatalogueProduct
from stock.queries.catalogue import articles_to_export
from stock.services.cataloguing import check_catalogue, import_catalogue
from stock.services.importing import Imported


class CatalogueFile(forms.Form):
    file = forms.FileField(label=lazy("file"), help_text=lazy("CSV in UTF-8 or Excel (.xlsx), up to 5 MB."))
    check = forms.BooleanField(
        label=lazy("only check"), required=False, help_text=lazy("Says what would change, and writes nothing.")
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if kind_of(file) is None:
            raise forms.ValidationError(_("Choose a .csv or an .xlsx file."))
        if file.size and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file


def kind_of(file: UploadedFile) -> Format | None:
    ending = (file.name or "").lower().rpartition(".")[2]
    return Format(ending) if ending in list(Format) else None


@admin.register(CatalogueProduct)
class CatalogueProductAdmin(EditableAdmin):
    list_display = ("name", "category", "sku", "lot_size", "is_active")
    list_filter = ("is_active", "category")
    search_fields = ("name", "category", "sku")
    actions = ("offer", "withdraw")
    change_list_template = "admin/catalogue_list.html"

    def get_urls(self) -> list:
        pages = [
            path("import/", self.admin_site.admin_view(self.import_page), name="catalogue_import"),
            path("export/<slug:kind>/", self.admin_site.admin_view(self.export_file), name="catalogue_export"),
        ]
        return pages + super().get_urls()

    def export_file(self, request: HttpRequest, kind: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = Format.XLSX if kind == Format.XLSX else Format.CSV
        content = write(catalogue_lines(articles_to_export(), get_language() or ""), chosen)
        name = f"catalogue-{clock.now().date()}.{chosen}"
        return download(content, name=name, media_type=MEDIA_TYPES[chosen])

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """All or nothing; what is wrong is shown with its line."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = CatalogueFile(request.POST or None, request.FILES or None)
        problem = None
        if request.method == "POST" and form.is_valid():
            try:
                done = self._import(form.cleaned_data["file"], form.cleaned_data["check"])
            except Problem as refused:
                problem = refused
            else:
                messages.success(request, summary(done, form.cleaned_data["check"]))
                if not form.cleaned_data["check"]:
                    return HttpResponseRedirect(reverse("admin:stock_catalogueproduct_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": _("Import into the catalogue"),
            "opts": self.opts,
            "form": form,
            "problem": problem,
        }
        return TemplateResponse(request, "admin/catalogue_import.html", context, status=400 if problem else 200)

    @staticmethod
    def _import(file: UploadedFile, check: bool) -> Imported:
        rows = read_catalogue(file.read(), kind_of(file) or Format.CSV)
        return (check_catalogue if check else import_catalogue)(rows)

    @admin.action(description=lazy("Offer to bars"), permissions=["change"])
    def offer(self, request: HttpRequest, articles: QuerySet[CatalogueProduct]) -> None:
        self._tell(request, articles.update(is_active=True))

    @admin.action(description=lazy("Offer no more"), permissions=["change"])
    def withdraw(self, request: HttpRequest, articles: QuerySet[CatalogueProduct]) -> None:
        self._tell(request, articles.update(is_active=False))

    def _tell(self, request: HttpRequest, count: int) -> None:
        text = ngettext("%(count)d article was changed.", "%(count)d articles were changed.", count)
        messages.success(request, text % {"count": count})


def summary(done: Imported, check: bool) -> str:
    told = _("%(created)d new, %(changed)d changed, %(unchanged)d as they were.") % vars(done)
    return _("Nothing was written. This would be: %(told)s") % {"told": told} if check else told
