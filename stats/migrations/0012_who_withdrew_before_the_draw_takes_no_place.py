from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("stats", "0011_what_goods_cost_is_kept")]

    operations = [migrations.RunSQL((SQL / "tournaments_v2.sql").read_text(), migrations.RunSQL.noop)]
