"""A tournament is opened, players enter it and withdraw, and it is called off or ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.transactions import KeyReused, durably
from realtime.errors import NotFound
from stats.models import Entry, Match, Player, Tournament
from stats.tournaments.problems import (
    MatchesLeft,
    NotOpen,
    NotRunning,
    PlayerNameTaken,
    RankTaken,
    WrongNumberOfPlayers,
)
from stats.tournaments.queries.games import check_game
from stats.tournaments.seats import MOST
from stats.tournaments.services.locking import check_running, lock_tournament
from stats.tournaments.services.replanning import replan

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else


@dataclass(frozen=True)
class Plan:
    """A tournament that is to be opened."""

    key: UUID
    name: str
    game: str
    format: Tournament.Format


@dataclass(frozen=True)
class Opened:
    """A tournament; `is_replay` when the key had opened it before and nothing new was written."""

    tournament: Tournament
    is_replay: bool


@dataclass(frozen=True)
class Entrant:
    """One of the team by `member`, one who has played here by `player`, a guest by `name`: the first that is told."""

    member: UUID | None = None
    player: UUID | None = None
    name: str = ""
    rank: int | None = None


def new_token() -> str:
    """Ten characters that can be typed on a television: 49 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


@durably
def open_tournament(member: Member, plan: Plan) -> Opened:
    """Open a tournament for entries; the same key and plan answer with the same one. Raises UnknownGame, KeyReused."""
    check_game(plan.game)
    fields = {"name": plan.name, "game_id": plan.game, "format": plan.format}
    made, is_new = Tournament.objects.get_or_create(
        bar_id=member.bar_id,
        key=plan.key,
        defaults=fields | {"token": new_token(), "created_by_id": member.user_id},
    )
    if any(getattr(made, name) != value for name, value in fields.items()):
        raise KeyReused()
    return Opened(made, is_replay=not is_new)


@durably
def enter(member: Member, tournament_id: UUID, entrant: Entrant) -> Entry:
    """Enter a player, who is made known to the bar where they are new; who has entered already has that entry.

    A leaderboard takes players while it runs. Raises NotFound, NotOpen, WrongNumberOfPlayers, RankTaken, or
    PlayerNameTaken where one of the team has the name of a guest.
    """
    tournament = lock_tournament(member, tournament_id)
    player = find_player(member, entrant)
    entries = {entry.player_id: entry for entry in tournament.entries.select_related("player")}
    if player.pk in entries:
        return entries[player.pk]
    is_leaderboard = tournament.format == Tournament.Format.LEADERBOARD
    if tournament.status != Tournament.Status.OPEN and not (
        is_leaderboard and tournament.status == Tournament.Status.RUNNING
    ):
        raise NotOpen(tournament_status=tournament.status)
    if sum(is_placed(entry) for entry in entries.values()) >= MOST:
        raise WrongNumberOfPlayers()
    if entrant.rank is not None and entrant.rank in [entry.rank for entry in entries.values()]:
        raise RankTaken()
    made = Entry.objects.create(bar_id=member.bar_id, tournament=tournament, player=player, rank=entrant.rank)
    return Entry.objects.select_related("player").get(pk=made.pk)  # with the seat that a trigger has given


def is_placed(entry: Entry) -> bool:
    """Whether an entry takes one of the places: who has withdrawn before the draw leaves it to somebody else."""
    return entry.withdrawn_at is None or entry.seat is not None


def find_player(member: Member, entrant: Entrant) -> Player:
    """The bar's player, made where there is none yet. Raises NotFound or PlayerNameTaken."""
    players = Player.objects.filter(bar_id=member.bar_id)
    if entrant.member is not None:
        return player_of(member.bar_id, entrant.member)
    if entrant.player is not None:
        found = players.filter(pk=entrant.player).first()
        if found is None:
            raise NotFound(_("There is no such player."))
        return found
    new = {"bar_id": member.bar_id, "name": entrant.name}
    return players.get_or_create(name__iexact=entrant.name, defaults=new)[0]


def player_of(bar_id: UUID, member_id: UUID) -> Player:
    """Who plays for one of the team, under the name by which the team knows them: never an e-mail address."""
    who = Member.objects.active().filter(bar_id=bar_id, pk=member_id).select_related("user").first()
    if who is None:
        raise NotFound(_("There is no such person in this team."))
    players = Player.objects.filter(bar_id=bar_id)
    if found := players.filter(user=who.user).first():
        return found
    name = (who.user.first_name or who.user.username).partition("@")[0][:40]
    if players.filter(name__iexact=name).exclude(user=who.user).exists():
        raise PlayerNameTaken()
    return players.get_or_create(user=who.user, defaults={"bar_id": bar_id, "name": name})[0]


@durably
def withdraw(member: Member, tournament_id: UUID, entry_id: UUID, *, at: datetime) -> Entry:
    """Take a player out for good: what they had still to play is forfeited. Raises NotFound or NotRunning."""
    tournament = lock_tournament(member, tournament_id)
    entry = tournament.entries.filter(pk=entry_id).select_related("player").first()
    if entry is None:
        raise NotFound(_("There is no such entry."))
    if entry.withdrawn_at is not None:
        return entry
    if tournament.status not in (Tournament.Status.OPEN, Tournament.Status.RUNNING):
        raise NotRunning(tournament_status=tournament.status)
    entry.withdrawn_at = at
    entry.save(update_fields=["withdrawn_at"])
    if tournament.status == Tournament.Status.RUNNING:
        replan(tournament, by=member.user_id)
    return entry


@durably
def call_off(member: Member, tournament_id: UUID) -> Tournament:
    """End a tournament without an outcome; what was played stays. Raises NotFound or NotRunning."""
    tournament = lock_tournament(member, tournament_id)
    if tournament.status == Tournament.Status.CANCELLED:
        return tournament
    if tournament.status == Tournament.Status.FINISHED:
        raise NotRunning(tournament_status=tournament.status)
    tournament.status = Tournament.Status.CANCELLED
    tournament.save(update_fields=["status"])
    return tournament


@durably
def finish(member: Member, tournament_id: UUID) -> Tournament:
    """End a leaderboard; the others end with their last match. Raises NotFound, NotRunning or MatchesLeft."""
    tournament = lock_tournament(member, tournament_id)
    if tournament.status == Tournament.Status.FINISHED:
        return tournament
    check_running(tournament)
    if left := tournament.matches.exclude(state=Match.State.CONFIRMED).count():
        raise MatchesLeft(left=left)
    tournament.status = Tournament.Status.FINISHED
    tournament.save(update_fields=["status"])
    return tournament
