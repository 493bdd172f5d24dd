"""A word of its own in the texts of every bar: who is sent the word of a bar that isn't theirs was told of another bar.

Every answer that Django's test client gets is read, in any test: pages, JSON, files, headers, streams. Operators read
all bars in the admin and its part of the API, which are left out; so is what who holds an invitation
or a receipt is told.
"""

import io
import re
import secrets
import zipfile
from contextlib import contextmanager

from django.db import connection
from django.test import Client

WORD = re.compile(rb"canary[0-9a-f]{16}")
LONGEST = 22
BARS = {}  # the id of the bar that a word is of
OWN = """
SELECT bar_id FROM bars_member JOIN bars_bar AS bar ON bar.id = bar_id
WHERE user_id = %s AND bars_member.is_active AND bar.is_active
"""


class Leak(AssertionError):
    """Somebody was told of a bar that isn't theirs."""


def new_word():
    return f"canary{secrets.token_hex(8)}"


def word_of(bar):
    """The word that stands in the texts of this bar."""
    return next(word for word, pk in BARS.items() if pk == bar.pk)


def readable(content):
    """A spreadsheet is zipped."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return b"\n".join(parts.read(name) for name in parts.namelist())


def bars_of(answer):
    """Of who has asked. Beside Django's connection wrapper: tests count what goes through it."""
    user = getattr(answer.wsgi_request, "user", None)
    if user is None or not user.is_authenticated:
        return set()
    connection.ensure_connection()
    return {bar for (bar,) in connection.connection.execute(OWN, [user.pk])}


def check(answer, content, own=bars_of):
    """Raises Leak."""
    told = {BARS.get(word.decode()) for word in WORD.findall(content)} - {None}
    if told and (foreign := told - own(answer)):
        raise Leak(f"{answer.wsgi_request.get_full_path()} tells {answer.wsgi_request.user} of {foreign}")


def watch(answer):
    """Read an answer, a stream while it is read."""
    check(answer, str(answer.headers).encode())
    if not answer.streaming:
        check(answer, readable(answer.content))
    elif answer.is_async:
        answer.streaming_content = watched_later(answer, answer.streaming_content, bars_of(answer))
    else:
        answer.streaming_content = watched(answer, answer.streaming_content)


def watched(answer, chunks):
    tail = b""
    for chunk in chunks:
        check(answer, tail + chunk)
        tail = (tail + chunk)[-LONGEST:]
        yield chunk


async def watched_later(answer, chunks, own):
    tail = b""
    async for chunk in chunks:
        check(answer, tail + chunk, lambda _: own)
        tail = (tail + chunk)[-LONGEST:]
        yield chunk


@contextmanager
def watching():
    request = Client.request

    def watched_request(client, **environ):
        answer = request(client, **environ)
        if not environ["PATH_INFO"].startswith(("/admin/", "/api/v1/admin/", "/join/", "/receipts/")):
            watch(answer)
        return answer

    Client.request = watched_request
    try:
        yield
    finally:
        Client.request = request
