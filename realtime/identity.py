"""Who is behind a connection, and whether that is still so. Each way to sign in has its own."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol


class Identity(Protocol):
    """`user` as found at the handshake (perhaps anonymous); `expires_at` is when it ends by itself, None for never.

    `address` is where somebody who is nobody comes from; empty for who has signed in.
    """

    @property
    def user(self) -> Any: ...

    @property
    def expires_at(self) -> datetime | None: ...

    @property
    def address(self) -> str: ...

    def check(self) -> Any | None:
        """The user, read again in one query; None once signed out, expired, or no longer active."""

    @staticmethod
    def check_many(identities: "Collection[Identity]") -> "Mapping[Identity, Any]":
        """The users behind those that still hold, in a query or two however many they are."""
