from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent.parent / "sql"
FILES = (
    "days_v1.sql",
    "daily_sales_summary_v2.sql",
    "top_products_v1.sql",
    "product_sales_stats_v1.sql",
    "bars_with_stats_v1.sql",
    "materialized_view_metrics_v1.sql",
)


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0008_the_shelf_is_locked_last"),
        ("stats", "0009_finished_days_are_kept"),
    ]

    operations = [migrations.RunSQL((FOLDER / name).read_text()) for name in FILES]
