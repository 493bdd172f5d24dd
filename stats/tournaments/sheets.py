"""A tournament as its rows say, in the words of the pure modules: seats, results, standings."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from stats.models import Entry, Match, Tournament
from stats.tournaments import bracket, robin, standings
from stats.tournaments.pairings import NOBODY, Outcome, Pairing, Pairings, Result, Results, Side, Slot, decide
from stats.tournaments.standings import Standing

FACTS = (Match.Outcome.PLAYED, Match.Outcome.FORFEIT)


@dataclass(frozen=True)
class Sheet:
    """Entries and matches of one tournament, read at one moment."""

    tournament: Tournament
    entries: list[Entry]
    matches: list[Match]

    @cached_property
    def seats(self) -> dict[UUID | None, int]:
        """By entry; nobody's is NOBODY."""
        return {None: NOBODY} | {entry.pk: entry.seat for entry in self.entries if entry.seat is not None}

    @cached_property
    def seated(self) -> dict[int, Entry]:
        """Entries by seat."""
        return {entry.seat: entry for entry in self.entries if entry.seat is not None}

    def entry_at(self, side: Side) -> UUID | None:
        """None for who is not known yet and for nobody."""
        return self.seated[side].pk if side else None

    @property
    def players(self) -> int:
        return len(self.seated)

    @property
    def withdrawn(self) -> set[int]:
        return {seat for seat, entry in self.seated.items() if entry.withdrawn_at is not None}

    @property
    def results(self) -> Results:
        """What was confirmed, by slot: all that standings and pairings are made of."""
        return {slot_of(match): self.result_of(match) for match in self.matches if match.outcome in FACTS}

    def result_of(self, match: Match) -> Result:
        return Result(
            self.seats[match.home_id],
            self.seats[match.away_id],
            self.seats[match.winner_id],
            Outcome(match.outcome),
            match.home_score or 0,
            match.away_score or 0,
        )

    def pairings(self) -> Pairings:
        """What every match should be, by the results."""
        match self.tournament.format:
            case Tournament.Format.ELIMINATION:
                return bracket.resolve(self.players, self.results, self.withdrawn)
            case Tournament.Format.ROUND_ROBIN:
                return robin.resolve(self.players, self.results, self.withdrawn)
        return {slot_of(match): self.arranged(match) for match in self.matches}

    def arranged(self, match: Match) -> Pairing:
        """Of a leaderboard: who meets was said when it was arranged, and somebody may play alone."""
        home, away = self.seats[match.home_id], self.seats[match.away_id]
        result = self.results.get(slot_of(match))
        if away == NOBODY and result is None and home not in self.withdrawn:
            return Pairing(home, away)
        return decide(home, away, result, self.withdrawn)

    def standings(self) -> list[Standing]:
        """Nobody stands anywhere before the draw."""
        if not self.players:
            return []
        if self.tournament.format == Tournament.Format.ELIMINATION:
            return standings.cup(self.players, self.results, self.withdrawn)
        return standings.table(self.players, self.results.values(), self.withdrawn)


def slot_of(match: Match) -> Slot:
    return Slot(match.round, match.place)


def read_sheets(tournaments: Iterable[Tournament]) -> list[Sheet]:
    """The sheets of these, in two queries however many they are."""
    found = {tournament.pk: Sheet(tournament, [], []) for tournament in tournaments}
    for entry in Entry.objects.filter(tournament__in=found).select_related("player").order_by("seat", "pk"):
        found[entry.tournament_id].entries.append(entry)
    for match in Match.objects.filter(tournament__in=found).order_by("round", "place"):
        found[match.tournament_id].matches.append(match)
    return list(found.values())


def read_sheet(tournament: Tournament) -> Sheet:
    [sheet] = read_sheets([tournament])
    return sheet
