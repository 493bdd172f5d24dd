"""Tournaments: their list, one of them, the console of a match, and the television page for whoever passes by."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bars.access import membership
from bars.models import Member
from bars.pages import newest_first
from bars.permissions import Permission
from realtime.errors import NotFound, Problem
from realtime.snapshot import snapshot
from stats.models import GameStats, Match, Tournament
from stats.tournaments.queries.games import games, newest_schema
from stats.tournaments.queries.tournaments import (
    find_match,
    find_public,
    find_tournament,
    players_of,
    tournaments_of,
)
from stats.tournaments.seats import LEAST, MOST
from stats.tournaments.sheets import read_sheet
from stats.tournaments.showing import Shown, rules, title_of_round
from stats.tournaments.stat_fields import fields_of
from stats.tournaments.titles import title_of_game

MOST_NAMES = 200  # of players that are offered while a name is typed


@require_safe
@login_required
def index(request: HttpRequest, bar_id: UUID) -> HttpResponse:
    """Newest first, fifty a page; `status` shows those of one. Raises Problem."""
    member = membership(request.user, bar_id)
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    if status and status not in Tournament.Status.values:
        raise Problem(_("This is not one of the choices: take one of the list."), field="status")
    counted = tournaments_of(bar_id, status or None).select_related("game")
    entered = Count("entries", filter=Q(entries__withdrawn_at=None))
    tournaments, following = newest_first(counted.annotate(players=entered), read_id(before))
    context = {
        "member": member,
        "bar": member.bar,
        "tournaments": tournaments,
        "next": following,
        "before": before,
        "status": status,
        "statuses": Tournament.Status.choices,
        "games": [(one.game_id, title_of_game(one.game_id, one.game.name)) for one in games()],
        "formats": list(rules()),
    }
    return render(request, "stats/tournaments.html", context)


def read_id(text: str) -> UUID | None:
    """The place of a page. Raises Problem."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(_("There are not so many pages: go back to the first."), field="before") from None


@require_safe
@login_required
def tournament(request: HttpRequest, bar_id: UUID, tournament_id: UUID) -> HttpResponse:
    """Who plays, the bracket or the table, and what can be done now."""
    member = membership(request.user, bar_id)
    context = looked_at(find_tournament(bar_id, tournament_id)) | {"member": member, "bar": member.bar}
    if member.can(Permission.RUN_TOURNAMENTS) and context["tournament"].status in ("open", "running"):
        context |= entrants_of(member, context["shown"])
    return render(request, "stats/tournament.html", context)


def looked_at(found: Tournament) -> dict[str, Any]:
    """The tournament with all that is shown of it, and the cursor from which a page goes on."""
    stream = f"tournament.{found.pk}"
    with snapshot([stream]) as at:
        shown = Shown(read_sheet(Tournament.objects.select_related("game").get(pk=found.pk)))
        cursor = at.cursor(stream)
    return {"tournament": shown.tournament, "shown": shown, "cursor": cursor, "least": LEAST, "most": MOST}


def entrants_of(member: Member, shown: Shown) -> dict[str, Any]:
    """Who could be entered: the team, and who has played here before."""
    entered = {entry.player_id for entry in shown.sheet.entries}
    users = {entry.player.user_id for entry in shown.sheet.entries}
    team = Member.objects.active().filter(bar_id=member.bar_id).select_related("user").order_by("user__first_name")
    known = players_of(member.bar_id).exclude(pk__in=entered).filter(user=None).order_by("-pk")
    return {
        "team": [one for one in team if one.user_id not in users],
        "known": known.values_list("name", flat=True)[:MOST_NAMES],
    }


@require_safe
@login_required
def match(request: HttpRequest, bar_id: UUID, match_id: UUID) -> HttpResponse:
    """The console of who keeps the score, on a phone at the table."""
    member = membership(request.user, bar_id)
    stream = f"match.{match_id}"
    with snapshot([stream]) as at:
        found, cursor = find_match(bar_id, match_id), at.cursor(stream)
    game = found.tournament.game
    recorded = dict(GameStats.objects.filter(match=found).values_list("player_id", "stats"))
    schema = newest_schema(game.pk)
    sides = [
        {
            "name": name,
            "entry": entry,
            "score": getattr(found, f"{name}_score"),
            "fields": fields_of(schema, recorded.get(entry.player_id, {})) if entry else [],
            "has_won": found.winner == name,
        }
        for name, entry in (("home", found.home), ("away", found.away))
    ]
    context = {
        "member": member,
        "bar": member.bar,
        "match": found,
        "tournament": found.tournament,
        "game": title_of_game(game.pk, game.name),
        "title": title_of(found),
        "sides": [side for side in sides if side["entry"]],
        "cursor": cursor,
        "is_ready": bool(found.home_id and (found.away_id or found.tournament.format == "leaderboard")),
    }
    return render(request, "stats/match.html", context)


def title_of(match: Match) -> str:
    """The round of a cup by its name; nothing where rounds have none."""
    if match.tournament.format != Tournament.Format.ELIMINATION:
        return ""
    last = match.tournament.matches.order_by("-round").values_list("round", flat=True)[0]
    return title_of_round(last - match.round)


@require_safe
def tv(request: HttpRequest, token: str) -> HttpResponse:
    """A tournament on the bar's television, and on the phones of who watches. Raises NotFound."""
    if len(token) > 10:
        raise NotFound(_("There is no such tournament."))
    return render(request, "stats/tv.html", looked_at(find_public(token)))
