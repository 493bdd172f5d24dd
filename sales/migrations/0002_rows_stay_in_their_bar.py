from django.db import migrations

KEYS = [
    ("sales_line", "sale_id", "sales_sale"),
    ("sales_line", "product_id", "stock_product"),
    ("sales_consignment", "line_id", "sales_line"),
]
ADD = "ALTER TABLE {0} ADD CONSTRAINT {0}_{1}_in_bar FOREIGN KEY (bar_id, {1}) REFERENCES {2} (bar_id, id)"
DROP = "ALTER TABLE {0} DROP CONSTRAINT {0}_{1}_in_bar"


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_sales_lines_and_consignments"), ("stock", "0002_rows_stay_in_their_bar")]

    operations = [migrations.RunSQL(ADD.format(*key), DROP.format(*key)) for key in KEYS]
