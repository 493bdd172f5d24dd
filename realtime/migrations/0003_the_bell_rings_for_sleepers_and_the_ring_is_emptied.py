from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("realtime", "0002_events_are_numbered_at_commit")]

    operations = [
        migrations.RunSQL((SQL / name).read_text())
        for name in ("number_events_v2.sql", "announcing_v1.sql", "ring_v1.sql")
    ]
