"""Who runs Postgres: we ourselves or, where we are root, the user nobody, since Postgres refuses root."""

import errno
import functools
import os
import pwd
import shutil
from pathlib import Path
from typing import Any

UNPRIVILEGED = "nobody"
DESCRIPTORS = Path("/proc/self/fd")


def is_open_to_others(path: Path) -> bool:
    """Whether a user who owns nothing can read `path` and walk down to it."""
    parents_let_pass = all(parent.stat().st_mode & 0o001 for parent in path.parents)
    return parents_let_pass and path.stat().st_mode & 0o005 == 0o005


class ServerAccount:
    """The user that Postgres runs as, and how that user reaches folders that only root may walk to.

    Nothing of the machine is changed for it: the server gets an open descriptor of its own folder, which
    /proc/self/fd shows to it whatever the parents' permissions.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None

    @functools.cached_property
    def _user(self) -> pwd.struct_passwd | None:
        """The user to become; None where we stay who we are."""
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise OSError(errno.ENOENT, "no such user, and Postgres refuses to run as root", UNPRIVILEGED) from None

    def enter(self, folder: Path) -> Path:
        """The path under which the server finds this folder of its own, until leave()."""
        self.leave()
        if not self._user or not DESCRIPTORS.exists():
            return folder
        self._descriptor = os.open(folder, os.O_RDONLY)
        return DESCRIPTORS / str(self._descriptor)

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def make_folder(self, path: Path) -> Path:
        """Makes a folder that is the server's own."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
        return path

    def can_read(self, path: Path) -> bool:
        return self._user is None or is_open_to_others(path)

    def copy(self, folder: Path, to: Path) -> Path:
        """A copy of `folder` that is the server's own, in place of any former one."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(folder, to, symlinks=True, ignore=shutil.ignore_patterns("include"))
        if self._user:
            for path in (to, *to.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid, follow_symlinks=False)
        return to

    def options(self) -> dict[str, Any]:
        """What subprocess needs to start a program as the server's user, without the caller's own PG settings."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        options: dict[str, Any] = {"cwd": "/", "env": environment}
        if self._user:
            options |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        if self._descriptor is not None:
            options["pass_fds"] = [self._descriptor]
        return options
