"""What a commit does, done inside a test's transaction."""

from django.db import connection


def settle():
    """Run the deferred triggers now: events get their numbers, sales are counted."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
