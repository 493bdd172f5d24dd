from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0006_colleagues_talk_to_each_other"),
        ("realtime", "0006_one_call_numbers_a_transaction"),
        ("sales", "0008_the_shelf_is_locked_last"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("utc_date", models.DateField(verbose_name="date in UTC")),
                ("business_date", models.DateField(verbose_name="business date")),
                ("sales", models.PositiveIntegerField(verbose_name="sales")),
                (
                    "bar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bars.bar",
                        verbose_name="bar",
                    ),
                ),
            ],
            options={
                "verbose_name": "count of a day's sales",
                "verbose_name_plural": "counts of sales by day",
                "constraints": [
                    models.UniqueConstraint(fields=["bar", "utc_date", "business_date"], name="a_day_is_counted_once")
                ],
            },
        ),
        migrations.RunSQL((FOLDER / "pages_v1.sql").read_text()),
    ]
