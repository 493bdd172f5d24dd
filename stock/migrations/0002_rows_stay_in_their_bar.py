from django.db import migrations

KEYS = [
    ("stock_product", "category_id", "stock_category"),
    ("stock_movement", "product_id", "stock_product"),
]
ADD = "ALTER TABLE {0} ADD CONSTRAINT {0}_{1}_in_bar FOREIGN KEY (bar_id, {1}) REFERENCES {2} (bar_id, id)"
DROP = "ALTER TABLE {0} DROP CONSTRAINT {0}_{1}_in_bar"


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_products_and_movements")]

    operations = [migrations.RunSQL(ADD.format(*key), DROP.format(*key)) for key in KEYS]
