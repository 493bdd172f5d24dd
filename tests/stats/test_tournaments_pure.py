"""Brackets, round robins and standings by enumeration: every number of players, and random evenings."""

import random
import uuid
from collections import Counter
from itertools import combinations

import pytest

from stats.tournaments import bracket, robin, standings
from stats.tournaments.pairings import NOBODY, Outcome, Pairing, Result, Slot, decide
from stats.tournaments.seats import draw, lines, size_of

PLAYERS = range(4, 65)
EVENINGS = range(2, 65)


def play_on(players, results, withdrawn=(), winner=min):
    """Every match that is still to be played is won by who `winner` names, until none is left."""
    results = dict(results)
    while True:
        pairings = bracket.resolve(players, results, withdrawn)
        open_ = {slot: one for slot, one in pairings.items() if one.outcome is None and one.home and one.away}
        if not open_:
            return results, pairings
        results |= {slot: Result(one.home, one.away, winner((one.home, one.away))) for slot, one in open_.items()}


# The draw


def test_the_seed_draws_the_same_seats_again_and_another_seed_others():
    entries = [uuid.UUID(int=number) for number in range(1, 33)]

    seats = draw(entries, ranks={}, seed="a4")

    assert seats == draw(reversed(entries), ranks={}, seed="a4")
    assert sorted(seats) == entries
    assert seats != draw(entries, ranks={}, seed="a5")


def test_who_has_a_rank_sits_in_front_by_rank():
    entries = [uuid.UUID(int=number) for number in range(1, 9)]

    seats = draw(entries, ranks={entries[5]: 1, entries[2]: 4}, seed="a4")

    assert seats[:2] == [entries[5], entries[2]]
    assert seats[2:] == [one for one in draw(entries, ranks={}, seed="a4") if one not in seats[:2]]


def test_a_seed_favours_nobody():
    """Each of eight sits in each seat 1,000 times in 8,000 draws, give or take five standard deviations."""
    entries = [uuid.UUID(int=number) for number in range(8)]
    firsts = Counter(draw(entries, ranks={}, seed=str(number))[0] for number in range(8000))

    assert all(abs(firsts[one] - 1000) < 150 for one in entries)


# Single elimination


@pytest.mark.parametrize("players", PLAYERS)
def test_everybody_stands_once_in_the_first_round_and_byes_nowhere_else(players):
    pairings = bracket.resolve(players, {}, ())
    first = [one for slot, one in pairings.items() if slot.round == 1]
    byes = {slot.round for slot, one in pairings.items() if one.outcome is Outcome.BYE}

    _, ended = play_on(players, {})

    assert sorted(side for one in first for side in one[:2] if side) == list(range(1, players + 1))
    assert byes <= {1}
    assert {slot.round for slot, one in ended.items() if one.outcome is Outcome.BYE} <= {1}
    assert [one.winner for one in first if one.outcome is Outcome.BYE] == sorted(
        (one.winner for one in first if one.outcome is Outcome.BYE), key=lines(players).index
    )
    assert {one.winner for one in first if one.outcome is Outcome.BYE} == set(range(1, size_of(players) - players + 1))


