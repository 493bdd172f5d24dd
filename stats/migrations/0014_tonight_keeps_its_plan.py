from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stats", "0013_days_have_hours")]

    operations = [
        migrations.RunSQL((FOLDER / "tonight_v1.sql").read_text(), "DROP FUNCTION stats_tonight(uuid)"),
        migrations.RunSQL((FOLDER / "activity_v1.sql").read_text()),
    ]
