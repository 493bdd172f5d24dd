from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("config", "0001_alerts_are_kept_and_told")]

    operations = [
        migrations.CreateModel(
            name="TakenBackup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("ended_at", models.DateTimeField(verbose_name="ended")),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
                "ordering": ["-ended_at"],
                "indexes": [models.Index(fields=["-ended_at"], name="backup_newest_first")],
            },
        ),
    ]
