from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Cast, Right

NAME = "sale_by_reference"


class Migration(migrations.Migration):
    """Bars go on selling meanwhile. One index a migration: what was cut off leaves an invalid one, and begins again."""

    atomic = False

    dependencies = [("sales", "0010_the_sales_tell_what_was_sold")]

    operations = [
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="sale", index=models.Index(Right(Cast("id", models.TextField()), 8), name=NAME)
        ),
    ]
