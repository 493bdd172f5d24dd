"""What is always true of the counter: discovered by bars/invariants.py."""

from sales.invariants import books, closes, owed, pages

__all__ = ["books", "closes", "owed", "pages"]
