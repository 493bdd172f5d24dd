from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("bars", "0003_bars_have_bounds_and_invitations")]

    operations = [
        migrations.RunSQL(
            (FOLDER / "books_v1.sql").read_text(),
            """
            DROP TRIGGER bars_keep_an_owner ON bars_member;
            DROP FUNCTION bars_keep_an_owner, bars_hold_books, bars_open_books, bars_business_date;
            """,
        )
    ]
