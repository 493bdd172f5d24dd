from pathlib import Path

from django.db import migrations, models

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0005_the_books_keep_themselves"),
        ("stats", "0002_daily_summary_and_its_functions"),
    ]

    operations = [
        migrations.AddField(
            model_name="salesminute",
            name="refunds",
            field=models.BigIntegerField(db_default=0, verbose_name="refunds"),
        ),
        migrations.RunSQL((FOLDER / "refunds_v1.sql").read_text(), "DROP FUNCTION stats_count_refund"),
    ]
