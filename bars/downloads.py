"""Files that a browser saves instead of showing."""

from collections.abc import AsyncIterator

from django.http import HttpResponse, StreamingHttpResponse


def download(
    content: bytes | AsyncIterator[str], *, name: str, media_type: str
) -> HttpResponse | StreamingHttpResponse:
    """A response that is saved under this name, guessed to be nothing else, and kept by nobody on the way."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    kind = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    return kind(content, content_type=media_type, headers=headers)
