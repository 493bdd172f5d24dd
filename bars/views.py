"""Pages of a person: signing in, the bars they work in, and talking with who works there."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.chatting import chat_of, chat_texts
from bars.permissions import Permission


class SignIn(LoginView):
    """Who is signed in already goes on to their bars."""

    template_name = "bars/login.html"
    redirect_authenticated_user = True


@require_safe
@login_required
def bars(request: HttpRequest) -> HttpResponse:
    return render(request, "bars/bars.html", {"members": list(request.user.memberships)})  # type: ignore[union-attr]


@require_safe
@login_required
def chat(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """The conversations of a member; what was said is read by the page."""
    member = membership(request.user, bar_id, Permission.CHAT)
    context = {
        "member": member,
        "bar": member.bar,
        "chat": chat_of(request.user, member),  # type: ignore[arg-type]
        "texts": chat_texts(),
    }
    return render(request, "bars/chat.html", context)
