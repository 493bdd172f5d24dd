from django.db import migrations

KEYS = [
    ("stats_entry", "tournament_id", "stats_tournament"),
    ("stats_entry", "player_id", "stats_player"),
    ("stats_match", "tournament_id", "stats_tournament"),
    ("stats_match", "home_id", "stats_entry"),
    ("stats_match", "away_id", "stats_entry"),
    ("stats_scoreevent", "match_id", "stats_match"),
    ("stats_gamestats", "match_id", "stats_match"),
    ("stats_gamestats", "player_id", "stats_player"),
    ("stats_playertotal", "player_id", "stats_player"),
    ("stats_playerrecord", "player_id", "stats_player"),
]
ADD = "ALTER TABLE {0} ADD CONSTRAINT {0}_{1}_in_bar FOREIGN KEY (bar_id, {1}) REFERENCES {2} (bar_id, id)"
DROP = "ALTER TABLE {0} DROP CONSTRAINT {0}_{1}_in_bar"


class Migration(migrations.Migration):
    dependencies = [("stats", "0005_bars_play_games")]

    operations = [migrations.RunSQL(ADD.format(*key), DROP.format(*key)) for key in KEYS]
