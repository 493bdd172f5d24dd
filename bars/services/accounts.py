"""What a person says of their own account."""

from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import check_password
from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext_lazy as _

from bars.models import User
from bars.services.sessions import end_now
from bars.services.team import hashed
from bars.transactions import durably
from realtime.acting import acting
from realtime.errors import Problem


class WrongPassword(Problem):
    code, title = "wrong_password", _("This is not your password: type the one that you sign in with.")


def change_password(user: User, *, current: str, new: str, keep: SessionBase | None) -> None:
    """Give the account another password, which ends every session and token but the session that is kept.

    Raises WrongPassword, WeakPassword or StillRunning.
    """
    if not check_password(current, user.password):  # the user's own method may write another hash, which signs out
        raise WrongPassword()
    _write(user.pk, hashed(new, user), keep)


@durably
def _write(user_id: UUID, password: str, keep: SessionBase | None) -> None:
    """The session that is kept keeps its key: by an old one, what its pages ask for meanwhile would sign them out."""
    acting(user_id)
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    user.password = password
    user.save(update_fields=["password"])
    if keep is not None:
        keep[HASH_SESSION_KEY] = user.get_session_auth_hash()
        keep.save()
    end_now(user_id=user_id, except_key=(keep.session_key or "") if keep is not None else "")
