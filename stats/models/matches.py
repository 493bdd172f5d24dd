"""Matches: who meets whom, the score, and what came of it. Rules between rows: sql/tournaments_v1.sql."""

from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from realtime.triggers import Publish
from stats.events import MatchEnded, MatchRewound, MatchStarted, ScoreUpdated
from stats.models.tournaments import Entry, Tournament

MOST_POINTS = 100_000
TO_BOTH = "unnest(ARRAY['tournament.' || NEW.tournament_id, 'match.' || NEW.id])"
MATCH = {"match": "NEW.id", "tournament": "NEW.tournament_id"}
WINNER = "CASE NEW.winner WHEN 'home' THEN NEW.home_id WHEN 'away' THEN NEW.away_id END"
SCORE = {"home_score": "NEW.home_score", "away_score": "NEW.away_score"}


class Side(models.TextChoices):
    HOME = "home", _("home")
    AWAY = "away", _("visitors")


class Match(models.Model):
    """Two who meet (in a leaderboard also one alone). A side is empty until it is known, and for good beside a bye.

    Round and place say where it stands: in a cup the winner of place p goes on to place p / 2 of the next round, and
    the match for the third place stands beside the final, at place 1 of its round.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("to be played")
        LIVE = "live", _("live")
        CONFIRMED = "confirmed", _("confirmed")

    class Outcome(models.TextChoices):
        PLAYED = "played", _("played")
        FORFEIT = "forfeit", _("decided by forfeit")
        BYE = "bye", _("bye")

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    tournament = models.ForeignKey(
        Tournament,
        models.PROTECT,
        related_name="matches",
        verbose_name=_("tournament"),
        db_index=False,
        db_constraint=False,
    )
    round = models.PositiveSmallIntegerField(_("round"))
    place = models.PositiveIntegerField(_("place in its round"))
    home = models.ForeignKey(
        Entry, models.PROTECT, related_name="+", verbose_name=_("home"), null=True, blank=True, db_constraint=False
    )
    away = models.ForeignKey(
        Entry, models.PROTECT, related_name="+", verbose_name=_("visitors"), null=True, blank=True, db_constraint=False
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SCHEDULED)
    home_score = models.IntegerField(_("home score"), null=True, blank=True)
    away_score = models.IntegerField(_("away score"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    winner = models.CharField(_("winner"), max_length=4, choices=Side, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        db_index=False,
    )

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="match_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["tournament", "round", "place"], name="a_place_has_one_match"),
            models.CheckConstraint(condition=~Q(home=F("away")), name="nobody_plays_against_themselves"),
            models.CheckConstraint(
                condition=Q(winner="") | Q(winner="home", home__isnull=False) | Q(winner="away", away__isnull=False),
                name="the_winner_was_there",
            ),
            models.CheckConstraint(
                condition=Q(home_score=None) | Q(home_score__gte=0, home_score__lte=MOST_POINTS),
                name="home_score_is_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(away_score=None) | Q(away_score__gte=0, away_score__lte=MOST_POINTS),
                name="away_score_is_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="scheduled",
                    outcome="",
                    winner="",
                    home_score=None,
                    away_score=None,
                    started_at=None,
                    confirmed_at=None,
                )  # fmt: skip
                | Q(
                    state="live",
                    outcome="",
                    winner="",
                    home__isnull=False,
                    home_score__isnull=False,
                    away_score__isnull=False,
                    started_at__isnull=False,
                    confirmed_at=None,
                )  # fmt: skip
                | Q(
                    state="confirmed",
                    outcome="played",
                    home__isnull=False,
                    home_score__isnull=False,
                    away_score__isnull=False,
                    started_at__isnull=False,
                    confirmed_at__isnull=False,
                )  # fmt: skip
                | Q(
                    state="confirmed",
                    outcome="forfeit",
                    home__isnull=False,
                    away__isnull=False,
                    home_score=None,
                    away_score=None,
                    confirmed_at__isnull=False,
                )  # fmt: skip
                | Q(
                    Q(home=None) | Q(away=None),
                    state="confirmed",
                    outcome="bye",
                    home_score=None,
                    away_score=None,
                    confirmed_at__isnull=False,
                ),  # fmt: skip
                name="a_match_has_what_its_state_says",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="played")
                | Q(away=None, winner="")
                | Q(home_score__gt=F("away_score"), winner="home")
                | Q(home_score__lt=F("away_score"), winner="away")
                | Q(home_score=F("away_score")),
                name="who_has_scored_more_has_won",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="bye")
                | Q(winner="", home=None, away=None)
                | Q(winner="home", away=None)
                | Q(winner="away", home=None),
                name="a_bye_is_won_by_who_is_there",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("id", "bar", "tournament", "round", "place"),
            ),
            Publish(
                MatchStarted,
                stream=TO_BOTH,
                data=MATCH,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(old__state="scheduled", new__state="live"),
            ),
            Publish(
                ScoreUpdated,
                stream=TO_BOTH,
                data=MATCH | SCORE,
                operation=pgtrigger.UpdateOf("home_score", "away_score"),
                condition=pgtrigger.Condition(
                    "OLD.state = 'live' AND NEW.state = 'live' AND "
                    "(OLD.home_score, OLD.away_score) IS DISTINCT FROM (NEW.home_score, NEW.away_score)"
                ),
            ),
            Publish(
                MatchEnded,
                stream=TO_BOTH,
                data=MATCH | SCORE | {"outcome": "NEW.outcome", "winner": WINNER},
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.outcome IN ('played', 'forfeit') AND "
                    "(OLD.outcome, OLD.winner, OLD.home_id, OLD.away_id, OLD.home_score, OLD.away_score) IS DISTINCT "
                    "FROM (NEW.outcome, NEW.winner, NEW.home_id, NEW.away_id, NEW.home_score, NEW.away_score)"
                ),
            ),
            Publish(
                MatchRewound,
                stream=TO_BOTH,
                data=MATCH,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition(
                    "OLD.state <> 'scheduled' AND OLD.outcome <> 'bye' AND NEW.state = 'scheduled'"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.home or '–'} : {self.away or '–'}"

    @property
    def winner_id(self) -> UUID | None:
        """The entry that has won; None for a draw, and where nobody has."""
        return {Side.HOME.value: self.home_id, Side.AWAY.value: self.away_id}.get(self.winner)


class ScoreEvent(models.Model):
    """Points of one side of a live match, below zero where too many were typed; `key` is the client's. A trigger adds
    them to the score. Where the match is to be played again, they are gone with it."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    match = models.ForeignKey(
        Match,
        models.PROTECT,
        related_name="score_events",
        verbose_name=_("match"),
        db_index=False,
        db_constraint=False,
    )
    key = models.UUIDField(_("client's key"))
    side = models.CharField(_("side"), max_length=4, choices=Side)
    points = models.IntegerField(_("points"))
    created_at = models.DateTimeField(_("at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("score event")
        verbose_name_plural = _("score events")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="score_event_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["match", "key"], name="a_key_scores_once_in_its_match"),
            models.CheckConstraint(condition=Q(side__in=["home", "away"]), name="side_is_home_or_away"),
            models.CheckConstraint(
                condition=~Q(points=0) & Q(points__gte=-MOST_POINTS, points__lte=MOST_POINTS),
                name="a_score_event_scores_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.side}"
