import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

HAS_CHANGED = (
    'WHEN (OLD."closing_hour" IS DISTINCT FROM (NEW."closing_hour") OR OLD."currency" IS DISTINCT FROM '
    '(NEW."currency") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone"))'
)
REFUSE = """
                IF EXISTS (SELECT FROM sales_sale WHERE bar_id = OLD.id) THEN
                    RAISE EXCEPTION 'bar % has sold: its currency, time zone and closing hour stay', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_bar_that_has_sold_keeps_its_terms';
                END IF;
                RETURN NEW;
                """


class Migration(migrations.Migration):
    dependencies = [
        ("bars", "0002_a_token_ends_with_its_password"),
        ("sales", "0002_rows_stay_in_their_bar"),
    ]

    operations = [
        migrations.CreateModel(
            name="BarWithSales",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("bars.bar",),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="barwithsales",
            trigger=pgtrigger.compiler.Trigger(
                name="terms_stay",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition=HAS_CHANGED,
                    func=REFUSE,
                    hash="56df33d7179e690ed08a494f4873ee7cdacf4d97",
                    operation='UPDATE OF "currency", "time_zone", "closing_hour"',
                    pgid="pgtrigger_terms_stay_2b247",
                    table="bars_bar",
                    when="BEFORE",
                ),
            ),
        ),
    ]
