from pathlib import Path

from django.db import migrations

KEYS = [
    ("stock_price", "product_id", "stock_product"),
    ("stock_supply", "product_id", "stock_product"),
    ("stock_supply", "supplier_id", "stock_supplier"),
    ("stock_supply", "reverses_id", "stock_supply"),
    ("stock_adjustment", "product_id", "stock_product"),
    ("stock_adjustment", "count_id", "stock_stockcount"),
    ("stock_countentry", "count_id", "stock_stockcount"),
    ("stock_countentry", "product_id", "stock_product"),
]
ADD = "ALTER TABLE {0} ADD CONSTRAINT {0}_{1}_in_bar FOREIGN KEY (bar_id, {1}) REFERENCES {2} (bar_id, id)"
DROP = "ALTER TABLE {0} DROP CONSTRAINT {0}_{1}_in_bar"
FOLDER = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("bars", "0004_books_are_opened_or_held"), ("stock", "0003_documents_move_the_stock")]

    operations = [
        *(migrations.RunSQL(ADD.format(*key), DROP.format(*key)) for key in KEYS),
        migrations.RunSQL((FOLDER / "ledger_v1.sql").read_text()),
    ]
