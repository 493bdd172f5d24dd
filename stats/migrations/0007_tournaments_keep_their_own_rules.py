from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stats", "0006_rows_of_games_stay_in_their_bar")]

    operations = [
        migrations.RunSQL((FOLDER / "tournaments_v1.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((FOLDER / "games_v1.sql").read_text(), migrations.RunSQL.noop),
    ]
