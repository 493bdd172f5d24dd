from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0007_features_are_tried_in_some_bars_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stream", models.CharField(db_collation="C", max_length=99, verbose_name="stream")),
                ("day", models.DateField(verbose_name="date in UTC")),
                ("requests", models.BigIntegerField(verbose_name="requests")),
                ("statements", models.BigIntegerField(verbose_name="SQL statements")),
                ("messages", models.BigIntegerField(verbose_name="messages")),
                ("bytes", models.BigIntegerField(verbose_name="bytes")),
                ("seconds", models.FloatField(verbose_name="seconds of connections")),
            ],
            options={
                "verbose_name": "usage of a day",
                "verbose_name_plural": "usage by day",
                "indexes": [models.Index(fields=["day"], name="usage_by_day")],
            },
        ),
    ]
