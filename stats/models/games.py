"""Bar games: what each counts, who plays, and every player's figures."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Lower, Now
from django.utils.translation import gettext_lazy as _

from bars.keys import uuid7_key
from bars.models import Bar
from stats.tournaments.titles import title_of_game

# In percent, as seed 002 shows it.
RATE = models.DecimalField(max_digits=5, decimal_places=2)
WIN_RATE = models.Case(
    models.When(matches=0, then=models.Value(0)),
    default=Cast("wins", models.DecimalField(max_digits=14, decimal_places=4)) * 100 / F("matches"),
    output_field=RATE,
)


class Game(models.Model):
    """A game that bars play, by a code that stands for it everywhere."""

    code = models.SlugField(_("code"), max_length=20, primary_key=True)
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("game")
        verbose_name_plural = _("games")
        ordering = ["code"]

    def __str__(self) -> str:
        return title_of_game(self.code, self.name)


class GameSchema(models.Model):
    """What a game's statistics may hold, from one version on; what was recorded keeps the version it was recorded by.

    `keys` maps each allowed key to its `type` (integer, number, text or boolean) and whether it is `ranked`, that is
    added up for every player. `ratio` is what players are compared by beside their wins: the sum of the keys `over`
    for one of the keys `under`.
    """

    id = uuid7_key()
    game = models.ForeignKey(Game, models.PROTECT, related_name="schemas", verbose_name=_("game"), db_index=False)
    version = models.PositiveSmallIntegerField(_("version"))
    keys = models.JSONField(_("keys"))
    ratio = models.JSONField(_("ratio"), null=True, blank=True)

    class Meta:
        verbose_name = _("schema of a game")
        verbose_name_plural = _("schemas of games")
        constraints = [
            models.UniqueConstraint(fields=["game", "version"], name="a_game_has_one_schema_a_version"),
            models.UniqueConstraint(fields=["game", "id"], name="schema_belongs_to_its_game"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.game_id} {self.version}"

    @property
    def ranked(self) -> list[str]:
        """The keys that are added up."""
        return sorted(key for key, told in self.keys.items() if told["ranked"])


class Player(models.Model):
    """Who plays in a bar: one of the team, or a guest. `name` is all that anybody is ever told of them."""

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="players", verbose_name=_("bar"), db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
        null=True,
        blank=True,
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=40)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("player")
        verbose_name_plural = _("players")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="player_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["bar", "user"], name="a_person_is_one_player_in_a_bar"),
            models.UniqueConstraint(F("bar"), Lower("name"), name="player_name_is_unique_in_its_bar"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(name__contains="@"), name="a_player_goes_by_a_name_and_no_address"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["name"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GameStats(models.Model):
    """What one player has done in one match, in the words of the game's schema: the database refuses any other."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    game = models.ForeignKey(
        Game, models.PROTECT, related_name="+", verbose_name=_("game"), db_index=False, db_constraint=False
    )
    schema = models.ForeignKey(
        GameSchema, models.PROTECT, related_name="+", verbose_name=_("schema"), db_index=False, db_constraint=False
    )
    match = models.ForeignKey(
        "stats.Match",
        models.PROTECT,
        related_name="stats",
        verbose_name=_("match"),
        db_index=False,
        db_constraint=False,
    )
    player = models.ForeignKey(
        Player, models.PROTECT, related_name="stats", verbose_name=_("player"), db_constraint=False
    )
    stats = models.JSONField(_("statistics"))
    recorded_at = models.DateTimeField(_("at"), db_default=Now())
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("statistics of a match")
        verbose_name_plural = _("statistics of matches")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="stats_belong_to_their_bar"),
            models.UniqueConstraint(fields=["match", "player"], name="a_player_has_one_set_of_stats_a_match"),
        ]
        indexes = [
            GinIndex(fields=["stats"], name="stats_by_content"),
            models.Index(fields=["bar", "game", "-id"], name="stats_newest_first"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="facts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["schema", "stats", "recorded_at", "recorded_by"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.player} {self.game_id}"


class PlayerTotal(models.Model):
    """The sum of a ranked key over a player's matches, and in how many it was recorded; zero is a value."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    player = models.ForeignKey(
        Player, models.PROTECT, related_name="totals", verbose_name=_("player"), db_index=False, db_constraint=False
    )
    game = models.ForeignKey(Game, models.PROTECT, related_name="+", verbose_name=_("game"), db_index=False)
    key = models.CharField(_("key"), max_length=30)
    total = models.DecimalField(_("total"), max_digits=20, decimal_places=4)
    matches = models.IntegerField(_("matches"))

    class Meta:
        verbose_name = _("total of a player")
        verbose_name_plural = _("totals of players")
        constraints = [
            models.UniqueConstraint(fields=["player", "game", "key"], name="a_player_has_one_total_of_a_key"),
            models.CheckConstraint(condition=Q(matches__gte=0), name="a_total_is_of_some_matches"),
        ]
        indexes = [
            models.Index(
                fields=["bar", "game", "key", "-total", "player"],
                include=["matches"],
                condition=Q(matches__gt=0),
                name="total_highest_first",
            )
        ]

    def __str__(self) -> str:
        return f"{self.player} {self.key} {self.total}"


class PlayerRecord(models.Model):
    """How many matches of a game a player has played against somebody and confirmed, and how many of them won."""

    id = uuid7_key()
    bar = models.ForeignKey(
        Bar, models.PROTECT, related_name="+", verbose_name=_("bar"), db_index=False, db_constraint=False
    )
    player = models.ForeignKey(
        Player, models.PROTECT, related_name="records", verbose_name=_("player"), db_index=False, db_constraint=False
    )
    game = models.ForeignKey(Game, models.PROTECT, related_name="+", verbose_name=_("game"), db_index=False)
    matches = models.IntegerField(_("matches"))
    wins = models.IntegerField(_("wins"))
    win_rate = models.GeneratedField(
        expression=WIN_RATE, output_field=RATE, db_persist=True, verbose_name=_("win rate")
    )

    class Meta:
        verbose_name = _("record of a player")
        verbose_name_plural = _("records of players")
        constraints = [
            models.UniqueConstraint(fields=["player", "game"], name="a_player_has_one_record_of_a_game"),
            models.CheckConstraint(
                condition=Q(wins__gte=0, wins__lte=F("matches")), name="nobody_wins_more_than_they_play"
            ),
        ]
        indexes = [
            models.Index(
                fields=["bar", "game", "-win_rate"],
                condition=Q(matches__gte=5),
                name="record_best_first",
            )
        ]

    def __str__(self) -> str:
        return f"{self.player} {self.wins}/{self.matches}"
