from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("sales", "0009_pages_of_the_history_have_numbers")]

    operations = [
        migrations.RunSQL(
            (FOLDER / "products_sold_v1.sql").read_text(), "DROP FUNCTION sales_products_sold(uuid, date, date)"
        ),
        migrations.RunSQL((FOLDER / "sellers_v1.sql").read_text(), "DROP FUNCTION sales_sellers(uuid, date, date)"),
    ]
