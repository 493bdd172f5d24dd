"""What is taken away for good, on purpose: a person's name, or a whole bar. Only as the owner of the database."""

from uuid import UUID


def alias_of(key: UUID) -> str:
    """What is shown where the name of the one with this id has been."""
    return f"gone-{key.hex[-12:]}"
