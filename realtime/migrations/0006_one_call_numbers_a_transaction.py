from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("realtime", "0005_people_are_notified_and_talk")]

    operations = [migrations.RunSQL((SQL / "number_events_v3.sql").read_text())]
