from pkgutil import iter_modules

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from sales import migrations as present


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sales", max(module.name for module in iter_modules(present.__path__)))]

    operations = [
        AddIndexConcurrently("sale", models.Index(fields=["client"], name="sale_of_the_next_version")),
    ]
