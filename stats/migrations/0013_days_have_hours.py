from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "hours_v1.sql"


class Migration(migrations.Migration):
    dependencies = [("stats", "0012_who_withdrew_before_the_draw_takes_no_place")]

    operations = [migrations.RunSQL(SQL.read_text(), "DROP FUNCTION stats_hours(uuid, text, date, date)")]
