from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stats", "0001_rollups_and_refresh_log")]

    operations = [
        migrations.RunSQL(
            (FOLDER / "sales_minute_v1.sql").read_text(), "DROP FUNCTION stats_count_sale, stats_refresh_activity"
        ),
        migrations.RunSQL(
            (FOLDER / "daily_sales_summary_v1.sql").read_text(), "DROP MATERIALIZED VIEW daily_sales_summary"
        ),
    ]
