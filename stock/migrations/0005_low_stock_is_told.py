from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stock", "0004_the_ledger_moves_the_stock"), ("realtime", "0005_people_are_notified_and_talk")]

    operations = [migrations.RunSQL((FOLDER / "low_stock_v1.sql").read_text())]
