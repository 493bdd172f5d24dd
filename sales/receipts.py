"""A receipt that a client can open: its address holds the sale, signed, so that nobody guesses another's. Pure."""

import base64
import binascii
import re
from uuid import UUID

from django.core.signing import BadSignature, Signer

REFERENCE = re.compile(r"([0-9a-f]{4})[- ]?([0-9a-f]{4})", re.IGNORECASE)


def signer() -> Signer:
    return Signer(salt="sales.receipt", sep=".")


def receipt_of(sale_id: UUID) -> str:
    """What the address of a sale's receipt ends with."""
    packed = base64.urlsafe_b64encode(sale_id.bytes).decode().rstrip("=")
    return signer().sign(packed)


def sale_of_receipt(receipt: str) -> UUID | None:
    """The sale that `receipt_of` has signed, None for anything else."""
    try:
        packed = signer().unsign(receipt)
        return UUID(bytes=base64.urlsafe_b64decode(packed + "=="))
    except (BadSignature, binascii.Error, ValueError):
        return None


def reference_of(sale_id: UUID) -> str:
    """How people tell a sale from others: the end of its id, 4F2A-91C7."""
    text = sale_id.hex[-8:].upper()
    return f"{text[:4]}-{text[4:]}"


def read_reference(text: str) -> str | None:
    """The end of the id that a reference tells, with its dash or without; None for any other text."""
    found = REFERENCE.fullmatch(text)
    return (found[1] + found[2]).lower() if found else None
