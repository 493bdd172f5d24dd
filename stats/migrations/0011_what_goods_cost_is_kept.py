from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "top_products_v2.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0010_the_sales_tell_what_was_sold"),
        ("stats", "0010_views_know_which_days_are_stale"),
    ]

    operations = [
        migrations.RunSQL(
            SQL.read_text(),
            state_operations=[
                migrations.AddField(
                    "topproduct",
                    "cost",
                    models.DecimalField(decimal_places=4, max_digits=24, verbose_name="cost"),
                    preserve_default=False,
                )
            ],
        )
    ]
