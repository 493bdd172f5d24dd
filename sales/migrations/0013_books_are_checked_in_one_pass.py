from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"
AGAIN = (FOLDER / "products_sold_v1.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("sales", "0012_sales_are_found_by_their_total")]

    operations = [
        migrations.RunSQL((FOLDER / "products_sold_v2.sql").read_text(), f"{AGAIN}; DROP FUNCTION sales_brought()"),
        # What it calls is STABLE. As an IMMUTABLE one it isn't made part of the query, and takes twice the time.
        migrations.RunSQL(
            "ALTER FUNCTION sales_fingerprint(sales_sale, text) STABLE",
            "ALTER FUNCTION sales_fingerprint(sales_sale, text) IMMUTABLE",
        ),
    ]
