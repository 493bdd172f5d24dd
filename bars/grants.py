"""What the application's database role may do: read and write rows, and nothing about tables.

Migrations run as the owner of the database; web, relay, worker and beat run as `bartender_app`
(DATABASE_APP_ROLE). Ledgers lose UPDATE and DELETE, and stock is nobody's to write, on top of the triggers,
because a trigger can be switched off by a session setting and a missing grant can't.
"""

from typing import Any

from django.db import connections, transaction

ROLE = "bartender_app"
LEDGERS = (  # rows are only added
    "bars_change",
    "stock_movement",
    "stock_supply",
    "stock_adjustment",
    "stock_countentry",
    "stock_price",
    "sales_line",
    "sales_settlement",
    "sales_claim",
    "sales_decision",
    "sales_addendum",
    "stats_gameschema",
)
# Rows are added by people or the worker, and changed by triggers alone.
COUNTED = (
    "realtime_conversation",
    "sales_daycount",
    "stats_scoreevent",
    "stats_playertotal",
    "stats_playerrecord",
)
WRITTEN_BY_TRIGGERS = (
    "bars_change",
    "stock_price",
    "sales_decision",
    "sales_addendum",
    "stats_playertotal",
    "stats_playerrecord",
)
# Of these tables the application may change so many columns, and delete no row.
CHANGEABLE = {
    "stock_product": ("category_id", "name", "sku", "price", "cost", "alert_threshold", "is_active", "catalogue_id"),
    "sales_sale": (
        "status",
        "decided_by_id",
        "decided_at",
        "reason",
        "paid_with",
        "paid_on",
        "settlement_id",
        "to_verify",
        "verified_by_id",
    ),
    "sales_return": (
        "status",
        "refunds",
        "restocks",
        "refund",
        "refund_with",
        "business_date",
        "decided_by_id",
        "decided_at",
        "restocked_by_id",
    ),
    "sales_tab": ("name", "status", "settled_at"),
    "sales_consignment": ("client", "phone", "status", "claimed", "expires_at", "decided_by_id", "decided_at"),
    "stock_stockcount": ("status", "decided_by_id", "decided_at"),
    "sales_dayclose": ("reopened_at", "reopened_by_id", "reopen_reason"),
    "sales_expense": ("voided_at", "voided_by_id", "void_reason"),
    "stats_tournament": ("name", "status", "seed"),
    "stats_player": ("name",),
    "stats_entry": ("seat", "withdrawn_at"),
    "stats_match": (
        "home_id",
        "away_id",
        "state",
        "home_score",
        "away_score",
        "outcome",
        "winner",
        "started_at",
        "confirmed_at",
        "confirmed_by_id",
    ),
    "stats_gamestats": ("schema_id", "stats", "recorded_at", "recorded_by_id"),
    "realtime_message": ("text", "deleted_at", "deleted_by_id"),
}
VIEWS = ("daily_sales_summary", "bars_with_stats", "product_sales_stats")  # refreshed by the worker
ALERTS = "config_alert"
BELL = "realtime_bell"  # set by the relay, read by whoever commits

# A table of one's own, be it temporary, can be given any trigger whose function one may execute: one that runs as the
# owner would then write what its caller says, and any write within a trigger looks like a document's. So the role
# makes no tables, and executes none of these functions; those that triggers call are called by the owner.
CLOSE_SIDE_DOORS = """
DO $$
DECLARE
    function regprocedure;
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    FOR function IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND proowner = current_user::regrole
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
END $$
"""

STATEMENTS = [
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    CLOSE_SIDE_DOORS,
    f"GRANT USAGE ON SCHEMA public TO {ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
    f"GRANT SELECT, UPDATE ON SEQUENCE {BELL} TO {ROLE}",
    f"GRANT EXECUTE ON FUNCTION realtime_empty_next_slot TO {ROLE}",  # by the worker, each night
    f"GRANT EXECUTE ON FUNCTION config_activity TO {ROLE}",  # by the worker, each minute
    *(f"GRANT MAINTAIN ON {view} TO {ROLE}" for view in VIEWS),
    *(f"REVOKE UPDATE, DELETE ON {table} FROM {ROLE}" for table in (*LEDGERS, *COUNTED, *CHANGEABLE)),
    *(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {ROLE}" for table, columns in CHANGEABLE.items()),
    *(f"REVOKE INSERT ON {table} FROM {ROLE}" for table in WRITTEN_BY_TRIGGERS),
    f"REVOKE DELETE ON bars_member FROM {ROLE}",  # who leaves stays in the history; a bar keeps an owner
]


def grant_application_role(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """After each migrate, where the role exists: a database with a single role keeps working."""
    with transaction.atomic(using), connections[using].cursor() as cursor:  # at no moment is a ledger open
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone():
            return
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('grants'))")  # two that migrate at once
        cursor.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name",
            [[*LEDGERS, *COUNTED, *CHANGEABLE, *VIEWS, BELL, ALERTS]],
        )
        if cursor.fetchone() == (True,):
            for statement in STATEMENTS:
                cursor.execute(statement)
