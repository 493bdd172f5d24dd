"""Every kind of page that links lead to: what tests look at, and what `make screenshots` takes pictures of."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#]*)', re.IGNORECASE)
THING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
NO_PAGES = ("/api/", "/static/", "/admin/", "/metrics")


def kind_of(path: str) -> str:
    """The address without what it is about: /bars/…/sales/… for every sale of every bar."""
    return THING.sub("…", urlsplit(path).path)


def reachable(read: Callable[[str], str], *starts: str) -> dict[str, str]:
    """By kind, the first path of each that links lead to from the starts; `read(path)` returns a page's HTML."""
    found = {kind_of(path): path for path in starts}
    waiting = list(starts)
    while waiting:
        for link in links_in(read(waiting.pop(0))):
            if kind_of(link) not in found:
                found[kind_of(link)] = link
                waiting.append(link)
    return found


def links_in(html: str) -> Iterator[str]:
    for link in LINK.findall(html):
        path = unescape(link)
        if not path.startswith(NO_PAGES):
            yield path
