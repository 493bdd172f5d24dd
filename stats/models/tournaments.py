"""Tournaments: who plays them; who meets whom is in matches.py. Rules between rows: sql/tournaments_v1.sql."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from stats.events import TournamentUpdated
from stats.models.games import Game, Player


class Tournament(models.Model):
    """Of a bar, in one game. `token` is its public address; `seed` is what the draw was made with."""

    class Format(models.TextChoices):
        ELIMINATION = "elimination", _("single elimination")
        ROUND_ROBIN = "round_robin", _("round robin")
        LEADERBOARD = "leaderboard", _("leaderboard")

    class Status(models.TextChoices):
        OPEN = "open", _("open for entries")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("called off")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="tournaments", verbose_name=_("bar"), db_index=False)
    key = models.UUIDField(_("client's key"))
    game = models.ForeignKey(Game, models.PROTECT, related_name="+", verbose_name=_("game"), db_index=False)
    name = models.CharField(_("name"), max_length=60)
    format = models.CharField(_("format"), max_length=12, choices=Format)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    token = models.CharField(_("public address"), max_length=10, unique=True, db_collation="C")
    seed = models.CharField(_("seed of the draw"), max_length=40, blank=True)
    changed_in = models.BigIntegerField(
        _("last changed by transaction"), null=True, blank=True, editable=False
    )  # so that one transaction is told once
    created_at = models.DateTimeField(_("created"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("tournament")
        verbose_name_plural = _("tournaments")
        constraints = [
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_opens_one_tournament"),
            models.UniqueConstraint(fields=["bar", "id"], name="tournament_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(format__in=["elimination", "round_robin", "leaderboard"]),
                name="tournament_format_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "running", "finished", "cancelled"]),
                name="tournament_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled") | Q(status="open", seed="") | ~Q(status="open") & ~Q(seed=""),
                name="what_was_drawn_has_its_seed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["name", "status", "seed", "changed_in"]),
            ),
            Publish(
                TournamentUpdated,
                stream="'tournament.' || NEW.id",
                data={"tournament": "NEW.id", "status": "NEW.status"},
                operation=pgtrigger.UpdateOf("name", "status", "changed_in"),
                condition=pgtrigger.AnyChange("name", "status", "changed_in"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """A player in a tournament. `rank` is known strength (1 is the strongest), `seat` what the draw has given."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    tournament = models.ForeignKey(
        Tournament,
        models.PROTECT,
        related_name="entries",
        verbose_name=_("tournament"),
        db_index=False,
        db_constraint=False,
    )
    player = models.ForeignKey(
        Player, models.PROTECT, related_name="entries", verbose_name=_("player"), db_constraint=False
    )
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    seat = models.PositiveSmallIntegerField(_("seat"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="entry_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["tournament", "player"], name="a_player_enters_once"),
            models.UniqueConstraint(fields=["tournament", "seat"], name="a_seat_is_given_once"),
            models.UniqueConstraint(fields=["tournament", "rank"], name="a_rank_is_given_once"),
            models.CheckConstraint(
                condition=Q(seat=None) | Q(seat__gte=1, seat__lte=64), name="a_tournament_has_64_seats"
            ),
            models.CheckConstraint(condition=Q(rank=None) | Q(rank__gte=1, rank__lte=64), name="ranks_go_from_1_to_64"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["seat", "withdrawn_at"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.player}"
