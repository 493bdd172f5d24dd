from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0007_a_key_opens_one_bar"),
        ("realtime", "0007_features_are_tried_in_some_bars_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=models.Func(function="uuidv7", output_field=models.UUIDField()),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="changed"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bar", "bar"),
                            ("member", "member"),
                            ("account", "account"),
                            ("switch", "switch"),
                            ("feature", "feature"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="name")),
                ("role", models.CharField(max_length=63, verbose_name="role of the database")),
                ("was", models.JSONField(null=True, verbose_name="was")),
                ("became", models.JSONField(null=True, verbose_name="became")),
                (
                    "bar",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="bars.bar",
                        verbose_name="bar",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "who",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "change that was made",
                "verbose_name_plural": "changes that were made",
                "indexes": [models.Index(fields=["bar", "-id"], name="change_newest_first")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="change",
            trigger=pgtrigger.compiler.Trigger(
                name="only_added",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fc668c10958defd8f8a8ea9ee82c9bab5183650a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_only_added_8fb67",
                    table="bars_change",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(
            (FOLDER / "changes_v1.sql").read_text(),
            """
            DROP TRIGGER changes_are_kept ON bars_bar;
            DROP TRIGGER changes_are_kept ON bars_member;
            DROP TRIGGER changes_are_kept ON bars_user;
            DROP TRIGGER changes_are_kept ON realtime_switch;
            DROP TRIGGER changes_are_kept ON realtime_feature;
            DROP FUNCTION bars_keep_change;
            """,
        ),
    ]
