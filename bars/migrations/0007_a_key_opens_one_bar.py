from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0006_colleagues_talk_to_each_other"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key__isnull", False)),
                fields=("user", "key"),
                name="a_key_opens_one_bar_of_a_person",
            ),
        ),
    ]
