"""Reading what a client says on a socket."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from realtime.errors import Problem

MOST_INBOUND = 4096  # bytes a message
DEEPEST = 8
MOST_NAME = 64


class BadFrame(Problem):
    code, title = "bad_frame", _("A message is a JSON object with a type.")


def parse(message: dict[str, Any]) -> dict[str, Any]:
    """A client's message as a dict with a text type. Raises BadFrame."""
    text = message.get("text")
    if text is None:
        raise BadFrame(_("Messages are text."))
    if len(text.encode("utf-8", "surrogatepass")) > MOST_INBOUND:
        raise BadFrame(_("A message has at most %(most)d bytes.") % {"most": MOST_INBOUND})
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame(_("The message is not JSON.")) from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame()
    if _is_deeper(frame, DEEPEST):
        raise BadFrame(_("A message is nested %(most)d levels deep at most.") % {"most": DEEPEST})
    return frame


def _is_deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inside if isinstance(one, dict | list))


def name_of(value: Any) -> str:
    """What a client calls itself: a short printable text, empty where it is anything else."""
    return value[:MOST_NAME] if isinstance(value, str) and value.isprintable() else ""
