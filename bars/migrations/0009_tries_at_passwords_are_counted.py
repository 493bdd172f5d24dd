from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0008_whoever_changes_something_is_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="Guess",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="key")),
                ("free_at", models.DateTimeField(verbose_name="free again")),
            ],
            options={"verbose_name": "tries at a password", "verbose_name_plural": "tries at passwords"},
        ),
    ]
