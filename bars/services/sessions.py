"""Being signed in, ended from elsewhere: a phone was lost, a password was seen."""

from datetime import datetime
from uuid import UUID

from bars.models import AccessToken, Session
from bars.transactions import durably


@durably
def end_sessions(*, user_id: UUID, except_key: str = "") -> int:
    """Sign a person out everywhere, by cookie and by token, but for the identity with this key; how many there were.

    Their live connections hear of it at commit. Raises StillRunning.
    """
    return end_now(user_id=user_id, except_key=except_key)


def end_now(*, user_id: UUID, except_key: str) -> int:
    """As `end_sessions`, in the transaction of who calls it."""
    sessions = Session.objects.filter(user_id=user_id).exclude(session_key=except_key)
    tokens = AccessToken.objects.filter(user_id=user_id).exclude(digest=except_key)
    return sessions.delete()[0] + tokens.delete()[0]


@durably
def forget_expired(now: datetime) -> int:
    """Delete the sessions and tokens that sign nobody in any more; how many there were. Raises StillRunning."""
    sessions, tokens = Session.objects.filter(expire_date__lt=now), AccessToken.objects.filter(expires_at__lt=now)
    return sessions.delete()[0] + tokens.delete()[0]
