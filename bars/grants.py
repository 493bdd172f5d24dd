"""What the application's database role may do: read and write rows, and nothing about tables.

Migrations run as the owner of the database; web, relay, worker and beat run as `bartender_app`
(DATABASE_APP_ROLE). Ledgers lose UPDATE and DELETE on top of the triggers that protect them,
because a trigger can be switched off by a session setting and a missing grant can't.
"""

from typing import Any

from django.db import connections

ROLE = "bartender_app"
LEDGERS = ("stock_movement", "sales_line")
VIEWS = ("daily_sales_summary",)  # refreshed by the worker

STATEMENTS = [
    f"GRANT USAGE ON SCHEMA public TO {ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
    *(f"GRANT MAINTAIN ON {view} TO {ROLE}" for view in VIEWS),
    *(f"REVOKE UPDATE, DELETE ON {table} FROM {ROLE}" for table in LEDGERS),
]


def grant_application_role(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """After each migrate, where the role exists: a database with a single role keeps working."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone():
            return
        cursor.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name", [[*LEDGERS, *VIEWS]]
        )
        if cursor.fetchone() == (True,):
            for statement in STATEMENTS:
                cursor.execute(statement)
