from django.db import migrations

COUNT = {"type": "integer", "ranked": True}
FIGURE, SHARE = {"type": "integer", "ranked": False}, {"type": "number", "ranked": False}
TEXT, FLAG = {"type": "text", "ranked": False}, {"type": "boolean", "ranked": False}
KDA = {"name": "kda", "over": ["kills", "assists"], "under": ["deaths"]}


def counting(names, **others):
    return dict.fromkeys(names.split(), COUNT) | others


GAMES = {
    "darts": (
        "Darts",
        counting("points darts oneEighties bullseyes", highestCheckout=FIGURE, average=SHARE, finish=TEXT),
        {"name": "points_per_dart", "over": ["points"], "under": ["darts"]},
    ),
    "pool": (
        "Pool",
        counting("balls racks fouls", highestRun=FIGURE, blackOnBreak=FLAG, group=TEXT),
        {"name": "balls_per_rack", "over": ["balls"], "under": ["racks"]},
    ),
    "baby-foot": (
        "Baby-foot",
        counting("goals conceded ownGoals saves", role=TEXT),
        {"name": "goal_ratio", "over": ["goals"], "under": ["conceded"]},
    ),
    "quiz": (
        "Quiz",
        counting("points correct answered", bestTopic=TEXT, fastestSeconds=SHARE),
        {"name": "share_correct", "over": ["correct"], "under": ["answered"]},
    ),
    "csgo": ("CS:GO", counting("kills deaths assists headshots damage mvpStars", weapon=TEXT, map=TEXT), KDA),
    "fifa": (
        "FIFA",
        counting("goals assists tackles passes shotsOnTarget", passAccuracy=SHARE, possession=SHARE, team=TEXT),
        {"name": "goals_per_shot", "over": ["goals"], "under": ["shotsOnTarget"]},
    ),
    "lol": (
        "League of Legends",
        counting("kills deaths assists cs gold visionScore", champion=TEXT, role=TEXT),
        KDA,
    ),
}


def know_games(apps, schema_editor):
    Game, GameSchema = apps.get_model("stats", "Game"), apps.get_model("stats", "GameSchema")
    for code, (name, keys, ratio) in GAMES.items():
        Game.objects.create(code=code, name=name)
        GameSchema.objects.create(game_id=code, version=1, keys=keys, ratio=ratio)


class Migration(migrations.Migration):
    dependencies = [("stats", "0007_tournaments_keep_their_own_rules")]

    operations = [migrations.RunPython(know_games, migrations.RunPython.noop)]
