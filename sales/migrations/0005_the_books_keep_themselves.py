from pathlib import Path

from django.db import migrations

KEYS = [
    ("sales_sale", "tab_id", "sales_tab"),
    ("sales_sale", "settlement_id", "sales_settlement"),
    ("sales_settlement", "tab_id", "sales_tab"),
    ("sales_decision", "sale_id", "sales_sale"),
    ("sales_return", "sale_id", "sales_sale"),
    ("sales_return", "line_id", "sales_line"),
    ("sales_consignment", "sale_id", "sales_sale"),
    ("sales_claim", "consignment_id", "sales_consignment"),
    ("sales_addendum", "close_id", "sales_dayclose"),
]
ADD = "ALTER TABLE {0} ADD CONSTRAINT {0}_{1}_in_bar FOREIGN KEY (bar_id, {1}) REFERENCES {2} (bar_id, id)"
DROP = "ALTER TABLE {0} DROP CONSTRAINT {0}_{1}_in_bar"
FOLDER = Path(__file__).parent.parent / "sql"

# A fingerprint is made of what is kept from now on, so that the database can check it.
FINGERPRINTS = """
ALTER TABLE sales_sale DISABLE TRIGGER USER;
UPDATE sales_sale AS sale SET fingerprint = sales_fingerprint(sale, lines.listed)
FROM (
    SELECT sale_id, string_agg(product_id || ':' || quantity, ',' ORDER BY product_id) AS listed
    FROM sales_line GROUP BY sale_id
) AS lines
WHERE lines.sale_id = sale.id;
ALTER TABLE sales_sale ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("sales", "0004_the_whole_trade_of_a_bar"), ("stock", "0004_the_ledger_moves_the_stock")]

    operations = [
        *(migrations.RunSQL(ADD.format(*key), DROP.format(*key)) for key in KEYS),
        migrations.RunSQL((FOLDER / "books_v1.sql").read_text()),
        migrations.RunSQL(FINGERPRINTS),
        migrations.RunSQL((FOLDER / "closing_v1.sql").read_text()),
    ]
