from django.db import migrations, models


class Migration(migrations.Migration):
    """Tokens issued before end here: nobody knows with which password."""

    dependencies = [("bars", "0001_people_bars_and_members")]

    operations = [
        migrations.AddField(
            model_name="accesstoken",
            name="auth_hash",
            field=models.CharField(default="", max_length=64, verbose_name="digest of the password"),
            preserve_default=False,
        ),
    ]
