"""Pages of a person: signing in, and the bars they work in."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


class SignIn(LoginView):
    """Who is signed in already goes on to their bars."""

    template_name = "bars/login.html"
    redirect_authenticated_user = True


@require_safe
@login_required
def bars(request: HttpRequest) -> HttpResponse:
    return render(request, "bars/bars.html", {"members": list(request.user.memberships)})  # type: ignore[union-attr]
