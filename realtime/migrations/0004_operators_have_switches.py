from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("realtime", "0003_the_bell_rings_for_sleepers_and_the_ring_is_emptied")]

    operations = [
        migrations.CreateModel(
            name="Switch",
            fields=[
                (
                    "name",
                    models.CharField(
                        choices=[("EMERGENCY_POLLING", "everybody polls: no live connections")],
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="switch",
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="on")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={"verbose_name": "switch", "verbose_name_plural": "switches"},
        ),
    ]
