"""Primary keys, as every app above knows them (realtime/keys.py)."""

from realtime.keys import UUID7, uuid7_key

__all__ = ["UUID7", "uuid7_key"]
