import django.db.models.deletion
from django.db import migrations, models

IN_BAR = """
ALTER TABLE top_products_by_period ADD CONSTRAINT top_products_by_period_product_id_in_bar
FOREIGN KEY (bar_id, product_id) REFERENCES stock_product (bar_id, id)
"""
NOT_IN_BAR = "ALTER TABLE top_products_by_period DROP CONSTRAINT top_products_by_period_product_id_in_bar"


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0006_colleagues_talk_to_each_other"),
        ("stats", "0008_the_games_that_bars_know"),
        ("stock", "0007_the_shelf_is_locked_by_the_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="BarWithStats",
            fields=[
                (
                    "bar",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="bars.bar",
                        verbose_name="bar",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("address", models.CharField(max_length=200, verbose_name="address")),
                ("phone", models.CharField(max_length=30, verbose_name="phone")),
                ("is_active", models.BooleanField(verbose_name="active")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("settings", models.JSONField(verbose_name="settings")),
                ("owner_name", models.CharField(max_length=150, verbose_name="owner")),
                ("member_count", models.IntegerField(verbose_name="members")),
            ],
            options={
                "verbose_name": "bar with its team",
                "verbose_name_plural": "bars with their teams",
                "db_table": "bars_with_stats",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ProductSalesStats",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="stock.product",
                        verbose_name="product",
                    ),
                ),
                ("until", models.DateField(verbose_name="until")),
                ("days", models.IntegerField(verbose_name="days")),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                ("revenue", models.BigIntegerField(verbose_name="revenue")),
                ("returned", models.BigIntegerField(verbose_name="units taken back")),
                ("refunds", models.BigIntegerField(verbose_name="refunds")),
                ("days_without_sale", models.IntegerField(verbose_name="days without a sale")),
                ("daily_mean", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="daily mean")),
                ("last_sale_on", models.DateField(null=True, verbose_name="last sale")),
            ],
            options={
                "verbose_name": "sales of a product",
                "verbose_name_plural": "sales of products over 30 days",
                "db_table": "product_sales_stats",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ViewMetrics",
            fields=[
                ("view", models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="view")),
                ("every", models.DurationField(verbose_name="refreshed every")),
                ("refreshes", models.IntegerField(verbose_name="refreshes")),
                ("failures", models.IntegerField(verbose_name="failures")),
                ("last_success", models.DateTimeField(null=True, verbose_name="last success")),
                ("last_failure", models.DateTimeField(null=True, verbose_name="last failure")),
                ("mean_seconds", models.FloatField(null=True, verbose_name="mean duration in seconds")),
                ("age", models.DurationField(null=True, verbose_name="age")),
                ("is_old", models.BooleanField(verbose_name="too old")),
                ("is_failing", models.BooleanField(verbose_name="failing")),
            ],
            options={
                "verbose_name": "metrics of a view",
                "verbose_name_plural": "metrics of views",
                "db_table": "materialized_view_metrics",
                "ordering": ["view"],
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DirtyDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("view", models.CharField(max_length=60, verbose_name="view")),
                ("business_date", models.DateField(verbose_name="business date")),
                (
                    "bar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="bars.bar",
                        verbose_name="bar",
                    ),
                ),
            ],
            options={
                "verbose_name": "day to count again",
                "verbose_name_plural": "days to count again",
                "indexes": [models.Index(fields=["bar", "business_date", "view"], name="dirty_days_of_a_bar")],
            },
        ),
        migrations.CreateModel(
            name="TopProduct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("business_date", models.DateField(verbose_name="business date")),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                ("revenue", models.BigIntegerField(verbose_name="revenue")),
                ("returned", models.BigIntegerField(verbose_name="units taken back")),
                ("refunds", models.BigIntegerField(verbose_name="refunds")),
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
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "product on a day",
                "verbose_name_plural": "top products by day",
                "db_table": "top_products_by_period",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["bar", "business_date", "product"], name="a_product_is_on_a_day_once"
                    )
                ],
                "indexes": [models.Index(fields=["product", "business_date"], name="days_of_a_product")],
            },
        ),
        migrations.RunSQL(IN_BAR, NOT_IN_BAR),
    ]
