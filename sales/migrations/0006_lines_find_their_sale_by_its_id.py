from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("sales", "0005_the_books_keep_themselves")]

    operations = [migrations.RunSQL((FOLDER / "filled_v2.sql").read_text())]
