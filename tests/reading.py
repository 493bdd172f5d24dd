"""What people read of an answer."""

import re

ID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
TIME = re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?")


def without_ids(text):
    """The text without ids and times of day: their digits may be any figure's by chance."""
    return TIME.sub("", ID.sub("", text.decode() if isinstance(text, bytes) else text))