@pytest.mark.parametrize("players", PLAYERS)
def test_the_first_seats_meet_as_late_as_can_be_and_end_in_their_order(players):
    """Where the better seat always wins, 1 to 4 end first to fourth, and each half of a round falls to the better."""
    results, pairings = play_on(players, {})

    places = standings.places_of(players, pairings)
    assert [places[seat] for seat in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert all(places[seat] == size_of(seat) // 2 + 1 for seat in range(5, players + 1))
    assert len(results) == players  # one goes out in each but the two last: final and third place


@pytest.mark.parametrize("players", PLAYERS)
def test_the_third_place_is_played_for_by_who_lost_the_semi_finals(players):
    _, pairings = play_on(players, {}, winner=max)
    last = bracket.rounds_of(players)
    losers = {pairings[Slot(last - 1, place)].loser for place in (0, 1)}

    assert set(pairings[bracket.third_of(players)][:2]) == losers
    assert pairings[bracket.final_of(players)].winner == players


def test_two_who_stay_away_leave_their_place_empty():
    results, pairings = play_on(4, {}, withdrawn={1, 4})

    assert pairings[Slot(1, 0)] == Pairing(1, 4, Outcome.FORFEIT, NOBODY)
    assert pairings[bracket.final_of(4)] == Pairing(NOBODY, 2, Outcome.BYE, 2)
    assert pairings[bracket.third_of(4)] == Pairing(NOBODY, 3, Outcome.BYE, 3)
    assert [(one.seat, one.place) for one in standings.cup(4, results, {1, 4})] == [(2, 1), (3, 3), (1, 4), (4, 4)]


def test_a_result_between_others_counts_for_nothing():
    stale = Result(1, 3, 3)

    assert decide(1, 2, stale, ()) == Pairing(1, 2)
    assert decide(1, 3, stale, {3}) == Pairing(1, 3, Outcome.PLAYED, 3)


# Round robin


@pytest.mark.parametrize("players", PLAYERS)
def test_everybody_meets_everybody_once_and_nobody_twice_in_a_round(players):
    pairs = robin.pairs(players)

    assert sorted(tuple(sorted(pair)) for pair in pairs.values()) == list(combinations(range(1, players + 1), 2))
    for round_ in {slot.round for slot in pairs}:
        sides = [side for slot, pair in pairs.items() if slot.round == round_ for side in pair]
        assert len(sides) == len(set(sides)) == players - players % 2
    at_home = Counter(home for home, _ in pairs.values())
    assert {abs(2 * at_home[seat] - (players - 1)) for seat in range(1, players + 1)} <= {0, 1}


def test_a_table_ranks_by_points_balance_and_goals_and_equals_share_a_place():
    results = [
        Result(1, 2, 1, home_score=2, away_score=0),
        Result(3, 4, NOBODY, home_score=1, away_score=1),
        Result(1, 3, NOBODY, home_score=0, away_score=0),
        Result(2, 4, 4, Outcome.FORFEIT),
    ]

    ranked = standings.table(5, results, {2})

    assert [(one.seat, one.place, one.points) for one in ranked] == [
        (1, 1, 4), (4, 2, 4), (3, 3, 2), (5, 4, 0), (2, 5, 0),
    ]  # fmt: skip
    assert [(one.won, one.drawn, one.lost, one.scored, one.conceded) for one in ranked[:2]] == [
        (1, 1, 0, 2, 0), (1, 1, 0, 1, 1),
    ]  # fmt: skip
    assert [one.place for one in standings.table(4, [], ())] == [1, 1, 1, 1]


def test_who_plays_alone_has_a_score_and_neither_wins_nor_loses():
    [first, second] = standings.table(2, [Result(1, NOBODY, NOBODY, home_score=7), Result(2, 0, 0, home_score=9)], ())

    assert (first.seat, first.scored, first.played, first.points) == (2, 9, 1, 0)
    assert (second.place, second.won, second.drawn, second.lost) == (2, 0, 0, 0)


# Random evenings: withdrawals and corrections


class Evening:
    """A tournament that keeps what was decided, as the rows do; `decided` is all that standings may look at."""

    def __init__(self, players, resolve, chance):
        self.players, self.resolve, self.chance = players, resolve, chance
        self.decided, self.withdrawn = {}, set()
        self.settle()

    def settle(self):
        """Forfeits are decided when they become one, and stay; a result between others is gone."""
        self.pairings = self.resolve(self.players, self.decided, self.withdrawn)
        self.decided = {
            slot: self.decided.get(slot)
            if self.decided.get(slot) and self.decided[slot][:2] == one[:2]
            else Result(one.home, one.away, one.winner, one.outcome)
            for slot, one in self.pairings.items()
            if one.outcome in (Outcome.PLAYED, Outcome.FORFEIT)
        }

    def play(self, *slots):
        for slot in slots:
            self.confirm(slot)
        self.settle()

    def confirm(self, slot):
        one = self.pairings[slot]
        scores = self.chance.randrange(5), self.chance.randrange(5)
        winner = one.home if scores[0] > scores[1] else one.away
        if scores[0] == scores[1] and self.resolve is robin.resolve:
            winner = NOBODY
        self.decided[slot] = Result(one.home, one.away, winner, Outcome.PLAYED, *scores)

    @property
    def ready(self):
        return [slot for slot, one in self.pairings.items() if not one.outcome and one.home and one.away]

    def go_on(self):
        chance = self.chance.random()
        if chance < 0.06:
            self.withdrawn.add(self.chance.randint(1, self.players))
            self.settle()
        elif chance < 0.2 and self.decided:
            self.play(self.chance.choice(sorted(self.decided)))  # a correction
        elif self.ready:
            self.play(self.chance.choice(self.ready))


def knocked_out(evening):
    """Who has lost a match for good, counted from the results alone, in another way than the code under test."""
    third = bracket.third_of(evening.players)
    return {
        side
        for slot, result in evening.decided.items()
        if slot != third
        for side in result[:2]
        if side != result.winner
    }


@pytest.mark.parametrize("players", EVENINGS)
def test_whatever_happens_a_cup_follows_from_its_results_and_ends(players):
    evening = Evening(players, bracket.resolve, random.Random(players))
    for _ in range(3 * players):
        evening.go_on()
        assert evening.pairings == bracket.resolve(players, evening.decided, evening.withdrawn)
        for slot, result in evening.decided.items():
            if slot.round > 1 and slot != bracket.third_of(players):
                feeders = [evening.pairings[Slot(slot.round - 1, 2 * slot.place + half)] for half in (0, 1)]
                assert [one.winner for one in feeders] == list(result[:2])
    while evening.ready:
        evening.play(*evening.ready)

    ranked = standings.cup(players, evening.decided, evening.withdrawn)
    assert all(one.outcome for one in evening.pairings.values())
    assert all(one.place for one in ranked)
    champion = {one.seat for one in ranked if one.place == 1}
    assert champion == set(range(1, players + 1)) - knocked_out(evening) or not champion


@pytest.mark.parametrize("players", EVENINGS)
def test_whatever_happens_a_round_robin_follows_from_its_results_and_ends(players):
    evening = Evening(players, robin.resolve, random.Random(players))
    for _ in range(12):
        evening.go_on()
    evening.play(*(slot for slot, one in evening.pairings.items() if not one.outcome))

    ranked = standings.table(players, evening.decided.values(), evening.withdrawn)
    assert evening.pairings == robin.resolve(players, evening.decided, evening.withdrawn)
    assert len(evening.decided) == players * (players - 1) // 2
    assert {one.played for one in ranked} == {players - 1}
    assert sum(one.won for one in ranked) + sum(one.drawn for one in ranked) / 2 == sum(
        1 for one in evening.decided.values() if one.winner or one.outcome is Outcome.PLAYED
    )
    assert sum(one.scored - one.conceded for one in ranked) == 0
