"""Pages of a person and of a bar's people: signing in, joining, the bars one works in, their teams and settings."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.chatting import chat_of, chat_texts
from bars.countries import countries, currencies, zones
from bars.menu import menu_of
from bars.models import MOST_OFFLINE_HOURS, Member, User
from bars.pages import newest_first
from bars.permissions import OVER, Permission
from bars.queries import changes_of, open_invitations, team
from bars.services.guessing import TooManyGuesses
from bars.services.invitations import UnknownInvitation
from bars.services.joining import open_door
from bars.services.opening import may_open
from bars.showing import following, read_id, shown
from bars.telling import told
from bars.visitors import visitor_of
from bars.waiting import waiting_in
from realtime import clock
from realtime.errors import NotAllowed

CLOSING_HOURS = range(12)  # of a new bar: when the last guests have gone


class SignIn(LoginView):
    """Who is signed in already goes on to their bars."""

    template_name = "bars/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **values)
        except TooManyGuesses as refusal:
            form = self.get_form_class()(request)
            response = self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=429)
            response["Retry-After"] = str(refusal.data["retry_after"])
            return response


@require_safe
@login_required
def bars(request: HttpRequest) -> HttpResponse:
    """The bars of a person, each with what waits for them there."""
    user = cast(User, request.user)
    rows = waiting_in(user, visitor_of(request).members)
    return render(request, "bars/bars.html", {"rows": rows, "may_open": may_open(user)})


@require_safe
@login_required
def new_bar(request: HttpRequest) -> HttpResponse:
    """A bar to open: what its country says of it is proposed."""
    if not may_open(cast(User, request.user)):
        raise NotAllowed(_("A bar is opened by who owns one, or works in none yet."))
    language = get_language() or "fr"
    context = {
        "countries": countries(language),
        "currencies": currencies(language),
        "zones": zones(),
        "closing_hours": CLOSING_HOURS,
    }
    return render(request, "bars/new_bar.html", context)


@require_safe
def join(request: HttpRequest, code: str) -> HttpResponse:
    """What an invitation opens, for who holds its code: one tap for who is signed in, an account for who has none."""
    try:
        invitation = open_door(code, clock.now())
    except UnknownInvitation:
        return render(request, "bars/join.html", {"invitation": None}, status=404)
    return render(request, "bars/join.html", {"invitation": invitation, "code": code})


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """A person's own account."""
    return render(request, "bars/account.html")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "bars/help.html")


@require_safe
@login_required
def bar_help(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """As `help_page`, with the bar's own people to call."""
    member = membership(request.user, bar_id)
    callable_people = [one for one in team(bar_id).active() if one.can(Permission.INVITE_WAITERS)]
    return shown(request, "bars/bar_help.html", member, callable_people=callable_people)


@require_safe
@login_required
def team_page(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Who works here, and the doors that are open for others."""
    member = membership(request.user, bar_id, Permission.INVITE_WAITERS)
    with following(member, "team") as live:
        people = list(team(bar_id))
        invitations = list(open_invitations(bar_id).filter(expires_at__gt=clock.now()))
    grants = [(value, label) for value, label in Member.Role.choices if member.can(OVER[value])]
    return shown(
        request,
        "bars/team.html",
        member,
        live=live,
        people=[(one, member.can(OVER[one.role]) and one.pk != member.pk) for one in people],
        invitations=[(one, member.can(OVER[one.role])) for one in invitations],
        grants=list(reversed(grants)),
    )


@require_safe
@login_required
def settings_page(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """How the bar is run."""
    member = membership(request.user, bar_id, Permission.CHANGE_SETTINGS)
    language = get_language() or "fr"
    return shown(
        request,
        "bars/settings.html",
        member,
        currencies=currencies(language),
        zones=zones(),
        hours=range(24),
        most_offline=MOST_OFFLINE_HOURS,
    )


@require_safe
@login_required
def changes_page(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Who has changed settings and team."""
    member = membership(request.user, bar_id, Permission.CHANGE_SETTINGS)
    before = read_id(request, "before")
    changes, older = newest_first(changes_of(bar_id), before)
    rows = [(change, told(change.kind, change.was, change.became)) for change in changes]
    return shown(request, "bars/changes.html", member, changes=rows, before=before, next=older)


@require_safe
@login_required
def more(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """All pages of the bar that this member may open."""
    member = membership(request.user, bar_id)
    return render(request, "bars/more.html", {"member": member, "bar": member.bar, "menu": menu_of(member)})


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
