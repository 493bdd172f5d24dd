from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.SlugField(max_length=40, verbose_name="rule")),
                ("subject", models.CharField(blank=True, max_length=120, verbose_name="subject")),
                ("value", models.FloatField(verbose_name="last value")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="opened")),
                ("calm_since", models.DateTimeField(null=True, verbose_name="calm since")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ["-opened_at", "-id"],
                "indexes": [models.Index(fields=["-ended_at"], name="alert_ended_last")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "subject"),
                        condition=models.Q(("ended_at", None)),
                        name="one_open_alert_of_a_rule_and_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            models.Q(("ended_at__gte", models.F("opened_at")), ("opened_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_alert_ends_after_it_has_opened",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        choices=[("opened", "opened"), ("ended", "ended")], max_length=8, verbose_name="about"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("mail", "e-mail"), ("webhook", "webhook")], max_length=8, verbose_name="way"
                    ),
                ),
                ("due_since", models.DateTimeField(verbose_name="due since")),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                ("told_at", models.DateTimeField(null=True, verbose_name="told")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="config.alert",
                        verbose_name="alert",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [
                    models.Index(condition=models.Q(("told_at", None)), fields=["way", "id"], name="notice_due")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("alert", "about", "way"), name="an_alert_is_told_once_by_each_way"),
                ],
            },
        ),
        migrations.RunSQL((SQL / "activity_v1.sql").read_text()),
    ]
