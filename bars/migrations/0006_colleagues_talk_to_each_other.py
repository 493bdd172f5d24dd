from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0005_people_hear_that_their_access_has_changed"),
        ("realtime", "0005_people_are_notified_and_talk"),
    ]

    operations = [migrations.RunSQL((FOLDER / "chat_v1.sql").read_text())]
