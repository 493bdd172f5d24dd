"""What an installation that others reach may not have: `manage.py check --deploy --database default`."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, transaction

from sales.demo import LOGINS

SETTING = re.compile(r"-c (\S+?)=(\S*)")


def demo_people() -> list[str]:
    """Usernames of those who may sign in with a password that the README names."""
    passwords = {name: password for name, password, _ in LOGINS}
    people = get_user_model().objects.filter(username__in=passwords, is_active=True).in_bulk(field_name="username")
    return [name for name in people if check_password(passwords[name], people[name].password)]


@register(Tags.database, deploy=True)
def no_demo_people(databases: Sequence[str] | None = None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Asked only where a database is named: a server without one is checked too."""
    if databases and (names := demo_people()):
        yield Error(
            f"Everybody knows the password of {', '.join(names)}: these people are the demo's.",
            hint="Give them other passwords (manage.py changepassword NAME) or close their accounts in the admin.",
            id="bartender.E002",
        )


@register(Tags.database, deploy=True)
def settings_of_sessions_arrive(databases: Sequence[str] | None = None, **kwargs: Any) -> Iterable[CheckMessage]:
    """A pooler may keep from Postgres what a connection asks for as it starts: its role and its limits."""
    for alias in databases or ():
        asked = dict(SETTING.findall(connections[alias].settings_dict["OPTIONS"]["options"]))
        if lacking := ", ".join(lacking_settings(alias, asked)):
            yield Error(
                f"Sessions of the database {alias!r} begin without what the application asks for: {lacking}.",
                hint="A pooler leaves it out? Give it to the login: ALTER ROLE … SET …; docs/scaling.md has the words.",
                id="bartender.E003",
            )


def lacking_settings(alias: str, asked: dict[str, str]) -> list[str]:
    """Those that a session doesn't have as asked, as name=value. Postgres compares, since 2000ms are 2s."""
    with transaction.atomic(alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name", [list(asked)])
        present = dict(cursor.fetchall())
        cursor.execute(
            "SELECT name, set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS asked (name, value)",
            [list(asked), list(asked.values())],
        )
        return [f"{name}={asked[name]}" for name, value in cursor.fetchall() if present[name] != value]


@register(Tags.security, deploy=True)
def own_secret(**kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEMO_SECRET_KEY in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield Error(
            "SECRET_KEY is the demo's, which everybody knows: whoever wants to can sign in as anybody.",
            hint="SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')",
            id="bartender.E001",
        )
