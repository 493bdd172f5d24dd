"""What is refused about games and tournaments."""

from django.utils.translation import gettext_lazy as _

from realtime.errors import Problem


class UnknownGame(Problem):
    """`allowed` lists the games there are."""

    code, title = "unknown_game", _("There is no such game.")


class UnknownKey(Problem):
    """`key` is not of this game; `allowed` lists those that are (of a ranking: those that are added up)."""

    code, title = "unknown_key", _("This game has no such key.")
    constraints = ("stats_hold_what_the_schema_knows",)


class WrongType(Problem):
    """`key` should hold what is `expected`: integers and numbers go to 1,000,000,000, texts have 1 to 60 characters."""

    code, title = "wrong_type", _("A key holds something else than the game counts.")
    constraints = ("stats_have_the_types_of_the_schema",)


class NotOpen(Problem):
    """`tournament_status` says how it stands."""

    status, code, title = 409, "not_open", _("The tournament takes no more entries.")
    constraints = ("players_enter_while_a_tournament_is_open",)


class NotRunning(Problem):
    """`tournament_status` says how it stands."""

    status, code, title = 409, "not_running", _("The tournament is not running.")
    constraints = ("matches_change_while_their_tournament_runs",)


class WrongNumberOfPlayers(Problem):
    status, code = 409, "wrong_number_of_players"
    title = _("A tournament has 4 to 64 players: enter or strike some first.")
    constraints = ("a_tournament_has_4_to_64_players",)


class RankTaken(Problem):
    status, code, title = 409, "rank_taken", _("Somebody else in this tournament has that rank: give another one.")
    constraints = ("a_rank_is_given_once",)


class PlayerNameTaken(Problem):
    status, code, title = 409, "player_name_taken", _("Somebody else plays here under that name: enter another one.")
    constraints = ("player_name_is_unique_in_its_bar",)


class MatchNotReady(Problem):
    """It is not known yet who meets, or it was decided already: `state` says how it stands."""

    status, code = 409, "match_not_ready"
    title = _("This match can't be played now: its players aren't known yet, or it is over.")


class MatchNotLive(Problem):
    """`state` says how it stands."""

    status, code, title = 409, "match_not_live", _("This match is not being played: start it first.")
    constraints = ("only_a_live_match_is_scored", "stats_are_of_who_has_played")


class OtherResult(Problem):
    """Somebody has confirmed something else: correct it, if it is wrong."""

    status, code, title = 409, "other_result", _("This match has another result already: correct it, if it is wrong.")


class OtherPlayers(Problem):
    """`home` and `away` are the entries that meet here now; who watched has missed that the match began anew."""

    status, code, title = 409, "other_players", _("Others meet here now: look who they are before you confirm.")


class NotDecided(Problem):
    status, code, title = 409, "not_decided", _("There is no result yet to be corrected.")


class WinnerMissing(Problem):
    status, code, title = 409, "winner_missing", _("Somebody goes on: say who has won.")
    constraints = ("a_cup_match_has_a_winner",)


class WrongWinner(Problem):
    code, title = "wrong_winner", _("Who has scored more has won.")
    constraints = ("who_has_scored_more_has_won",)


class BelowZero(Problem):
    status, code, title = 409, "below_zero", _("The score would leave what a match can have: 0 to 100,000.")
    constraints = ("home_score_is_in_bounds", "away_score_is_in_bounds")


class MatchesLeft(Problem):
    """`left` matches are still to be confirmed."""

    status, code, title = 409, "matches_left", _("Matches are still to be played: confirm them first.")
    constraints = ("a_tournament_ends_with_its_last_match",)


class NotArranged(Problem):
    status, code, title = 409, "not_arranged", _("Only in a leaderboard matches are arranged one by one.")


class PlaceTaken(Problem):
    """`place` is the next free one."""

    status, code, title = 409, "place_taken", _("Another match stands there already: take the next free place.")
    constraints = ("a_place_has_one_match",)
