"""A key that a client sends twice: the same answer, and a word that it is not new."""

from django.http import HttpResponse

REPLAYED = "Idempotent-Replayed"


def mark_replay(response: HttpResponse, is_replay: bool) -> None:
    """Say in the answer's header that nothing new was written."""
    if is_replay:
        response[REPLAYED] = "true"
