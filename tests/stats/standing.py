"""Standings counted once more, from the rows of confirmed matches and in another way than the code under test."""

from stats.models import Match

DECIDED = ("played", "forfeit")


def rebuilt(tournament):
    """By entry: place, points, played, won, drawn, lost, scored, conceded."""
    entries = list(tournament.entries.exclude(seat=None))
    matches = list(Match.objects.filter(tournament=tournament))
    shown = {entry.pk: of_one(entry.pk, [one for one in matches if one.outcome in DECIDED]) for entry in entries}
    if tournament.format == "elimination":
        places = {entry.pk: place_in_cup(entry.pk, matches) for entry in entries}
    else:
        places = places_in_table(shown, {entry.pk for entry in entries if entry.withdrawn_at})
    return {pk: (places[pk], *shown[pk]) for pk in shown}


def of_one(pk, matches):
    points = played = won = drawn = lost = scored = conceded = 0
    for one in matches:
        if pk not in (one.home_id, one.away_id):
            continue
        mine, theirs = (one.home_score or 0, one.away_score or 0)[:: 1 if pk == one.home_id else -1]
        played, scored = played + 1, scored + mine
        if one.away_id is None:
            continue
        conceded += theirs
        if one.winner_id == pk:
            won, points = won + 1, points + 3
        elif one.winner_id is None and one.outcome == "played":
            drawn, points = drawn + 1, points + 1
        else:
            lost += 1
    return points, played, won, drawn, lost, scored, conceded


def places_in_table(shown, withdrawn):
    """One more than there are better ones."""

    def strength(pk):
        points, _, won, _, _, scored, conceded = shown[pk]
        return pk not in withdrawn, points, scored - conceded, scored, won

    return {pk: 1 + sum(strength(other) > strength(pk) for other in shown) for pk in shown}


def place_in_cup(pk, matches):
    """By the last match that decided it: the final, the match for the third place, or the one that put them out."""
    final = max(one.round for one in matches)
    mine = [one for one in matches if one.state == "confirmed" and pk in (one.home_id, one.away_id)]
    for one in sorted(mine, key=lambda one: (one.round, one.place), reverse=True):
        has_won = one.winner_id == pk
        if one.round == final:
            return 1 + 2 * one.place + (not has_won)
        if not has_won and one.round == final - 1:
            return None if one.winner else 4
        if not has_won:
            return 2 ** (final - one.round) + 1
    return None
