"""Who changes a tournament has it alone. Call inside a transaction."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import Member
from realtime.errors import NotFound
from stats.models import Match, Tournament
from stats.tournaments.problems import NotRunning

LOCK = "SELECT * FROM stats_tournament WHERE id = %s AND bar_id = %s FOR NO KEY UPDATE"


def lock_tournament(member: Member, tournament_id: UUID) -> Tournament:
    """The bar's tournament, for this transaction alone. Raises NotFound."""
    for tournament in Tournament.objects.raw(LOCK, [tournament_id, member.bar_id]):
        return tournament
    raise NotFound(_("There is no such tournament."))


def lock_match(member: Member, match_id: UUID) -> tuple[Tournament, Match]:
    """The bar's match as it stands once its tournament is locked. Raises NotFound."""
    found = Match.objects.filter(pk=match_id, bar_id=member.bar_id).values_list("tournament_id", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such match."))
    tournament = lock_tournament(member, found)
    return tournament, Match.objects.get(pk=match_id)


def check_running(tournament: Tournament) -> None:
    """Raises NotRunning."""
    if tournament.status != Tournament.Status.RUNNING:
        raise NotRunning(tournament_status=tournament.status)
