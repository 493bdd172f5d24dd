"""Asking whether somebody has a feature that is tried out."""

import hashlib
from uuid import UUID

from realtime.models import Feature


def is_on(name: str, key: UUID) -> bool:
    """Whether the one with this key (a bar) has a feature. Queries."""
    feature = Feature.objects.filter(pk=name).first()
    return feature is not None and has(feature, key)


def has(feature: Feature, key: UUID) -> bool:
    """By its key, or by lot. The lot is the key's and the feature's: it never changes, so a growing share takes from
    nobody, and the first to try one feature aren't the first to try the next. Pure."""
    return key in feature.keys or lot(feature.name, key) < feature.share


def lot(name: str, key: UUID) -> int:
    """0 to 99, evenly spread."""
    return int.from_bytes(hashlib.sha256(f"{name}:{key}".encode()).digest()[:8]) % 100
