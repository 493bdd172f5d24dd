"""What an installation that others reach may not have: `manage.py check --deploy --database default`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register

from sales.demo import LOGINS


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


@register(Tags.security, deploy=True)
def own_secret(**kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEMO_SECRET_KEY in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield Error(
            "SECRET_KEY is the demo's, which everybody knows: whoever wants to can sign in as anybody.",
            hint="SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')",
            id="bartender.E001",
        )
