"""Games, and what they count, as people call them; the database knows them by codes and keys."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Titles = Mapping[str, str | Promise]

GAMES: Titles = {
    "baby-foot": _("Table football"),
    "csgo": "CS:GO",
    "darts": _("Darts"),
    "fifa": "FIFA",
    "lol": "League of Legends",
    "pool": _("Pool"),
    "quiz": _("Quiz"),
}
KEYS: Titles = {
    "answered": _("questions answered"),
    "assists": _("assists"),
    "average": _("average"),
    "balls": _("balls potted"),
    "bestTopic": _("best topic"),
    "blackOnBreak": _("black on the break"),
    "bullseyes": _("bullseyes"),
    "champion": _("champion"),
    "conceded": _("goals conceded"),
    "correct": _("correct answers"),
    "cs": _("minions killed"),
    "damage": _("damage"),
    "darts": _("darts thrown"),
    "deaths": _("deaths"),
    "fastestSeconds": _("fastest answer, in seconds"),
    "finish": _("last double"),
    "fouls": _("fouls"),
    "goals": _("goals"),
    "gold": _("gold"),
    "group": _("group of balls"),
    "headshots": _("headshots"),
    "highestCheckout": _("highest checkout"),
    "highestRun": _("highest run"),
    "kills": _("kills"),
    "map": pgettext_lazy("of a game", "map"),
    "mvpStars": _("MVP stars"),
    "oneEighties": _("180s"),
    "ownGoals": _("own goals"),
    "passAccuracy": _("pass accuracy"),
    "passes": _("passes"),
    "points": _("points"),
    "possession": _("possession"),
    "racks": _("racks"),
    "role": pgettext_lazy("of a player", "role"),
    "saves": pgettext_lazy("of a goalkeeper", "saves"),
    "shotsOnTarget": _("shots on target"),
    "tackles": _("tackles"),
    "team": pgettext_lazy("of a game", "team"),
    "visionScore": _("vision score"),
    "weapon": _("weapon"),
}
# Where a game means something else by a key than the others do.
OF_GAME: Mapping[tuple[str, str], str | Promise] = {
    ("fifa", "assists"): pgettext_lazy("football", "assists"),
    ("baby-foot", "role"): pgettext_lazy("of a player", "place at the table"),
}
RATIOS: Titles = {
    "balls_per_rack": _("balls a rack"),
    "goal_ratio": _("goals for each conceded"),
    "goals_per_shot": _("goals for each shot on target"),
    "kda": "KDA",
    "points_per_dart": _("points a dart"),
    "share_correct": _("share of correct answers"),
}


def title_of_game(code: str, name: str) -> str:
    """In the language of who asks; `name` where nobody has translated it yet."""
    return str(GAMES.get(code, name))


def title_of_key(game: str, key: str) -> str:
    """In the language of who asks; the key itself where nobody has translated it yet."""
    return str(OF_GAME.get((game, key)) or KEYS.get(key, key))


def title_of_ratio(name: str) -> str:
    return str(RATIOS.get(name, name))
