from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stock", "0006_a_threshold_and_a_sku_are_told"), ("bars", "0006_colleagues_talk_to_each_other")]

    operations = [
        migrations.RunSQL((SQL / "ledger_v2.sql").read_text()),
        migrations.AlterField(
            model_name="movement",
            name="bar",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bars.bar",
                verbose_name="bar",
            ),
        ),
        migrations.RemoveIndex(model_name="product", name="product_available_of_bar"),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=Q(is_active=True), fields=["bar", "category", "name"], name="product_available_of_bar"
            ),
        ),
    ]
