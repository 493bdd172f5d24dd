"""Who acts, said to the database: its triggers keep who has changed what (bars/sql/changes_v1.sql)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse


def acting(user_id: UUID) -> None:
    """What is changed until this transaction ends is this person's doing. Call inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('realtime.acting', %s, true)", [str(user_id)])


@contextmanager
def signed(request: HttpRequest) -> Iterator[None]:
    """What a POST writes is written in one transaction, as the doing of who is signed in."""
    if request.method != "POST":
        yield
        return
    with transaction.atomic():
        acting(request.user.pk)  # type: ignore[arg-type]
        yield


class SignedAdmin(admin.ModelAdmin):
    """An admin whose forms say who has sent them."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with signed(request):
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with signed(request):
            return super().delete_view(request, *args, **kwargs)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with signed(request):
            super().delete_queryset(request, queryset)
