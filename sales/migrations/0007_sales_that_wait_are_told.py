from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0006_lines_find_their_sale_by_its_id"),
        ("realtime", "0005_people_are_notified_and_talk"),
    ]

    operations = [migrations.RunSQL((FOLDER / "waiting_v1.sql").read_text())]
