"""The real baskets: what ten stores sold, day by day and product by product, is what their file says.

The file is read here once more, with nothing of the project: its own sums, in cents, and its own business dates.
"""

import csv
import os
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from bars.invariants import verify
from bars.models import Bar
from stats import periods
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

REAL_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "drink_baskets_10_stores.csv"
LIVE = """
SELECT named, count(*) FROM bars_bar AS bar, unnest(ARRAY['daily_sales_summary', 'top_products_by_period']) AS named,
       stats_live_days(named, bar.id, %s, %s)
GROUP BY named ORDER BY named
"""


def read_file():
    """What the file's lines add up to.

    By store: sales and revenue of each day that ends at six in the morning, and units and revenue of each product.
    """
    baskets, revenue, products = set(), Counter(), Counter()
    with REAL_FILE.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            store, units = line["store_id"], int(line["quantity"])
            cents = units * int(Decimal(line["price"]) * 100)
            day = (datetime.fromisoformat(line["sold_at"]) - timedelta(hours=6)).date()
            baskets.add((store, line["basket_id"], day))
            revenue[store, day] += cents
            products[store, line["product_id"], "units"] += units
            products[store, line["product_id"], "cents"] += cents
    sales = Counter((store, day) for store, _, day in baskets)
    days = {key: (sales[key], revenue[key]) for key in sales}
    sold = {
        (store, product): (products[store, product, "units"], products[store, product, "cents"])
        for store, product, _ in products
    }
    return days, sold


def figures(since, until):
    """The same from the project's figures, all stores over all days of the file."""
    days, sold = {}, {}
    for bar in Bar.objects.all():
        store, skus = bar.slug.removeprefix("store-"), dict(bar.products.values_list("pk", "sku"))
        for row in periods.days(bar, since, until):
            days[store, row["business_date"]] = row["sales"], row["revenue"]
        for row in periods.top_products(bar, since, until, limit=10_000):
            sold[store, skus[row["product"]]] = row["quantity"], row["revenue"]
    return days, sold


def live_spans(since, until):
    """How many spans of these days each view leaves to the roll-up and the ledger, over all stores."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE, [since, until])
        return dict(cursor.fetchall())


def test_the_real_baskets_totals_per_store_and_day_are_the_files(capsys):
    if not REAL_FILE.exists():
        message = f"{REAL_FILE} is not here: the real baskets are not part of the repository"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    of_file = read_file()
    all_days = min(day for _, day in of_file[0]), max(day for _, day in of_file[0])
    factories.user("yao")
    call_command("import_sales", REAL_FILE, time_zone="America/New_York", currency="USD", skipped_times="shift")

    live, spans = figures(*all_days), live_spans(*all_days)
    call_command("refresh_views")
    kept = figures(*all_days)

    assert "Imported 9678 sales with 17562 lines" in capsys.readouterr().out
    assert (len({store for store, _ in of_file[0]}), sum(sales for sales, _ in of_file[0].values())) == (10, 9678)
    assert (spans, live_spans(*all_days)) == ({"daily_sales_summary": 10, "top_products_by_period": 10}, {})
    assert live == of_file
    assert kept == of_file
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []
