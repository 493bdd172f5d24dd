from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

NAME = "sale_newest_first_of_total"


class Migration(migrations.Migration):
    """As the migration before."""

    atomic = False

    dependencies = [("sales", "0011_a_sale_is_found_by_its_reference")]

    operations = [
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="sale", index=models.Index(fields=["bar", "total", "-occurred_at", "-id"], name=NAME)
        ),
    ]
