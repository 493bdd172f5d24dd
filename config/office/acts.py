"""What operators do on their pages: asked once, done once, and written into the admin's log."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse


@dataclass(frozen=True)
class Act:
    """`words` say what will happen, `verb` is on the button, `done` is said after; `back` names its page."""

    title: str
    words: str
    verb: str
    done: str
    back: str
    do: Callable[[], object]


def asked(request: HttpRequest, act: Act, *, about: Model | None = None) -> HttpResponse:
    """A GET says what will happen; a POST does it, writes it down and goes back."""
    if request.method != "POST":
        context = admin.site.each_context(request) | {"title": act.title, "act": act}
        return TemplateResponse(request, "admin/office_act.html", context)
    act.do()
    write_down(request, act.title, about)
    messages.success(request, act.done)
    return redirect(act.back)


def write_down(request: HttpRequest, title: str, about: Model | None) -> None:
    LogEntry.objects.create(
        user=request.user,  # type: ignore[misc]
        content_type=ContentType.objects.get_for_model(about) if about else None,
        object_id=str(about.pk) if about else None,
        object_repr=str(about)[:200] if about else title[:200],
        action_flag=CHANGE,
        change_message=title if about else "",
    )
